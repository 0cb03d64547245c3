// What the webhook owes its receiver, and when to try again. Free of I/O, clocks and chance.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace gemkeeper::app {

using delivery_time = std::chrono::system_clock::time_point;

struct delivery {
  std::uint64_t id = 0;     // rises in the order of sending
  std::uint64_t alert = 0;  // messages about one are sent in order
  std::string body;
  delivery_time made{};
  std::uint32_t attempts = 0;
  delivery_time next_try{};
};

// After so many tries in vain: 5 s, doubled each time up to 10 minutes, of which `chance` (0 to 1)
// takes up to a half away.
std::chrono::milliseconds pause_before_retry(std::uint32_t attempts, double chance);

// Not thread-safe.
class delivery_queue {
 public:
  static constexpr std::size_t capacity = 256;
  static constexpr std::chrono::hours give_up_after{6};

  // When it is full, the oldest goes: returned, with all that no longer waits.
  std::optional<delivery> push(delivery what);
  // The first that is due and has none about the same alert before it.
  [[nodiscard]] std::optional<delivery> due(delivery_time now) const;
  // When `due` may have another answer; nullopt: not before something is pushed.
  [[nodiscard]] std::optional<delivery_time> next_due() const;

  enum class fate : std::uint8_t { waits, given_up, unknown };
  void delivered(std::uint64_t id);
  // `final`: the receiver wants no more of it.
  enum class retry : std::uint8_t { later, never };
  fate failed(std::uint64_t id, retry again, delivery_time now, double chance);

  [[nodiscard]] const delivery* find(std::uint64_t id) const;
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t last_id() const { return last_id_; }

 private:
  std::deque<delivery> waiting_;  // by id
  std::uint64_t last_id_ = 0;
};

}  // namespace gemkeeper::app
