// Wakes the store's thread from any other, without a lock.
#pragma once

#include <chrono>

namespace gemkeeper::store {

class wake_up {
 public:
  wake_up();  // throws `error`
  wake_up(const wake_up&) = delete;
  wake_up& operator=(const wake_up&) = delete;
  ~wake_up();

  void notify() noexcept;
  // Until the next `notify` (one since the last wait counts), or for so long.
  void wait_for(std::chrono::milliseconds most) noexcept;

 private:
  int event_;
};

}  // namespace gemkeeper::store
