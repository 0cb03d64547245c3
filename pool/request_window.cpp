#include "request_window.hpp"

#include "pacific_day.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace gemkeeper::pool {

void request_window::configure(const quota_set& quota) {
  std::rotate(starts_.begin(), starts_.begin() + static_cast<std::ptrdiff_t>(oldest_),
              starts_.end());
  oldest_ = 0;
  if (starts_.size() > quota.requests_per_minute) {
    starts_.erase(starts_.begin(),
                  starts_.end() - static_cast<std::ptrdiff_t>(quota.requests_per_minute));
  }
  quota_ = quota;
  if (quota.tokens_per_minute != 0 && !tokens_) tokens_ = std::make_unique<minute_window>();
}

std::uint32_t request_window::take(time_point now) {
  if (now >= day_end_) {
    today_ = 0;
    day_end_ = next_pacific_midnight(now);
  }
  ++today_;
  if (quota_.requests_per_minute == 0) {
    // Nothing to remember.
  } else if (starts_.size() < quota_.requests_per_minute) {
    starts_.push_back(now);
  } else {
    starts_[oldest_] = now;
    oldest_ = (oldest_ + 1) % starts_.size();
  }
  if (!tokens_) return 0;
  const auto held = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      std::max(mean_tokens_, least_tokens), std::numeric_limits<std::uint32_t>::max()));
  held_ += held;
  return held;
}

void request_window::settle(std::uint32_t held, std::optional<std::uint64_t> input_tokens,
                            time_point now) {
  held_ -= std::min<std::uint64_t>(held_, held);
  if (!tokens_ || !input_tokens || *input_tokens == 0) return;
  mean_tokens_ = (mean_tokens_ * 7 + *input_tokens) / 8;
  tokens_->add(*input_tokens, now);
}

void request_window::count_today(std::uint32_t requests, time_point day_end) {
  today_ = (day_end == day_end_ ? today_ : 0) + requests;
  day_end_ = day_end;
}

cool_down request_window::next_free(time_point now) const {
  if (quota_.requests_per_day != 0 && today_ >= quota_.requests_per_day && now < day_end_) {
    return {day_end_, true};
  }
  cool_down wait;
  if (quota_.requests_per_minute != 0 && starts_.size() >= quota_.requests_per_minute) {
    wait.until = starts_[oldest_] + std::chrono::minutes(1);
  }
  if (quota_.tokens_per_minute != 0) {
    const std::uint64_t used = tokens_->sum(now);
    if (used >= quota_.tokens_per_minute) {
      wait.until = std::max(wait.until, tokens_->below(quota_.tokens_per_minute, now));
    } else if (used + held_ >= quota_.tokens_per_minute) {
      wait.until = never;
    }
  }
  return wait;
}

std::vector<limit_view> request_window::view(time_point now) const {
  std::vector<limit_view> all;
  if (quota_.requests_per_minute != 0) {
    const auto recent = std::ranges::count_if(
        starts_, [&](time_point start) { return start + std::chrono::minutes(1) > now; });
    all.push_back({limit_kind::requests_per_minute,
                   quota_.requests_per_minute,
                   static_cast<std::uint64_t>(recent),
                   0,
                   {}});
  }
  if (quota_.tokens_per_minute != 0) {
    all.push_back(
        {limit_kind::tokens_per_minute, quota_.tokens_per_minute, tokens_->sum(now), held_, {}});
  }
  if (quota_.requests_per_day != 0) {
    const bool begun = now < day_end_;
    all.push_back({limit_kind::requests_per_day, quota_.requests_per_day, begun ? today_ : 0, 0,
                   begun ? std::optional(day_end_) : std::nullopt});
  }
  return all;
}

}  // namespace gemkeeper::pool
