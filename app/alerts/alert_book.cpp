#include "alert_book.hpp"

#include <algorithm>

namespace gemkeeper::app {

using step = alert_change::step;

void alert_book::restore(std::vector<admin::alert> all) {
  std::ranges::sort(all, std::ranges::greater{}, &admin::alert::id);
  for (admin::alert& one : all) {
    last_id_ = std::max(last_id_, one.id);
    if (one.resolved) {
      if (resolved_.size() < max_resolved) resolved_.push_back(std::move(one));
    } else {
      name of{one.kind, one.subject};
      standing_.try_emplace(std::move(of), entry{std::move(one)});
    }
  }
}

std::vector<alert_change> alert_book::look(std::initializer_list<std::string_view> kinds,
                                           std::vector<condition> found, alert_time now) {
  std::vector<alert_change> changes;
  std::map<name, const condition*> seen;
  for (const condition& one : found) {
    name of{std::string(one.kind), one.subject};
    if (!seen.emplace(of, &one).second) continue;
    const auto known = standing_.find(of);
    if (known == standing_.end()) {
      changes.push_back(raise(one, 1, now));
    } else if (auto change = meet(known->second, one, now)) {
      changes.push_back(std::move(*change));
    }
  }
  for (auto one = standing_.begin(); one != standing_.end();) {
    const auto at = one++;
    if (std::ranges::find(kinds, at->first.first) == kinds.end() || seen.contains(at->first)) {
      continue;
    }
    entry& gone = at->second;
    if (!gone.gone_since) gone.gone_since = now;
    // Also when the clock was set back.
    const bool over = now - *gone.gone_since >= gone.linger || now < *gone.gone_since;
    if (over) changes.push_back(resolve(at, now));
  }
  return changes;
}

std::optional<alert_change> alert_book::happened(const condition& what, std::uint64_t times,
                                                 alert_time now) {
  const auto known = standing_.find({std::string(what.kind), what.subject});
  if (known == standing_.end()) return raise(what, times, now);
  known->second.alert.count += times;
  if (auto change = meet(known->second, what, now)) return change;
  known->second.alert.updated = now;
  return alert_change{step::updated, known->second.alert};
}

std::vector<alert_change> alert_book::expire(alert_time now) {
  std::vector<alert_change> changes;
  for (auto one = standing_.begin(); one != standing_.end();) {
    const auto at = one++;
    const auto& until = at->second.alert.until;
    if (until && *until <= now) changes.push_back(resolve(at, now));
  }
  return changes;
}

alert_change alert_book::raise(const condition& what, std::uint64_t times, alert_time now) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  last_id_ = std::max(last_id_ + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(micros, 1)));
  admin::alert fresh;
  fresh.id = last_id_;
  fresh.kind = what.kind;
  fresh.level = what.level;
  fresh.subject = what.subject;
  fresh.message = what.message;
  fresh.raised = now;
  fresh.updated = now;
  fresh.until = what.until;
  fresh.count = times;
  ++raised_[{fresh.kind, fresh.level}];
  standing_.emplace(name{fresh.kind, fresh.subject}, entry{fresh, what.linger, {}});
  return {step::raised, std::move(fresh)};
}

std::optional<alert_change> alert_book::meet(entry& known, const condition& what, alert_time now) {
  admin::alert& alert = known.alert;
  const bool came_back = known.gone_since.has_value();
  known.gone_since.reset();
  known.linger = what.linger;
  const bool worse = what.level > alert.level;
  const bool other =
      what.level != alert.level || what.message != alert.message || what.until != alert.until;
  if (came_back) ++alert.count;
  if (!other && !came_back) return std::nullopt;
  alert.level = what.level;
  alert.message = what.message;
  alert.until = what.until;
  alert.updated = now;
  return alert_change{worse ? step::worsened : step::updated, alert};
}

alert_change alert_book::resolve(entries::iterator which, alert_time now) {
  admin::alert alert = std::move(which->second.alert);
  standing_.erase(which);
  alert.resolved = now;
  alert.updated = now;
  resolved_.push_front(alert);
  if (resolved_.size() > max_resolved) resolved_.pop_back();
  return {step::resolved, std::move(alert)};
}

std::vector<admin::alert> alert_book::list() const {
  std::vector<admin::alert> all;
  for (const auto& [of, one] : standing_)
    all.push_back(one.alert);
  std::ranges::sort(all, std::ranges::greater{}, &admin::alert::id);
  all.insert(all.end(), resolved_.begin(), resolved_.end());
  return all;
}

bool alert_book::stands(std::string_view kind) const {
  return std::ranges::any_of(standing_, [&](const auto& one) { return one.first.first == kind; });
}

}  // namespace gemkeeper::app
