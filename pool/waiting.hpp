// Requests that wait for a key, in the order they came. Guarded by the pool's lock, but for `call`.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace gemkeeper::pool::detail {

class pool_state;
struct queued;
using waiting_queue = std::list<std::shared_ptr<queued>>;

struct queued {
  explicit queued(std::function<void()> w) : wake(std::move(w)) {}

  pool_state* pool = nullptr;  // null: never waited
  bool waits = false;
  bool told = false;  // woken, and has not asked since: no second call is needed
  std::uint32_t lane = 0;
  std::uint32_t project = UINT32_MAX;  // in whose queue it waits; else in the lane's
  waiting_queue::iterator place;

  std::mutex calling;  // taken without the pool's lock: to call, and to end all calls
  std::function<void()> wake;

  void call() {
    const std::lock_guard lock(calling);
    if (wake) wake();
  }
  void end() {
    const std::lock_guard lock(calling);
    wake = nullptr;
  }
};

}  // namespace gemkeeper::pool::detail
