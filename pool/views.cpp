// The pool as an operator sees it.
#include "pool_state.hpp"

#include <algorithm>
#include <memory>

namespace gemkeeper::pool::detail {

bool pool_state::is_cooling(const key_record& key, time_point now) const {
  return roster_.projects[key.project].exhausted_at(key.spec.service).until > now ||
         std::any_of(lanes_.begin(), lanes_.end(), [&](const auto& l) {
           return l->service() == key.spec.service && l->seats()[key.project].cooling.until > now;
         });
}

key_state pool_state::state_of(const key_record& key, time_point now) const {
  if (!key.spec.enabled) return key_state::disabled;
  if (key.rejected) return key_state::quarantined;
  if (exhausted_until(key, now)) return key_state::exhausted;
  return is_cooling(key, now) ? key_state::cooling : key_state::healthy;
}

std::optional<project_ref> pool_state::project_of(const key_id& key) const {
  const std::lock_guard lock(mutex_);
  const auto index = roster_.find(key);
  if (!index) return std::nullopt;
  return roster_.describe(*index);
}

std::optional<project_index> pool_state::project_number(const project_ref& project) const {
  const std::lock_guard lock(mutex_);
  return roster_.find(project);
}

std::vector<project_ref> pool_state::projects() const {
  const std::lock_guard lock(mutex_);
  std::vector<key_index> lowest(roster_.projects.size(), UINT32_MAX);
  for (key_index i = 0; i < roster_.keys.size(); ++i) {
    const key_record& key = roster_.keys[i];
    if (!key.listed || key.spec.service != service::gemini) continue;
    key_index& first = lowest[key.project];
    if (first == UINT32_MAX || key.entry->id < roster_.keys[first].entry->id) first = i;
  }
  std::vector<project_ref> all;
  for (const key_index i : lowest) {
    if (i != UINT32_MAX) all.push_back(roster_.describe(i));
  }
  std::sort(all.begin(), all.end(),
            [](const project_ref& a, const project_ref& b) { return a.key < b.key; });
  return all;
}

// Here and below: with let_others_in() all may change between one round of a loop and the next, so
// nothing is kept but places, which are looked up anew.
pool_counts pool_state::counts(time_point now) const {
  const std::lock_guard lock(mutex_);
  pool_counts c;
  const auto note = [&](time_point until) {
    if (until > now && (!c.next_recovery || until < *c.next_recovery)) c.next_recovery = until;
  };
  for (key_index i = 0; i < roster_.keys.size(); ++i, mutex_.let_others_in()) {
    const key_record& key = roster_.keys[i];
    if (key.meter) note(key.meter->exhausted(now).end.until);
    if (!key.listed) continue;
    ++c.total;
    switch (state_of(key, now)) {
      case key_state::healthy:
        ++c.healthy;
        break;
      case key_state::cooling:
        ++c.cooling;
        break;
      case key_state::exhausted:
        ++c.exhausted;
        break;
      case key_state::quarantined:
        ++c.quarantined;
        break;
      case key_state::disabled:
        ++c.disabled;
        break;
    }
  }
  for (project_index i = 0; i < roster_.projects.size(); ++i, mutex_.let_others_in()) {
    const project_record& p = roster_.projects[i];
    for (const exhaustion& spent : p.exhausted)
      note(spent.until);
    if (p.meter) note(p.meter->exhausted(now).end.until);
    for (const auto& l : lanes_) {
      if (i < l->seats().size()) note(l->seats()[i].cooling.until);
    }
  }
  return c;
}

std::vector<key_view> pool_state::keys(time_point now) const {
  struct place {
    std::uint32_t order;
    key_index index;
    std::uint32_t generation;
  };
  std::vector<place> places;
  std::unique_lock lock(mutex_);
  for (key_index i = 0; i < roster_.keys.size(); ++i, mutex_.let_others_in()) {
    const key_record& key = roster_.keys[i];
    if (key.listed) places.push_back({key.order, i, key.generation});
  }
  lock.unlock();
  std::ranges::sort(places, {}, &place::order);
  std::vector<key_view> views;
  views.reserve(places.size());
  lock.lock();
  for (const place& p : places) {
    const key_record& key = roster_.keys[p.index];
    if (key.listed && key.generation == p.generation) views.push_back(view(p.index, now));
    mutex_.let_others_in();
  }
  return views;
}

std::optional<key_label> pool_state::label_of(const key_id& id) const {
  const std::lock_guard lock(mutex_);
  const auto index = roster_.find(id);
  if (!index) return std::nullopt;
  const key_record& key = roster_.keys[*index];
  return key_label{key.entry->name, project_of(key)};
}

project_name pool_state::project_of(const key_record& key) const {
  const project_record& project = roster_.projects[key.project];
  return project.declared.empty() ? project_name(project.google) : project.declared;
}

namespace {

void add_quota(std::vector<quota_view>& to, limit_scope scope, const std::string& model,
               const std::unique_ptr<bounds>& bound, time_point now) {
  if (!bound || !bound->window) return;
  for (limit_view& use : bound->window->view(now))
    to.push_back({scope, model_name(model), use});
}

}  // namespace

std::vector<quota_view> pool_state::quota_of(project_index project, std::optional<service> at,
                                             time_point now) const {
  std::vector<quota_view> all;
  for (const auto& l : lanes_) {
    const bool meant = !at || l->service() == *at;
    if (meant && project < l->seats().size()) {
      add_quota(all, limit_scope::project, l->model(), l->seats()[project].bound, now);
    }
  }
  return all;
}

key_view pool_state::view(key_index index, time_point now) const {
  const key_record& key = roster_.keys[index];
  const project_record& project = roster_.projects[key.project];
  key_view v;
  v.id = key.entry->id;
  v.name = key.entry->name;
  v.fingerprint = fingerprint(key.entry->secret);
  v.project = project_of(key);
  v.service = key.spec.service;
  v.state = state_of(key, now);
  v.in_flight = key.leases;
  v.calls = key.calls;
  v.errors = key.errors;
  v.outcomes = key.outcomes;
  std::uint64_t& successes = v.outcomes[static_cast<std::size_t>(outcome::success)];
  successes = key.calls;
  for (std::size_t i = 0; i < outcome_count; ++i) {
    if (i != static_cast<std::size_t>(outcome::success)) successes -= key.outcomes[i];
  }
  if (key.calls != 0) v.last_used = key.last_used;
  if (key.rejected) {
    v.reason = key.rejected->reason;
    v.next_probe = key.rejected->next_probe;
  }
  if (key.meter) v.limits = key.meter->view(key.leases, now);
  v.quota = quota_of(key.project, key.spec.service, now);
  for (const auto& l : lanes_) {
    if (l->service() == key.spec.service && index < l->turns().size()) {
      add_quota(v.quota, limit_scope::key, l->model(), l->turns()[index].bound, now);
    }
  }
  v.exhausted_until = exhausted_until(key, now);
  const exhaustion& spent = project.exhausted_at(key.spec.service);
  if (spent.until > now) v.cool_downs.push_back({model_name(), spent.reason, spent.until});
  for (const auto& l : lanes_) {
    if (l->service() != key.spec.service) continue;
    for (const cooling_quota& q : l->seats()[key.project].quotas) {
      if (q.until > now) v.cool_downs.push_back({model_name(l->model()), q.quota_id, q.until});
    }
  }
  return v;
}

}  // namespace gemkeeper::pool::detail
