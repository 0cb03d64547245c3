// A mutex that many hold for a moment, and some for a whole reading of thousands of keys: those do
// it in pieces, between which the others have their turn. As cond_resched_lock() of Linux.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace gemkeeper::pool {

// Lockable; costs what std::mutex costs as long as nobody waits.
class breakable_mutex {
 public:
  void lock() {
    if (mutex_.try_lock()) return;
    waiting_.fetch_add(1, std::memory_order_relaxed);
    mutex_.lock();
    waiting_.fetch_sub(1, std::memory_order_relaxed);
  }
  bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

  // By who holds it, for each of many: now and then those who wait have it. True: they had, so that
  // what it guards may have changed.
  bool let_others_in() {
    constexpr unsigned piece = 16;  // some microseconds' work
    if (++read_ % piece != 0 || waiting_.load(std::memory_order_relaxed) == 0) return false;
    mutex_.unlock();
    // A thread that is woken has it only if nobody else is sooner: this one takes its time.
    constexpr std::chrono::microseconds moment{20};
    for (int i = 0; i < 10 && waiting_.load(std::memory_order_relaxed) != 0; ++i)
      std::this_thread::sleep_for(moment);
    mutex_.lock();
    return true;
  }

 private:
  std::mutex mutex_;
  unsigned read_ = 0;  // guarded by it
  std::atomic<unsigned> waiting_{0};
};

}  // namespace gemkeeper::pool
