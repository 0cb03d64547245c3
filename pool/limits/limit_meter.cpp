#include "limit_meter.hpp"

#include "../request_window.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace gemkeeper::pool {
namespace {

using enum limit_kind;
using std::chrono::floor;
using std::chrono::minutes;

std::uint32_t narrow(std::uint64_t amount) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(amount, std::numeric_limits<std::uint32_t>::max()));
}

std::uint64_t moved(std::uint64_t mean, std::uint64_t by) {
  return (mean * 7 + std::min<std::uint64_t>(by, std::numeric_limits<std::uint32_t>::max())) / 8;
}

}  // namespace

void limit_meter::configure(const limit_set& limits) {
  limits_ = limits;
  if (limits.requests_per_minute != 0 && !requests_) requests_ = std::make_unique<minute_window>();
  if (limits.tokens_per_minute != 0 && !tokens_) tokens_ = std::make_unique<minute_window>();
  told_ = {};  // shares are of other limits now
  news_ = 0;
}

// A clock that is set back to before this day or month keeps what was counted: it is never granted
// twice.
void limit_meter::roll(time_point now) {
  if (day_.holds(now)) return;
  if (now >= day_.end) {
    today_ = {};
    forget_told(requests_per_day);
    forget_told(tokens_per_day);
    forget_told(usd_per_day);
  }
  day_ = day_of(now);
  if (month_.holds(now)) return;
  if (now >= month_.end) {
    this_month_ = {};
    forget_told(tokens_per_month);
    forget_told(usd_per_month);
  }
  month_ = month_of(now);
}

std::uint64_t limit_meter::expected_tokens() const {
  return std::max(mean_tokens_, least_tokens);
}
std::uint64_t limit_meter::expected_micro_usd() const {
  return std::max(mean_micro_usd_, least_micro_usd);
}

usage_hold limit_meter::begin(time_point now) {
  roll(now);
  ++today_.requests;
  ++this_month_.requests;
  if (requests_) requests_->add(1, now);
  const usage_hold held{narrow(expected_tokens()), narrow(expected_micro_usd())};
  held_tokens_ += held.tokens;
  held_micro_usd_ += held.micro_usd;
  look_for_news(now);
  return held;
}

void limit_meter::settle(usage_hold held, std::optional<std::uint64_t> tokens,
                         std::optional<std::uint64_t> micro_usd, time_point now) {
  roll(now);
  held_tokens_ -= std::min<std::uint64_t>(held_tokens_, held.tokens);
  held_micro_usd_ -= std::min<std::uint64_t>(held_micro_usd_, held.micro_usd);
  if (tokens) {
    if (*tokens != 0) mean_tokens_ = moved(mean_tokens_, *tokens);
    today_.tokens += *tokens;
    this_month_.tokens += *tokens;
    if (tokens_) tokens_->add(*tokens, now);
  }
  if (micro_usd) {
    if (*micro_usd != 0) mean_micro_usd_ = moved(mean_micro_usd_, *micro_usd);
    today_.micro_usd += *micro_usd;
    this_month_.micro_usd += *micro_usd;
  }
  if (tokens || micro_usd) look_for_news(now);
}

limit_meter::delay limit_meter::look(std::uint32_t in_flight, std::uint64_t held_tokens,
                                     std::uint64_t held_micro_usd, time_point now) {
  roll(now);
  delay longest;
  const auto note = [&](limit_kind which, time_point until, bool daily) {
    if (until > longest.end.until)
      longest = {{.until = until, .daily = daily, .limited = true}, which};
  };
  const auto note_span = [&](limit_kind which, std::uint64_t limit, std::uint64_t used,
                             std::uint64_t held, time_point end) {
    if (limit == 0 || used + held < limit) return;
    const bool spent = used >= limit;
    note(which, spent ? end : never, spent);
  };
  const limit_set& l = limits_;
  if (l.requests_in_flight != 0 && in_flight >= l.requests_in_flight) {
    note(requests_in_flight, never, false);
  }
  if (l.requests_per_minute != 0) {
    note(requests_per_minute, requests_->below(l.requests_per_minute, now), false);
  }
  if (l.tokens_per_minute != 0) {
    const std::uint64_t used = tokens_->sum(now);
    if (used >= l.tokens_per_minute) {
      note(tokens_per_minute, tokens_->below(l.tokens_per_minute, now), false);
    } else if (used + held_tokens >= l.tokens_per_minute) {
      note(tokens_per_minute, never, false);
    }
  }
  note_span(requests_per_day, l.requests_per_day, today_.requests, 0, day_.end);
  note_span(tokens_per_day, l.tokens_per_day, today_.tokens, held_tokens, day_.end);
  note_span(usd_per_day, l.usd_per_day, today_.micro_usd, held_micro_usd, day_.end);
  note_span(tokens_per_month, l.tokens_per_month, this_month_.tokens, held_tokens, month_.end);
  note_span(usd_per_month, l.usd_per_month, this_month_.micro_usd, held_micro_usd, month_.end);
  if (longest.end.until <= now) longest.end = {};
  return longest;
}

limit_meter::delay limit_meter::next_free(std::uint32_t in_flight, time_point now) {
  return look(in_flight, held_tokens_, held_micro_usd_, now);
}

limit_meter::delay limit_meter::exhausted(time_point now) {
  return look(0, 0, 0, now);
}

void limit_meter::count_at_least(const past_usage& day, const past_usage& month, time_point now) {
  roll(now);
  const auto raise = [](auto& counted, const past_usage& known) {
    counted.requests = std::max(counted.requests, known.requests);
    counted.tokens = std::max(counted.tokens, known.tokens);
    counted.micro_usd = std::max(counted.micro_usd, known.micro_usd);
  };
  raise(today_, day);
  raise(this_month_, month);
  look_for_news(now);
  news_ = 0;  // they were told then
}

void limit_meter::look_at(limit_kind which, std::uint64_t used, std::uint64_t limit) {
  if (limit == 0) return;
  constexpr double whole = 100;
  const double share = static_cast<double>(used) * whole / static_cast<double>(limit);
  const unsigned percent = shares_.reached(static_cast<unsigned>(std::min(share, whole)));
  std::uint8_t& told = told_[static_cast<std::size_t>(which)];
  if (percent <= told) return;
  told = static_cast<std::uint8_t>(percent);
  news_ |= 1U << static_cast<unsigned>(which);
}

void limit_meter::look_for_news(time_point now) {
  const limit_set& l = limits_;
  if (l.requests_per_minute != 0 || l.tokens_per_minute != 0) {
    const std::int64_t minute = floor<minutes>(now.time_since_epoch()).count();
    if (minute != minute_told_) {
      minute_told_ = minute;
      forget_told(requests_per_minute);
      forget_told(tokens_per_minute);
    }
    if (l.requests_per_minute != 0)
      look_at(requests_per_minute, requests_->sum(now), l.requests_per_minute);
    if (l.tokens_per_minute != 0)
      look_at(tokens_per_minute, tokens_->sum(now), l.tokens_per_minute);
  }
  look_at(requests_per_day, today_.requests, l.requests_per_day);
  look_at(tokens_per_day, today_.tokens, l.tokens_per_day);
  look_at(usd_per_day, today_.micro_usd, l.usd_per_day);
  look_at(tokens_per_month, this_month_.tokens, l.tokens_per_month);
  look_at(usd_per_month, this_month_.micro_usd, l.usd_per_month);
}

std::vector<limit_meter::crossing> limit_meter::take_news(time_point now) {
  std::vector<crossing> all;
  const std::uint32_t news = std::exchange(news_, 0);
  const time_point minute_end{
      std::chrono::ceil<minutes>(now.time_since_epoch() + std::chrono::nanoseconds(1))};
  for (const limit_view& one : view(0, now)) {
    const auto kind = static_cast<std::size_t>(one.which);
    if ((news >> kind & 1U) == 0) continue;
    all.push_back(
        {one.which, told_[kind], one.used, one.limit, one.resets_at.value_or(minute_end)});
  }
  return all;
}

std::vector<limit_view> limit_meter::view(std::uint32_t in_flight, time_point now) {
  roll(now);
  std::vector<limit_view> all;
  const auto add = [&](limit_kind which, std::uint64_t limit, std::uint64_t used,
                       std::uint64_t held, std::optional<time_point> resets_at) {
    if (limit != 0) all.push_back({which, limit, used, held, resets_at});
  };
  const limit_set& l = limits_;
  add(requests_in_flight, l.requests_in_flight, in_flight, 0, {});
  add(requests_per_minute, l.requests_per_minute, requests_ ? requests_->sum(now) : 0, 0, {});
  add(requests_per_day, l.requests_per_day, today_.requests, 0, day_.end);
  add(tokens_per_minute, l.tokens_per_minute, tokens_ ? tokens_->sum(now) : 0, held_tokens_, {});
  add(tokens_per_day, l.tokens_per_day, today_.tokens, held_tokens_, day_.end);
  add(tokens_per_month, l.tokens_per_month, this_month_.tokens, held_tokens_, month_.end);
  add(usd_per_day, l.usd_per_day, today_.micro_usd, held_micro_usd_, day_.end);
  add(usd_per_month, l.usd_per_month, this_month_.micro_usd, held_micro_usd_, month_.end);
  return all;
}

}  // namespace gemkeeper::pool
