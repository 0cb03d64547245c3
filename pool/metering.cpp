// The limits of keys and projects, as the pool keeps them.
#include "pool_state.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace gemkeeper::pool::detail {
namespace {

// What is over by now is none.
cool_down under_way(cool_down end, time_point now) {
  return end.until > now ? end : cool_down{};
}

// Nothing: it is as it was.
std::optional<cool_down> changed(limit_meter* meter, std::uint32_t leases, cool_down& known,
                                 time_point now) {
  if (meter == nullptr) return std::nullopt;
  const cool_down end = meter->next_free(leases, now).end;
  if (end.until == under_way(known, now).until) return std::nullopt;
  known = end;
  return end;
}

}  // namespace

void pool_state::on_limit(std::function<void(const limit_event&)> listener) {
  const std::lock_guard lock(mutex_);
  limit_listener_ = std::move(listener);
}

void pool_state::tell_limits_at(const limit_shares& shares) {
  const std::lock_guard lock(mutex_);
  shares_ = shares;
  const auto take_over = [&](auto& one) {
    if (one.meter) one.meter->tell_at(shares);
  };
  std::for_each(roster_.keys.begin(), roster_.keys.end(), take_over);
  std::for_each(roster_.projects.begin(), roster_.projects.end(), take_over);
}

void pool_state::declare(std::vector<project_spec> projects, time_point now) {
  news n;
  {
    const std::lock_guard lock(mutex_);
    roster_.declare(std::move(projects));
    note_all_limits(now);
    for (const auto& l : lanes_)
      l->rebuild(roster_, settings_.policy, now);
    wake_all_lanes(n);
  }
  tell(n);
}

void pool_state::count_at_least(const key_id& id, const past_usage& day, const past_usage& month,
                                time_point now) {
  news n;
  {
    const std::lock_guard lock(mutex_);
    const auto index = roster_.find(id);
    if (!index || !roster_.keys[*index].meter) return;
    roster_.keys[*index].meter->count_at_least(day, month, now);
    note_limits(*index, roster_.keys[*index].project, now, n);
  }
  tell(n);
}

void pool_state::count_at_least(const project_name& name, const past_usage& day,
                                const past_usage& month, time_point now) {
  const std::lock_guard lock(mutex_);
  const auto index = roster_.find_project(name);
  if (!index || !roster_.projects[*index].meter) return;
  project_record& project = roster_.projects[*index];
  project.meter->count_at_least(day, month, now);
  const auto end = changed(project.meter.get(), project.leases, project.limit, now);
  if (!end) return;
  for (const auto& l : lanes_)
    l->limit_project(*index, *end, now);
}

void pool_state::meter_begin(ticket& given, time_point now, news& n) {
  limit_meter* const of_key = roster_.keys[given.key].meter.get();
  limit_meter* const of_project = roster_.projects[given.project].meter.get();
  if (of_key == nullptr && of_project == nullptr) return;
  if (of_key != nullptr) {
    const usage_hold held = of_key->begin(now);
    given.key_tokens = held.tokens;
    given.key_micro_usd = held.micro_usd;
    if (of_key->has_news()) tell_limits(given.key, now, n);
  }
  if (of_project != nullptr) {
    const usage_hold held = of_project->begin(now);
    given.project_tokens = held.tokens;
    given.project_micro_usd = held.micro_usd;
    if (of_project->has_news()) tell_project_limits(given.project, now, n);
  }
  note_limits(given.key, given.project, now, n);
}

void pool_state::meter_end(const ticket& used, std::optional<std::uint64_t> tokens,
                           std::optional<std::uint64_t> micro_usd, time_point now, news& n) {
  if (limit_meter* const meter = roster_.keys[used.key].meter.get()) {
    meter->settle({used.key_tokens, used.key_micro_usd}, tokens, micro_usd, now);
    if (meter->has_news()) tell_limits(used.key, now, n);
  }
  if (limit_meter* const meter = roster_.projects[used.project].meter.get()) {
    meter->settle({used.project_tokens, used.project_micro_usd}, tokens, micro_usd, now);
    if (meter->has_news()) tell_project_limits(used.project, now, n);
  }
}

// What began or ceased to keep a key or a project from being picked, every model learns. That is
// rare: at most once for each time that a limit is reached.
void pool_state::note_limits(key_index key_at, project_index project_at, time_point now, news& n) {
  key_record& key = roster_.keys[key_at];
  project_record& project = roster_.projects[project_at];
  const auto of_key = changed(key.meter.get(), key.leases, key.limit, now);
  const auto of_project = changed(project.meter.get(), project.leases, project.limit, now);
  if (!of_key && !of_project) return;
  for (const auto& l : lanes_) {
    if (of_key) l->limit_key(key_at, *of_key, now);
    if (of_project) l->limit_project(project_at, *of_project, now);
  }
  wake_all_lanes(n);
}

// Before lanes are rebuilt, which take it over. Who has limits no more stays metered: its requests
// under way hold what they are to give back.
void pool_state::note_all_limits(time_point now) {
  bool money = false;
  const auto look = [&](auto& one) {
    if (!one.meter) return;
    metered_ = true;
    one.meter->tell_at(shares_);
    changed(one.meter.get(), one.leases, one.limit, now);
    const limit_set& limits = one.meter->limits();
    money = money || limits.usd_per_day != 0 || limits.usd_per_month != 0;
  };
  std::for_each(roster_.keys.begin(), roster_.keys.end(), look);
  std::for_each(roster_.projects.begin(), roster_.projects.end(), look);
  money_ = money;
}

void pool_state::charge(const key_id& id, std::uint64_t micro_usd, time_point now) {
  news n;
  {
    const std::lock_guard lock(mutex_);
    const auto index = roster_.find(id);
    if (!index) return;
    const project_index project = roster_.keys[*index].project;
    meter_end({.key = *index, .project = project}, std::nullopt, micro_usd, now, n);
    note_limits(*index, project, now, n);
  }
  tell(n);
}

void pool_state::charge(lease& running, const token_usage& part,
                        std::optional<std::uint64_t> micro_usd, time_point now) {
  if (!running) return;
  news n;
  {
    const std::lock_guard lock(mutex_);
    ticket& used = running.ticket_;
    used.charged += part.all();
    lanes_[used.lane].charge_input(used, part.prompt + part.tool_use, now);
    if (!metered_) return;
    meter_end({.key = used.key, .project = used.project}, part.all(), micro_usd, now, n);
    note_limits(used.key, used.project, now, n);
  }
  tell(n);
}

void pool_state::tell_limits(key_index index, time_point now, news& n) const {
  const key_record& key = roster_.keys[index];
  for (const auto& one : key.meter->take_news(now)) {
    if (!limit_listener_ || key.entry == nullptr) continue;
    n.limits.push_back({limit_scope::key, std::string(key.entry->id.view()), key.entry->name,
                        one.which, one.percent, one.used, one.limit, one.ends});
  }
}

void pool_state::tell_project_limits(project_index index, time_point now, news& n) const {
  const project_record& project = roster_.projects[index];
  const std::string& name = project.declared.empty() ? project.google : project.declared.value;
  for (const auto& one : project.meter->take_news(now)) {
    if (!limit_listener_) continue;
    n.limits.push_back(
        {limit_scope::project, name, name, one.which, one.percent, one.used, one.limit, one.ends});
  }
}

std::optional<time_point> pool_state::exhausted_until(const key_record& key, time_point now) const {
  time_point until{};
  if (key.meter) until = key.meter->exhausted(now).end.until;
  const project_record& project = roster_.projects[key.project];
  if (project.meter) until = std::max(until, project.meter->exhausted(now).end.until);
  if (until <= now) return std::nullopt;
  return until;
}

std::vector<project_view> pool_state::projects(time_point now) const {
  std::map<std::string, project_view, std::less<>> by_name;
  const std::lock_guard lock(mutex_);
  for (const project_spec& spec : roster_.declared())
    by_name[spec.name.value].spec = spec;
  for (project_index i = 0; i < roster_.projects.size(); ++i, mutex_.let_others_in()) {
    const project_record& project = roster_.projects[i];
    if (!project.in_use || (project.declared.empty() && project.google.empty())) continue;
    const std::string& name = project.declared.empty() ? project.google : project.declared.value;
    auto at = by_name.find(name);
    if (at == by_name.end()) at = by_name.find(project.google);
    if (at == by_name.end()) {
      at = by_name.try_emplace(name).first;
      at->second.spec.name = project_name(name);
    }
    project_view& one = at->second;
    one.keys = project.keys;
    one.in_flight = project.leases;
    one.quota = quota_of(i, std::nullopt, now);
    if (!project.meter) continue;
    one.limits = project.meter->view(project.leases, now);
    const time_point until = project.meter->exhausted(now).end.until;
    if (until > now) one.exhausted_until = until;
  }
  std::vector<project_view> all;
  all.reserve(by_name.size());
  for (auto& [name, one] : by_name)
    all.push_back(std::move(one));
  return all;
}

}  // namespace gemkeeper::pool::detail
