#include "pool_state.hpp"

#include <algorithm>

namespace gemkeeper::pool::detail {
namespace {

// The lane of a probe: it has none.
constexpr std::uint32_t no_lane = UINT32_MAX;

std::optional<std::uint64_t> tokens_of(const token_usage& u) {
  if (u.empty()) return std::nullopt;
  return u.all();
}

// What limits do not know of yet.
std::optional<std::uint64_t> uncharged(const ticket& used, const token_usage& u) {
  if (u.empty()) return std::nullopt;
  return u.all() - std::min(u.all(), used.charged);
}

// Any answer but a refusal of the key itself proves that Google knows it.
bool proves_valid(outcome o) {
  switch (o) {
    case outcome::success:
    case outcome::quota:
    case outcome::quota_unknown:
    case outcome::request_too_large:
    case outcome::project_exhausted:
      return true;
    default:
      return false;
  }
}

}  // namespace

pool_state::pool_state(const pool_settings& settings, std::string hash_key)
    : settings_(settings), roster_(std::move(hash_key)) {}

void pool_state::on_event(std::function<void(const pool_event&)> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

apply_report pool_state::apply(std::vector<key_spec> specs, time_point now) {
  news n;
  apply_report report;
  {
    const std::lock_guard lock(mutex_);
    report = roster_.apply(std::move(specs));
    note_all_limits(now);
    ++learned_;
    probes_.clear();
    for (key_index i = 0; i < roster_.keys.size(); ++i)
      schedule_probe(i);
    for (const auto& l : lanes_)
      l->rebuild(roster_, settings_.policy, now);
    wake_all_lanes(n);
  }
  tell(n);
  return report;
}

void pool_state::configure(const pool_settings& settings) {
  const std::lock_guard lock(mutex_);
  settings_ = settings;  // a lane takes over another policy with its next request
}

void pool_state::tell(const news& n) const {
  for (const auto& waiting : n.wakes)
    waiting->call();
  for (const pool_event& event : n.events)
    listener_(event);
  for (const limit_event& event : n.limits)
    limit_listener_(event);
}

void pool_state::report(news& n, pool_event::kind what, key_index key, std::string_view model,
                        std::string_view reason, std::optional<time_point> until) const {
  if (!listener_) return;
  const key_entry& entry = *roster_.keys[key].entry;
  n.events.push_back({what, entry.id, entry.name, std::string(model), std::string(reason), until});
}

consequence pool_state::settle(lease&& used, const verdict& what, const token_usage& usage,
                               time_point now, std::optional<std::uint64_t> micro_usd) {
  if (used.ticket_.lane == no_lane) {
    settle_probe(std::move(used), what, now);
    return {};
  }
  const auto entry = std::exchange(used.entry_, nullptr);
  if (!entry) return {};
  news n;
  consequence effect;
  {
    const std::lock_guard lock(mutex_);
    effect = learn_from(what, *entry, used.ticket_, usage, now, n);
    if (metered_) meter_end(used.ticket_, uncharged(used.ticket_, usage), micro_usd, now, n);
    const project_index project = roster_.keys[used.ticket_.key].project;
    roster_.give_back(used.ticket_.key, used.ticket_.project);
    if (metered_) note_limits(used.ticket_.key, used.ticket_.project, now, n);
    lane& l = lanes_[used.ticket_.lane];
    if (!l.pinned.empty()) {  // those who have no choice first
      const auto own = l.pinned.find(project);
      if (own != l.pinned.end()) wake_first(own->second, n);
    }
    wake_first(l.queue, n);
  }
  tell(n);
  return effect;
}

void pool_state::confirm(const lease& running, time_point now) {
  if (!running) return;
  news n;
  {
    const std::lock_guard lock(mutex_);
    const ticket& used = running.ticket_;
    lane& l = lanes_[used.lane];
    const project_index project = roster_.keys[used.key].project;
    if (!l.is_current(used, project) || !has_recovered(used, project, now, n)) return;
    wake_all(l, n);
  }
  tell(n);
}

// Whether it was cooling for this model until this success.
bool pool_state::has_recovered(const ticket& used, project_index project, time_point now, news& n) {
  lane& l = lanes_[used.lane];
  if (!l.succeed(project, now)) return false;
  ++learned_;
  report(n, pool_event::kind::recovered, used.key, l.model(), {}, {});
  return true;
}

consequence pool_state::learn_from(const verdict& what, const key_entry& with, const ticket& used,
                                   const token_usage& usage, time_point now, news& n) {
  lane& l = lanes_[used.lane];
  key_record& key = roster_.keys[used.key];
  ++key.calls;
  if (what.kind != outcome::success && what.kind != outcome::cancelled) ++key.errors;
  if (what.kind != outcome::success) ++key.outcomes[static_cast<std::size_t>(what.kind)];
  key.last_used = std::max(key.last_used, now);
  if (what.google_project && !what.google_project->empty()) {
    merge_projects(used.key, *what.google_project, now, n);
  }

  const bool current = l.is_current(used, key.project);
  const auto tokens = what.kind == outcome::success ? tokens_of(usage) : std::nullopt;
  const bool input_is_known = !usage.empty() && used.charged == 0;
  l.give_back(used, tokens,
              input_is_known ? std::optional(usage.prompt + usage.tool_use) : std::nullopt, now);
  switch (what.kind) {
    case outcome::success:
      if (current) has_recovered(used, key.project, now, n);
      break;
    case outcome::key_fault:
      ++learned_;
      // Not for what is said of a secret that was replaced meanwhile.
      if (with.secret == key.entry->secret) return reject(used.key, what.reason, now, n);
      break;
    case outcome::quota:
    case outcome::quota_unknown:
      ++learned_;
      return cool(what, used, current, now, n);
    case outcome::project_exhausted:
      ++learned_;
      return exhaust(what, used, now, n);
    case outcome::request_too_large:
    case outcome::model_fault:
    case outcome::egress_fault:
    case outcome::location_blocked:
    case outcome::client_fault:
    case outcome::cancelled:
      break;  // no mark on key or project
  }
  return {};
}

consequence pool_state::cool(const verdict& what, const ticket& used, bool current, time_point now,
                             news& n) {
  lane& asked = lanes_[used.lane];
  const project_index project = roster_.keys[used.key].project;
  consequence effect{consequence::kind::cooled, {}};
  const auto cool_by = [&](const quota_mark& mark) {
    const unsigned in_a_row = mark.period == quota_period::unknown
                                  ? asked.count_unknown(project, std::exchange(current, false))
                                  : 0;
    const cool_down end = cool_down_of(mark, in_a_row, settings_, now);
    effect.until = std::max(effect.until, end.until);
    if (asked.cool_quota(project, mark.quota_id, end, now)) {
      report(n, pool_event::kind::cooled, used.key, asked.model(),
             mark.quota_id.empty() ? what.reason : std::string_view(mark.quota_id), end.until);
    }
    // An alias was asked for, or a part of the work needs another model. That one's lane learns
    // too, if it has one; the lane that was asked must, or it would ask again at once.
    lane* named = mark.model.empty() ? nullptr : lanes_.find(asked.service(), mark.model);
    if (named != nullptr && named != &asked) named->cool_quota(project, mark.quota_id, end, now);
  };
  for (const quota_mark& mark : what.marks)
    cool_by(mark);
  if (what.marks.empty()) cool_by(quota_mark{});
  return effect;
}

consequence pool_state::exhaust(const verdict& what, const ticket& used, time_point now, news& n) {
  const project_index index = roster_.keys[used.key].project;
  project_record& project = roster_.projects[index];
  const service at = lanes_[used.lane].service();
  exhaustion& spent = project.exhausted_at(at);
  const bool known = spent.until > now;
  spent.until = std::max(spent.until, now + settings_.exhausted_cool_down);
  spent.reason = what.reason;
  for (const auto& l : lanes_) {
    if (l->service() == at) l->cool(index, {spent.until}, now);
  }
  if (!known) {
    report(n, pool_event::kind::project_exhausted, used.key, {}, what.reason, spent.until);
  }
  return {consequence::kind::project_exhausted, spent.until};
}

void pool_state::merge_projects(key_index key, const std::string& google, time_point now, news& n) {
  const bool known = !roster_.projects[roster_.keys[key].project].google.empty();
  const auto merged = roster_.learn(key, google);
  if (!known && !roster_.declared().empty()) {
    // Limits may be declared by this name.
    note_all_limits(now);
    for (const auto& l : lanes_)
      l->rebuild(roster_, settings_.policy, now);
  }
  if (!merged) return;
  for (const key_index moved : merged->keys) {
    for (const auto& l : lanes_)
      l->move(moved, merged->from, merged->to, roster_, now);
  }
  const project_record& left = roster_.projects[merged->from];
  project_record& joined = roster_.projects[merged->to];
  for (std::size_t i = 0; i < service_count; ++i) {
    if (left.exhausted[i].until > joined.exhausted[i].until)
      joined.exhausted[i] = left.exhausted[i];
  }
  for (const auto& l : lanes_) {  // who waits for the one moves to the queue of the other
    const auto waiting = l->pinned.find(merged->from);
    if (waiting != l->pinned.end()) wake_first(waiting->second, n);
  }
}

consequence pool_state::reject(key_index index, std::string_view reason, time_point now, news& n) {
  key_record& key = roster_.keys[index];
  if (!key.listed) return {};
  if (key.rejected) return {consequence::kind::quarantined, key.rejected->next_probe};
  const duration interval = settings_.probe_interval_min;
  key.rejected = quarantine{std::string(reason), interval, now + interval};
  schedule_probe(index);
  for (const auto& l : lanes_)
    l->set_usable(index, false, now);
  report(n, pool_event::kind::quarantined, index, {}, reason, now + interval);
  return {consequence::kind::quarantined, now + interval};
}

void pool_state::restore(key_index index, time_point now, news& n) {
  key_record& key = roster_.keys[index];
  if (!key.rejected) return;
  probes_.erase({key.rejected->next_probe, index});
  key.rejected.reset();
  for (const auto& l : lanes_)
    l->set_usable(index, key.usable(), now);
  report(n, pool_event::kind::recovered, index, {}, {}, {});
  wake_all_lanes(n);
}

void pool_state::schedule_probe(key_index index) {
  const key_record& key = roster_.keys[index];
  if (!key.listed || !key.spec.enabled || !key.rejected || key.rejected->probing) return;
  probes_.emplace(key.rejected->next_probe, index);
}

std::optional<lease> pool_state::next_probe(time_point now) {
  const std::lock_guard lock(mutex_);
  if (probes_.empty() || probes_.begin()->first > now) return std::nullopt;
  const key_index index = probes_.begin()->second;
  probes_.erase(probes_.begin());
  key_record& key = roster_.keys[index];
  key.rejected->probing = true;
  roster_.lend(index, key.project);

  lease probe;
  probe.entry_ = key.entry;
  probe.pool_ = this;
  probe.ticket_ = {.lane = no_lane, .key = index, .project = key.project, .taken = now};
  probe.tier_ = roster_.projects[key.project].tier;
  probe.service_ = key.spec.service;
  return probe;
}

void pool_state::settle_probe(lease&& probed, const verdict& what, time_point now) {
  const auto entry = std::exchange(probed.entry_, nullptr);
  if (!entry) return;
  news n;
  {
    const std::lock_guard lock(mutex_);
    const key_index index = probed.ticket_.key;
    key_record& key = roster_.keys[index];
    if (key.rejected && key.rejected->probing) {
      ++learned_;
      key.rejected->probing = false;
      if (proves_valid(what.kind)) {
        restore(index, now, n);
      } else {
        quarantine& q = *key.rejected;
        if (what.kind == outcome::key_fault) {
          q.interval = std::min(q.interval * 2, settings_.probe_interval_max);
          q.reason = what.reason;
        }
        q.next_probe = now + q.interval;
        schedule_probe(index);
      }
    }
    roster_.give_back(index, probed.ticket_.project);
    if (metered_) note_limits(index, probed.ticket_.project, now, n);
  }
  tell(n);
}

std::optional<time_point> pool_state::next_probe_due() const {
  const std::lock_guard lock(mutex_);
  if (probes_.empty()) return std::nullopt;
  return probes_.begin()->first;
}

bool pool_state::reset(const key_id& id, time_point now) {
  news n;
  {
    const std::lock_guard lock(mutex_);
    const auto index = roster_.find(id);
    if (!index || !roster_.keys[*index].listed) return false;
    ++learned_;
    const project_index project = roster_.keys[*index].project;
    roster_.projects[project].exhausted = {};
    for (const auto& l : lanes_)
      l->lift(project, now);
    restore(*index, now, n);
    wake_all_lanes(n);
  }
  tell(n);
  return true;
}

}  // namespace gemkeeper::pool::detail
