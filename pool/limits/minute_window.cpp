#include "minute_window.hpp"

#include <algorithm>
#include <chrono>

namespace gemkeeper::pool {

void minute_window::advance(time_point now) {
  const auto second =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count() + set_back_;
  if (second <= latest_) {
    set_back_ += latest_ - second;
    return;
  }
  const std::int64_t passed = std::min(second - latest_, seconds);
  for (std::int64_t i = 1; i <= passed && sum_ != 0; ++i) {
    std::uint64_t& old = used_[static_cast<std::size_t>((latest_ + i) % seconds)];
    sum_ -= old;
    old = 0;
  }
  latest_ = second;
}

void minute_window::add(std::uint64_t amount, time_point now) {
  advance(now);
  used_[static_cast<std::size_t>(latest_ % seconds)] += amount;
  sum_ += amount;
}

std::uint64_t minute_window::sum(time_point now) {
  advance(now);
  return sum_;
}

time_point minute_window::below(std::uint64_t limit, time_point now) {
  advance(now);
  std::uint64_t left = sum_;
  if (left < limit) return now;
  for (std::int64_t second = latest_ - seconds + 1; second <= latest_; ++second) {
    if (second < 0) continue;
    left -= used_[static_cast<std::size_t>(second % seconds)];
    if (left < limit) return time_point(std::chrono::seconds(second + seconds - set_back_));
  }
  return now;
}

}  // namespace gemkeeper::pool
