// What was used within the last minute, in seconds: constant memory, whatever the limit.
#pragma once

#include <gemkeeper/pool/key.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace gemkeeper::pool {

// What is added in one second counts until sixty full seconds are over, so that no sixty seconds
// ever hold more than is read here; a second at most longer than it must. A clock that is set back
// makes nothing older or younger.
class minute_window {
 public:
  void add(std::uint64_t amount, time_point now);
  std::uint64_t sum(time_point now);
  // When the sum will be below `limit`, if nothing is added: not after `now` if it is.
  time_point below(std::uint64_t limit, time_point now);

 private:
  void advance(time_point now);

  static constexpr std::int64_t seconds = 61;
  std::array<std::uint64_t, seconds> used_{};  // by second, a ring
  std::uint64_t sum_ = 0;
  std::int64_t latest_ = 0;  // second of the last call, with `set_back_`
  std::int64_t set_back_ = 0;
};

}  // namespace gemkeeper::pool
