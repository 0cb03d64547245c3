#include "lane.hpp"

#include <algorithm>
#include <memory>

namespace gemkeeper::pool::detail {
namespace {

bool admits(const std::vector<model_name>& declared, std::string_view model) {
  if (declared.empty() || model.empty()) return true;
  return std::any_of(declared.begin(), declared.end(), [model](const model_name& name) {
    std::string_view pattern = name.value;
    if (!pattern.ends_with('*')) return model == pattern;
    pattern.remove_suffix(1);
    return model.starts_with(pattern);
  });
}

bool is_for_any(const std::vector<model_name>& declared) {
  return declared.empty() || std::any_of(declared.begin(), declared.end(),
                                         [](const model_name& name) { return name.value == "*"; });
}

// Who names no model makes what some model will use later, or asks for what is no model's: keys for
// any model are as good now and better then, so they go first among equals.
std::int32_t level_of(const key_spec& key, policy p, std::string_view model) {
  constexpr std::int32_t most = 1 << 29;
  const std::int32_t priority = p == policy::priority ? std::clamp(key.priority, -most, most) : 0;
  return 2 * priority + (model.empty() && is_for_any(key.models) ? 1 : 0);
}

void forget_turns(in_line& member) {
  member.rank = member.last_turn = 0;
}

// A window stays while requests are under way: they come back to it.
template <class T>
void bind(T& member, const quota_set& quota, const cool_down& limit) {
  if (!member.bound) {
    if (quota.empty() && limit.until == time_point{}) return;
    member.bound = std::make_unique<bounds>();
  }
  bounds& bound = *member.bound;
  bound.limit = limit;
  if (!bound.window && !quota.empty()) bound.window = std::make_unique<request_window>();
  if (bound.window) bound.window->configure(quota);
}

void limit(auto& member, const cool_down& end) {
  if (!member.bound) member.bound = std::make_unique<bounds>();
  member.bound->limit = end;
}

template <class T>
void start_anew(T& place) {
  std::destroy_at(&place);
  std::construct_at(&place);
}

}  // namespace

void lane::rebuild(const roster& all, pool::policy p, time_point now) {
  const bool other_policy = std::exchange(policy_, p) != p;
  for (line<seat>& l : lines_)
    l.clear();
  alarms_.clear();
  turns_.resize(std::max(turns_.size(), all.keys.size()));
  seats_.resize(std::max(seats_.size(), all.projects.size()));
  if (other_policy) clock_ = {};

  for (project_index i = 0; i < seats_.size(); ++i) {
    seat& s = seats_[i];
    const project_record& project = all.projects[i];
    s.turns.clear();
    if (s.generation != project.generation) {
      start_anew(s);
      s.generation = project.generation;
    }
    s.project = i;
    s.tier = project.tier;
    s.order = project.order;
    s.weight = 0;
    bind(s, project.quota, project.limit);
    if (other_policy) {
      forget_turns(s);
      s.clock = {};
    }
    if (const time_point end = project.exhausted_at(service_).until;
        end > std::max(now, s.cooling.until)) {
      s.cooling = {end};
    }
  }
  for (key_index i = 0; i < turns_.size(); ++i) {
    if (other_policy) forget_turns(turns_[i]);
    take_over(all.keys[i], i, now);
  }
  for (seat& s : seats_)
    place(s, now);
}

void lane::take_over(const key_record& key, key_index index, time_point now) {
  turn& t = turns_[index];
  if (t.generation != key.generation) {
    start_anew(t);
    t.generation = key.generation;
  }
  if (t.project != key.project) forget_turns(t);  // its rank was one among others
  t.key = index;
  t.project = key.project;
  t.order = key.order;
  t.level = level_of(key.spec, policy_, model_);
  t.weight = key.spec.weight;
  t.admitted =
      key.entry != nullptr && key.spec.service == service_ && admits(key.spec.models, model_);
  t.usable = t.admitted && key.usable();
  bind(t, key.spec.quota, key.limit);
  if (!t.usable) return;
  seats_[t.project].weight += t.weight;
  place(t, now);
}

void lane::place(turn& t, time_point now) {
  t.unlink();
  t.alarm.unlink();
  if (!t.usable) return;
  const cool_down wait = t.bound ? t.bound->look(now) : cool_down{};
  t.until = wait.until;
  t.daily = wait.daily;
  t.limited = wait.limited;
  seats_[t.project].turns.put(t, now);
  if (t.until > now && t.until != never) alarms_.insert(t);
}

void lane::place(seat& s, time_point now) {
  s.unlink();
  if (s.cooling.until != time_point{} && s.cooling.until <= now) {
    s.cooling = {};
    s.quotas.clear();
    s.half_open = true;
  }
  const auto& [ready, resting] = s.turns;
  if (ready.empty() && resting.empty()) return;
  if (s.bound) s.bound->look(now);
  cool_down wait = s.own();
  if (!ready.empty()) {
    s.level = ready.begin()->level;
  } else if (resting.begin()->until > wait.until) {
    wait = {resting.begin()->until, resting.begin()->daily, resting.begin()->limited};
  }
  s.until = wait.until;
  s.daily = wait.daily;
  s.limited = wait.limited;
  lines_[static_cast<std::size_t>(s.tier)].put(s, now);
}

void lane::set_usable(key_index key, bool usable, time_point now) {
  turn& t = turns_[key];
  usable = usable && t.admitted;
  if (usable == t.usable) return;
  seat& s = seats_[t.project];
  t.usable = usable;
  s.weight = usable ? s.weight + t.weight : s.weight - t.weight;
  place(t, now);
  place(s, now);
}

void lane::move(key_index key, project_index from, project_index to, const roster& all,
                time_point now) {
  turn& t = turns_[key];
  seat& old = seats_[from];
  seat& joined = seats_[to];
  if (all.projects[from].keys == 0 && old.cooling.until > now) {
    for (const cooling_quota& q : old.quotas)
      cool_quota(to, q.quota_id, {q.until}, now);
    cool(to, old.cooling, now);
  }
  t.unlink();
  forget_turns(t);
  t.project = to;
  if (t.usable) {
    old.weight -= t.weight;
    joined.weight += t.weight;
  }
  joined.tier = all.projects[to].tier;
  joined.order = all.projects[to].order;
  place(t, now);
  place(old, now);
  place(joined, now);
}

void lane::limit_key(key_index key, cool_down end, time_point now) {
  turn& t = turns_[key];
  limit(t, end);
  if (!t.usable) return;
  place(t, now);
  place(seats_[t.project], now);
}

void lane::limit_project(project_index project, cool_down end, time_point now) {
  limit(seats_[project], end);
  place(seats_[project], now);
}

void lane::give_back(const ticket& used, std::optional<std::uint64_t> tokens,
                     std::optional<std::uint64_t> input_tokens, time_point now) {
  --leases_;
  turn& t = turns_[used.key];
  seat& s = seats_[used.project];
  const bool was_trial = s.trial_out && s.epoch == used.epoch;
  if (was_trial) s.trial_out = false;
  --t.in_flight;
  if (tokens) expected_tokens_ = std::max<std::uint64_t>((expected_tokens_ * 7 + *tokens) / 8, 1);
  const bool reordered = tokens && policy_ == policy::least_used;
  if (t.bound && t.bound->window) t.bound->window->settle(used.key_input, input_tokens, now);
  if (s.bound && s.bound->window) s.bound->window->settle(used.project_input, input_tokens, now);
  if (!was_trial && !t.bound && !s.bound && !reordered) return;

  t.unlink();
  s.unlink();
  if (reordered) charge(s, t, used, *tokens);
  place(t, now);
  place(s, now);
  if (t.project != used.project) place(seats_[t.project], now);
}

void lane::charge_input(const ticket& running, std::uint64_t tokens, time_point now) {
  turn& t = turns_[running.key];
  seat& s = seats_[running.project];
  const bool of_key = t.bound && t.bound->window;
  const bool of_project = s.bound && s.bound->window;
  if (!of_key && !of_project) return;
  if (of_key) t.bound->window->settle(0, tokens, now);
  if (of_project) s.bound->window->settle(0, tokens, now);
  place(t, now);
  place(s, now);
}

// Replaces what was expected of a request by what it really used.
void lane::charge(seat& s, turn& t, const ticket& paid, std::uint64_t tokens) {
  for (in_line* member : {static_cast<in_line*>(&s), static_cast<in_line*>(&t)}) {
    member->rank = member->rank - std::min(member->rank, paid.cost) + tokens;
  }
}

bool lane::is_current(const ticket& t, project_index project) const {
  return t.project == project && t.epoch == seats_[project].epoch;
}

bool lane::succeed(project_index project, time_point now) {
  seat& s = seats_[project];
  s.unknown_in_a_row = 0;
  if (!s.half_open) return false;
  s.half_open = s.trial_out = false;
  place(s, now);
  return true;
}

unsigned lane::count_unknown(project_index project, bool current) {
  seat& s = seats_[project];
  if (current) ++s.unknown_in_a_row;
  return s.unknown_in_a_row;
}

void lane::cool(project_index project, cool_down end, time_point now) {
  seat& s = seats_[project];
  if (end.until > s.cooling.until) s.cooling = end;
  s.half_open = s.trial_out = false;
  ++s.epoch;
  place(s, now);
}

bool lane::cool_quota(project_index project, std::string_view quota_id, cool_down end,
                      time_point now) {
  std::vector<cooling_quota>& quotas = seats_[project].quotas;
  std::erase_if(quotas, [now](const cooling_quota& q) { return q.until <= now; });
  const auto same = std::find_if(quotas.begin(), quotas.end(),
                                 [quota_id](const auto& q) { return q.quota_id == quota_id; });
  const bool news = same == quotas.end();
  if (news) {
    quotas.push_back({std::string(quota_id), end.until});
  } else {
    same->until = std::max(same->until, end.until);
  }
  cool(project, end, now);
  return news;
}

void lane::remember_unknown(project_index project, std::uint32_t in_a_row) {
  seats_[project].unknown_in_a_row = std::max(seats_[project].unknown_in_a_row, in_a_row);
}

void lane::count_today(key_index key, std::uint32_t requests, time_point day_end, time_point now) {
  turn& t = turns_[key];
  if (!t.bound || !t.bound->window) return;
  t.bound->window->count_today(requests, day_end);
  place(t, now);
  place(seats_[t.project], now);
}

void lane::lift(project_index project, time_point now) {
  seat& s = seats_[project];
  s.cooling = {};
  s.quotas.clear();
  s.half_open = s.trial_out = false;
  s.unknown_in_a_row = 0;
  ++s.epoch;
  place(s, now);
}

}  // namespace gemkeeper::pool::detail
