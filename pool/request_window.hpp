// The requests of one (key, model) against the limits that the operator declared.
#pragma once

#include "cool_down.hpp"
#include <gemkeeper/pool/key.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gemkeeper::pool {

// No moment in time ends this wait, but the end of a lease.
inline constexpr time_point never = time_point::max();

class request_window {
 public:
  void configure(const key_limits& limits);
  // A request begins: counted at once, so that requests under way never exceed a limit.
  void take(time_point now);
  // What was taken before a restart, of the day that ends then.
  void count_today(std::uint32_t requests, time_point day_end);
  [[nodiscard]] std::uint32_t today() const { return today_; }
  [[nodiscard]] time_point day_end() const { return day_end_; }
  // When the next request may begin: not after `now` if it may at once.
  [[nodiscard]] cool_down next_free(std::uint32_t in_flight, time_point now) const;

 private:
  key_limits limits_;
  std::uint32_t today_ = 0;
  time_point day_end_{};
  // The starts of the last `requests_per_minute` requests; a ring once it is full.
  std::vector<time_point> starts_;
  std::size_t oldest_ = 0;
};

}  // namespace gemkeeper::pool
