#include "request_window.hpp"

#include "pacific_day.hpp"

#include <algorithm>
#include <chrono>

namespace gemkeeper::pool {

void request_window::configure(const key_limits& limits) {
  std::rotate(starts_.begin(), starts_.begin() + static_cast<std::ptrdiff_t>(oldest_),
              starts_.end());
  oldest_ = 0;
  if (starts_.size() > limits.requests_per_minute) {
    starts_.erase(starts_.begin(),
                  starts_.end() - static_cast<std::ptrdiff_t>(limits.requests_per_minute));
  }
  limits_ = limits;
}

void request_window::take(time_point now) {
  if (now >= day_end_) {
    today_ = 0;
    day_end_ = next_pacific_midnight(now);
  }
  ++today_;
  if (limits_.requests_per_minute == 0) return;
  if (starts_.size() < limits_.requests_per_minute) {
    starts_.push_back(now);
  } else {
    starts_[oldest_] = now;
    oldest_ = (oldest_ + 1) % starts_.size();
  }
}

void request_window::count_today(std::uint32_t requests, time_point day_end) {
  today_ = (day_end == day_end_ ? today_ : 0) + requests;
  day_end_ = day_end;
}

cool_down request_window::next_free(std::uint32_t in_flight, time_point now) const {
  if (limits_.requests_in_flight != 0 && in_flight >= limits_.requests_in_flight) return {never};
  if (limits_.requests_per_day != 0 && today_ >= limits_.requests_per_day && now < day_end_) {
    return {day_end_, true};
  }
  if (limits_.requests_per_minute != 0 && starts_.size() >= limits_.requests_per_minute) {
    return {starts_[oldest_] + std::chrono::minutes(1)};
  }
  return {};
}

}  // namespace gemkeeper::pool
