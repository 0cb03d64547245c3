// Which key is next, and why there is none: the two questions that a lane answers.
#include "lane.hpp"

#include <algorithm>

namespace gemkeeper::pool::detail {
namespace {

// Tells the processor that this will be needed; touches nothing.
void fetch(const void* what, std::size_t size) {
  const auto* bytes = static_cast<const char*>(what);
  for (std::size_t i = 0; i < size; i += cache_line)
    __builtin_prefetch(bytes + i, 1);
  __builtin_prefetch(bytes + size - 1, 1);
}

// How well a project's best key suits a request; the earlier the better.
enum class fit : std::uint8_t { fresh_project, fresh_key, repeated_key, none };

struct candidate {
  fit how = fit::none;
  seat* project = nullptr;
  turn* key = nullptr;

  [[nodiscard]] bool better_than(const candidate& other) const {
    if (how != other.how) return how < other.how;
    return how != fit::none && by_rank()(*project, *other.project);
  }
};

// `none` is nobody's.
choice::fit fit_of(fit how) {
  if (how == fit::repeated_key) return choice::fit::same_key;
  return how == fit::fresh_key ? choice::fit::new_key : choice::fit::new_project;
}

bool contains(const auto& values, const auto& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool was_tried(const turn& t, const request_traits& traits, const roster& all) {
  return !traits.tried_keys.empty() && contains(traits.tried_keys, all.keys[t.key].entry->id);
}

candidate consider(seat& s, const request_traits& traits, const roster& all) {
  const bool tried = contains(traits.tried_projects, s.project);
  if (tried && traits.only_untried_projects) return {};
  for (turn& t : s.turns.ready) {
    if (!was_tried(t, traits, all)) return {tried ? fit::fresh_key : fit::fresh_project, &s, &t};
  }
  if (traits.may_repeat_key && !s.turns.ready.empty()) {
    return {fit::repeated_key, &s, &*s.turns.ready.begin()};
  }
  return {};
}

// When this project has a key for such a request; nothing: never.
std::optional<cool_down> free_for(const seat& s, const request_traits& traits, const roster& all) {
  if (traits.only_untried_projects && contains(traits.tried_projects, s.project)) return {};
  const auto suits = [&](const turn& t) {
    return traits.may_repeat_key || !was_tried(t, traits, all);
  };
  const auto& [ready, resting] = s.turns;
  const cool_down project = s.own();
  if (std::any_of(ready.begin(), ready.end(), suits)) return project;
  const auto first = std::find_if(resting.begin(), resting.end(), suits);
  if (first == resting.end()) return {};
  return first->until > project.until ? cool_down{first->until, first->daily, first->limited}
                                      : project;
}

// It has nowhere else to go.
request_traits pinned_to_project(const request_traits& traits) {
  return {.tried_keys = traits.tried_keys, .may_repeat_key = traits.may_repeat_key};
}

bool excluded(std::size_t line, const request_traits& traits) {
  return traits.excluded_tier != tier::unknown &&
         line == static_cast<std::size_t>(traits.excluded_tier);
}

}  // namespace

std::optional<ticket> lane::take(const request_traits& traits, const roster& all, time_point now) {
  last_used = now;
  candidate best;
  do {
    let_in(now);
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (excluded(i, traits)) continue;
      // Past the first project that was not tried, none is better; before it there are but tried
      // ones, a handful.
      for (seat& s : lines_[i].ready) {
        const candidate c = consider(s, traits, all);
        if (c.better_than(best)) best = c;
        if (c.how == fit::fresh_project) break;
      }
    }
  } while (best.how == fit::none && more_due(now));
  if (best.how == fit::none) return std::nullopt;

  const choice why{policy_, fit_of(best.how), best.project->half_open};
  const ticket given = grant(*best.project, *best.key, why, all, now);
  fetch_ahead(all);
  return given;
}

ticket lane::grant(seat& s, turn& t, const choice& why, const roster& all, time_point now) {
  ticket given{.key = t.key,
               .project = s.project,
               .epoch = s.epoch,
               .cost = expected_tokens_,
               .taken = now,
               .chosen = why,
               .records = {&s.turns, &t.key, &all.keys[t.key], &all.projects[s.project]}};
  s.unlink();
  t.unlink();
  take_turn(s, clock_, cost_of_turn(policy_, s.weight, expected_tokens_));
  take_turn(t, s.clock, cost_of_turn(policy_, t.weight, expected_tokens_));
  s.trial_out = s.half_open;
  ++t.in_flight;
  if (t.bound && t.bound->window) {
    given.key_input = t.bound->window->take(now);
    ++counted_;
  }
  if (s.bound && s.bound->window) given.project_input = s.bound->window->take(now);
  ++leases_;
  place(t, now);
  place(s, now);
  return given;
}

std::optional<ticket> lane::take_from(project_index project, const request_traits& traits,
                                      const roster& all, time_point now) {
  last_used = now;
  seat& s = seats_[project];
  auto& resting = s.turns.resting;
  while (!resting.empty() && resting.begin()->until <= now)
    place(*resting.begin(), now);
  place(s, now);
  if (!s.is_linked() || s.until > now || excluded(static_cast<std::size_t>(s.tier), traits)) {
    return std::nullopt;
  }
  candidate found = consider(s, pinned_to_project(traits), all);
  if (found.how == fit::none) return std::nullopt;
  if (found.how == fit::fresh_project && contains(traits.tried_projects, project)) {
    found.how = fit::fresh_key;
  }
  const choice why{policy_, fit_of(found.how), s.half_open, true};
  return grant(s, *found.key, why, all, now);
}

no_key lane::refusal_of(project_index project, const request_traits& traits,
                        const roster& all) const {
  const seat& s = seats_[project];
  if (s.turns.ready.empty() && s.turns.resting.empty()) {
    return {.reason = no_key_reason::none_usable};
  }
  const auto free = free_for(s, pinned_to_project(traits), all);
  if (!free || excluded(static_cast<std::size_t>(s.tier), traits)) {
    return {.reason = no_key_reason::all_tried};
  }
  no_key answer{.reason = no_key_reason::all_cooling};
  if (free->until != never) answer.earliest = free->until;
  answer.until_day_end = free->daily;
  answer.by_limit = free->limited;
  return answer;
}

// With thousands of keys, the records of the next one have left the caches since its last turn. So
// they are sent for while this request is served: for each of the next few a step of the way from
// seat to secret, as each step needs the one before.
void lane::fetch_ahead(const roster& all) const {
  for (const line<seat>& l : lines_) {
    auto next = l.ready.begin();
    for (int step = 0; next != l.ready.end() && step < 5; ++next, ++step) {
      if (step == 4) return fetch(&*next, sizeof(seat));
      const auto first = next->turns.ready.begin();
      if (first == next->turns.ready.end()) continue;
      if (step == 3) {
        fetch(&*first, sizeof(turn));
        fetch(&all.projects[next->project], cache_line);
        continue;
      }
      const key_record& key = all.keys[first->key];
      if (step == 2) fetch(&key, cache_line);
      if (key.entry == nullptr) continue;
      // With the count of its owners, which std::make_shared put in front.
      if (step == 1)
        fetch(reinterpret_cast<const char*>(key.entry.get()) - 16, sizeof(key_entry) + 16);
      if (step == 0) fetch(key.entry->secret.data(), key.entry->secret.size());
    }
  }
}

// Moves what has waited long enough. A few at a time: after midnight a whole pool recovers at once,
// and no request shall pay for all of it.
void lane::let_in(time_point now) {
  constexpr int few = 8;
  for (int n = 0; n < few && !alarms_.empty() && alarms_.begin()->until <= now; ++n) {
    turn& t = *alarms_.begin();
    place(t, now);
    place(seats_[t.project], now);
  }
  for (line<seat>& l : lines_) {
    for (int n = 0; n < few && !l.resting.empty() && l.resting.begin()->until <= now; ++n) {
      place(*l.resting.begin(), now);
    }
  }
}

bool lane::more_due(time_point now) const {
  return (!alarms_.empty() && alarms_.begin()->until <= now) ||
         std::any_of(lines_.begin(), lines_.end(), [now](const line<seat>& l) {
           return !l.resting.empty() && l.resting.begin()->until <= now;
         });
}

bool lane::any_ready() const {
  return std::any_of(lines_.begin(), lines_.end(),
                     [](const line<seat>& l) { return !l.ready.empty(); });
}

no_key lane::refusal(const request_traits& traits, const roster& all) const {
  std::optional<cool_down> first;
  bool any = false;
  bool until_lease_ends = false;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const auto& [ready, resting] = lines_[i];
    any = any || !ready.empty() || !resting.empty();
    if (excluded(i, traits)) continue;
    const auto note = [&](const seat& s) {
      const auto end = free_for(s, traits, all);
      if (end && (!first || end->until < first->until)) first = end;
      return end.has_value();
    };
    // All that are ready were refused for what this request has tried: a handful.
    for (const seat& s : ready)
      note(s);
    for (const seat& s : resting) {
      if (first && s.until >= first->until) break;
      note(s);
    }
    for (auto s = resting.rbegin(); s != resting.rend() && s->until == never; ++s) {
      until_lease_ends = until_lease_ends || note(*s);
      if (until_lease_ends) break;
    }
  }
  if (!first) {
    return {.reason = any ? no_key_reason::all_tried : no_key_reason::none_usable};
  }
  no_key answer{.reason = no_key_reason::all_cooling};
  if (first->until != never) answer.earliest = first->until;
  answer.until_day_end = first->daily && !until_lease_ends;
  answer.by_limit = first->limited;
  return answer;
}

}  // namespace gemkeeper::pool::detail
