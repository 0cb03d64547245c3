// Handing out keys, and waiting for them.
#include "pool_state.hpp"

#include <algorithm>

namespace gemkeeper::pool::detail {

// Nothing: it is pinned to a project that is gone.
std::optional<project_index> pool_state::queue_of(const request_traits& traits) const {
  return traits.pin ? roster_.find(*traits.pin) : no_project;
}

std::variant<lease, no_key> pool_state::acquire(const request_traits& traits, time_point now) {
  std::unique_lock lock(mutex_);
  if (roster_.size(traits.service) == 0) return no_key{};
  const std::optional<project_index> project = queue_of(traits);
  if (!project) return no_key{.reason = no_key_reason::project_gone};
  const std::uint32_t index = lanes_.open(traits.service, traits.model, settings_.max_models,
                                          roster_, settings_.policy, now);
  if (!metered_) [[likely]]
    return take_or_queue(index, *project, traits, now);
  news n;
  std::variant<lease, no_key> result = take_or_queue(index, *project, traits, now);
  if (auto* given = std::get_if<lease>(&result)) meter_begin(given->ticket_, now, n);
  lock.unlock();
  tell(n);
  return result;
}

std::variant<lease, no_key> pool_state::take_or_queue(std::uint32_t index, project_index project,
                                                      const request_traits& traits,
                                                      time_point now) {
  const lane& l = lanes_[index];
  if (project == no_project) {
    return l.queue.empty() ? take(index, traits, now) : queued_behind(l, traits);
  }
  if (!l.pinned.contains(project)) return take_pinned(index, project, traits, now);
  no_key behind = l.refusal_of(project, traits, roster_);
  behind.reason = no_key_reason::queued_behind;
  return behind;
}

std::variant<lease, no_key> pool_state::acquire(const request_traits& traits, waiter& w,
                                                time_point now) {
  queued& q = *w.queued_;
  if (!q.waits) return acquire(traits, now);
  news n;
  std::variant<lease, no_key> result;
  {
    const std::lock_guard lock(mutex_);
    q.told = false;
    const std::optional<project_index> project = queue_of(traits);
    if (!project) {
      leave_queue(q, n);
      result = no_key{.reason = no_key_reason::project_gone};
    } else {
      if (*project != q.project) {  // projects merged, or it waited for another
        const std::uint32_t index = q.lane;
        leave_queue(q, n);
        join_queue(w.queued_, index, *project);
      }
      if (queue_of(q).front().get() != &q) {
        no_key behind = *project == no_project
                            ? queued_behind(lanes_[q.lane], traits)
                            : lanes_[q.lane].refusal_of(*project, traits, roster_);
        behind.reason = no_key_reason::queued_behind;
        result = behind;
      } else {
        result = *project == no_project ? take(q.lane, traits, now)
                                        : take_pinned(q.lane, *project, traits, now);
        if (auto* given = std::get_if<lease>(&result)) {
          if (metered_) meter_begin(given->ticket_, now, n);
          leave_queue(q, n);
        }
      }
    }
  }
  tell(n);
  return result;
}

std::variant<lease, no_key> pool_state::take(std::uint32_t index, const request_traits& traits,
                                             time_point now) {
  lane& l = lanes_[index];
  if (roster_.size(l.service()) == 0) return no_key{};
  if (l.policy() != settings_.policy) l.rebuild(roster_, settings_.policy, now);
  std::optional<ticket> given = take_preferred(l, traits, now);
  if (!given) given = l.take(traits, roster_, now);
  if (!given) return l.refusal(traits, roster_);
  return lease_of(*given, index);
}

std::optional<ticket> pool_state::take_preferred(lane& l, const request_traits& traits,
                                                 time_point now) {
  if (!traits.prefer || traits.only_untried_projects) return {};
  const std::optional<project_index> project = roster_.find(*traits.prefer);
  if (!project) return {};
  std::optional<ticket> given = l.take_from(*project, traits, roster_, now);
  if (given) given->chosen.pinned = false;
  return given;
}

std::variant<lease, no_key> pool_state::take_pinned(std::uint32_t index, project_index project,
                                                    const request_traits& traits, time_point now) {
  lane& l = lanes_[index];
  if (l.policy() != settings_.policy) l.rebuild(roster_, settings_.policy, now);
  const std::optional<ticket> given = l.take_from(project, traits, roster_, now);
  if (!given) return l.refusal_of(project, traits, roster_);
  return lease_of(*given, index);
}

lease pool_state::lease_of(const ticket& given, std::uint32_t index) {
  roster_.lend(given.key, given.project);
  lease granted;
  granted.entry_ = roster_.keys[given.key].entry;
  granted.pool_ = this;
  granted.ticket_ = given;
  granted.ticket_.lane = index;
  granted.tier_ = roster_.projects[given.project].tier;
  granted.service_ = lanes_[index].service();
  return granted;
}

no_key pool_state::queued_behind(const lane& l, const request_traits& traits) const {
  no_key behind = l.any_ready() ? no_key{} : l.refusal(traits, roster_);
  behind.reason = no_key_reason::queued_behind;
  return behind;
}

void pool_state::wait(const request_traits& traits, waiter& w) {
  news n;
  {
    const std::lock_guard lock(mutex_);
    queued& q = *w.queued_;
    const std::uint32_t index = lanes_.open(traits.service, traits.model, settings_.max_models,
                                            roster_, settings_.policy, time_point{});
    // One whose project is gone learns it when it asks.
    const project_index project = queue_of(traits).value_or(no_project);
    if (q.waits && q.lane == index && q.project == project) return;
    leave_queue(q, n);
    q.pool = this;
    join_queue(w.queued_, index, project);
  }
  tell(n);
}

void pool_state::join_queue(const std::shared_ptr<queued>& q, std::uint32_t index,
                            project_index project) {
  lane& l = lanes_[index];
  waiting_queue& queue = project == no_project ? l.queue : l.pinned[project];
  q->waits = true;
  q->told = false;
  q->lane = index;
  q->project = project;
  q->place = queue.insert(queue.end(), q);
}

waiting_queue& pool_state::queue_of(const queued& q) {
  lane& l = lanes_[q.lane];
  return q.project == no_project ? l.queue : l.pinned.find(q.project)->second;
}

void pool_state::leave(queued& q) {
  news n;
  {
    const std::lock_guard lock(mutex_);
    leave_queue(q, n);
  }
  tell(n);
}

// Whoever is first now must learn it, even if no key is free: it is the first that keeps an eye on
// the time of recovery.
void pool_state::leave_queue(queued& q, news& n) {
  if (!q.waits) return;
  waiting_queue& queue = queue_of(q);
  const bool was_first = queue.front().get() == &q;
  q.waits = false;
  queue.erase(q.place);
  if (queue.empty() && q.project != no_project) {
    lanes_[q.lane].pinned.erase(q.project);
  } else if (was_first) {
    wake_first(queue, n);
  }
}

void pool_state::wake_first(const waiting_queue& queue, news& n) {
  if (queue.empty() || queue.front()->told) return;
  queue.front()->told = true;
  n.wakes.push_back(queue.front());
}

void pool_state::wake_all(lane& l, news& n) {
  for (const auto& [project, queue] : l.pinned)
    wake_first(queue, n);
  wake_first(l.queue, n);
}

void pool_state::wake_all_lanes(news& n) {
  for (const auto& l : lanes_)
    wake_all(*l, n);
}

}  // namespace gemkeeper::pool::detail
