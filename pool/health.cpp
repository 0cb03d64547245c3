// What a restart must not lose, out of the pool and back into it.
#include "pacific_day.hpp"
#include "pool_state.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_set>

namespace gemkeeper::pool::detail {
namespace {

// No rest lasts longer: what ends later was written by a clock that was ahead.
constexpr duration longest_rest = std::chrono::days(31);

// What ends with a day ends with this one, also when the clock was set back since.
cool_down still_to_go(time_point until, time_point now) {
  constexpr std::chrono::seconds moment{1};
  const bool daily = next_pacific_midnight(until - moment) == until;
  const time_point latest = daily ? next_pacific_midnight(now) : now + longest_rest;
  return {std::min(until, latest), daily};
}

}  // namespace

std::uint64_t pool_state::health_version() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t counted = 0;
  for (const auto& l : lanes_)
    counted += l->counted();
  return learned_ + counted;
}

// As of one moment for each key, not for all: what changes meanwhile changes the version too.
kept_health pool_state::health(time_point now) const {
  kept_health all;
  const std::lock_guard lock(mutex_);
  // A declared project is told once, another with each of its keys.
  std::unordered_set<project_name> told;
  for (key_index i = 0; i < roster_.keys.size(); ++i, mutex_.let_others_in()) {
    const key_record& key = roster_.keys[i];
    if (!key.listed) continue;
    if (key.rejected) {
      all.quarantines.push_back(
          {key.entry->id, key.rejected->reason, key.rejected->next_probe, key.rejected->interval});
    }
    keep_counts(all, i, now);
    const project_name& declared = roster_.projects[key.project].declared;
    if (declared.empty()) {
      keep_cool_downs(all, key.project, {.key = key.entry->id}, now);
    } else if (told.insert(declared).second) {
      keep_cool_downs(all, key.project, {.project = declared}, now);
    }
  }
  return all;
}

void pool_state::keep_counts(kept_health& all, key_index key, time_point now) const {
  for (const auto& l : lanes_) {
    const turn& t = l->turns()[key];
    if (!t.bound || !t.bound->window) continue;
    const request_window& window = *t.bound->window;
    if (window.today() == 0 || window.day_end() <= now) continue;
    all.day_counts.push_back(
        {roster_.keys[key].entry->id, model_name(l->model()), window.day_end(), window.today()});
  }
}

void pool_state::keep_cool_downs(kept_health& all, project_index project, const kept_cool_down& of,
                                 time_point now) const {
  const auto keep = [&](service s, std::string_view quota_id, time_point until) -> kept_cool_down* {
    if (until <= now) return nullptr;
    kept_cool_down& one = all.cool_downs.emplace_back(of);
    one.service = s;
    one.quota_id = quota_id;
    one.until = until;
    return &one;
  };
  for (const service s : {service::gemini, service::vertex}) {
    const exhaustion& spent = roster_.projects[project].exhausted_at(s);
    keep(s, spent.reason, spent.until);
  }
  for (const auto& l : lanes_) {
    const seat& s = l->seats()[project];
    for (const cooling_quota& q : s.quotas) {
      kept_cool_down* const one = keep(l->service(), q.quota_id, q.until);
      if (one == nullptr) continue;
      one->model = model_name(l->model());
      one->failures = s.unknown_in_a_row;
    }
  }
}

void pool_state::restore_health(const kept_health& kept, time_point now) {
  news n;
  {
    const std::lock_guard lock(mutex_);
    for (const kept_quarantine& one : kept.quarantines)
      quarantine_again(one, now);
    for (const kept_cool_down& one : kept.cool_downs)
      cool_again(one, now);
    for (const kept_day_count& one : kept.day_counts)
      count_again(one, now);
    wake_all_lanes(n);
  }
  tell(n);
}

void pool_state::quarantine_again(const kept_quarantine& one, time_point now) {
  const auto index = roster_.find(one.key);
  if (!index || !roster_.keys[*index].listed || roster_.keys[*index].rejected) return;
  const duration interval =
      std::clamp(one.interval, settings_.probe_interval_min, settings_.probe_interval_max);
  roster_.keys[*index].rejected =
      quarantine{one.reason, interval, std::min(one.next_probe, now + interval)};
  schedule_probe(*index);
  for (const auto& l : lanes_)
    l->set_usable(*index, false, now);
}

void pool_state::cool_again(const kept_cool_down& one, time_point now) {
  if (one.until <= now) return;
  std::optional<project_index> project;
  if (!one.project.empty()) {
    project = roster_.find_declared(one.project);
  } else if (const auto key = roster_.find(one.key); key && roster_.keys[*key].listed) {
    project = roster_.keys[*key].project;
  }
  if (!project) return;
  const cool_down end = still_to_go(one.until, now);
  if (!one.model) {
    exhaustion& spent = roster_.projects[*project].exhausted_at(one.service);
    spent.until = std::max(spent.until, end.until);
    spent.reason = one.quota_id;
    for (const auto& l : lanes_) {
      if (l->service() == one.service) l->cool(*project, {spent.until}, now);
    }
    return;
  }
  lane& l = lanes_[lanes_.open(one.service, one.model->value, settings_.max_models, roster_,
                               settings_.policy, now)];
  l.cool_quota(*project, one.quota_id, end, now);
  l.remember_unknown(*project, one.failures);
}

void pool_state::count_again(const kept_day_count& one, time_point now) {
  const auto key = roster_.find(one.key);
  // Of another day it says nothing, whichever way the clock went.
  if (!key || !roster_.keys[*key].listed || one.day_end != next_pacific_midnight(now)) return;
  lane& l = lanes_[lanes_.open(roster_.keys[*key].spec.service, one.model.value,
                               settings_.max_models, roster_, settings_.policy, now)];
  l.count_today(*key, one.requests, one.day_end, now);
}

}  // namespace gemkeeper::pool::detail
