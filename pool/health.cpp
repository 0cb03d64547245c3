// What a restart must not lose, out of the pool and back into it.
#include "pacific_day.hpp"
#include "pool_state.hpp"

#include <algorithm>
#include <chrono>

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

// Lane by lane, so that requests wait for one lane at most.
kept_health pool_state::health(time_point now) const {
  kept_health all;
  std::size_t lanes = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const key_record& key : roster_.keys) {
      if (!key.listed || !key.rejected) continue;
      all.quarantines.push_back(
          {key.entry->id, key.rejected->reason, key.rejected->next_probe, key.rejected->interval});
    }
    for_projects([&](const key_record& key, kept_cool_down which) {
      const project_record& project = roster_.projects[key.project];
      for (const service s : {service::gemini, service::vertex}) {
        const exhaustion& spent = project.exhausted_at(s);
        if (spent.until <= now) continue;
        which.service = s;
        which.quota_id = spent.reason;
        which.until = spent.until;
        all.cool_downs.push_back(which);
      }
    });
    lanes = static_cast<std::size_t>(lanes_.end() - lanes_.begin());
  }
  for (std::size_t i = 0; i < lanes; ++i) {
    const std::lock_guard lock(mutex_);
    keep_lane(all, **(lanes_.begin() + static_cast<std::ptrdiff_t>(i)), now);
  }
  return all;
}

// Once for each declared project, and once for each key of another.
void pool_state::for_projects(
    const std::function<void(const key_record&, kept_cool_down)>& f) const {
  std::vector<bool> seen(roster_.projects.size());
  for (const key_record& key : roster_.keys) {
    if (!key.listed || seen[key.project]) continue;
    const project_name& declared = roster_.projects[key.project].declared;
    seen[key.project] = !declared.empty();
    f(key, declared.empty() ? kept_cool_down{.key = key.entry->id}
                            : kept_cool_down{.project = declared});
  }
}

void pool_state::keep_lane(kept_health& all, const lane& l, time_point now) const {
  for (const turn& t : l.turns()) {
    const key_record& key = roster_.keys[t.key];
    if (!key.listed || !t.bound || !t.bound->window) continue;
    const request_window& window = *t.bound->window;
    if (window.today() == 0 || window.day_end() <= now) continue;
    all.day_counts.push_back(
        {key.entry->id, model_name(l.model()), window.day_end(), window.today()});
  }
  for_projects([&](const key_record& key, const kept_cool_down& which) {
    const seat& s = l.seats()[key.project];
    for (const cooling_quota& q : s.quotas) {
      if (q.until <= now) continue;
      kept_cool_down& one = all.cool_downs.emplace_back(which);
      one.model = model_name(l.model());
      one.service = l.service();
      one.quota_id = q.quota_id;
      one.until = q.until;
      one.failures = s.unknown_in_a_row;
    }
  });
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
