// How threads beside the data path leave it the core.
#pragma once

#include <cstddef>
#include <thread>

namespace gemkeeper::pool {

// For loops over thousands of rows. A thread that computes and calls nothing may keep its core
// until the next tick (up to 4 ms) while a worker wants it: where the worker was not entitled to it
// at the moment it woke, and in virtual machines that hear late of a wake-up by another core. Here
// it lets go.
class data_path_first {
 public:
  // `every`: so many rounds are some 50 µs.
  explicit data_path_first(std::size_t every) : every_(every) {}

  void next_round() {
    if (++rounds_ % every_ == 0) std::this_thread::yield();
  }

 private:
  std::size_t every_;
  std::size_t rounds_ = 0;
};

}  // namespace gemkeeper::pool
