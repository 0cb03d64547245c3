// The last requests, for tests to look at.
#pragma once

#include <gemkeeper/sandbox/server.hpp>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace gemkeeper::sandbox {

// Thread-safe.
class request_log {
 public:
  explicit request_log(log_shape shape) : shape_(shape) {}

  // What `finish` names it by.
  std::uint64_t begin(recorded_request request);
  void finish(std::uint64_t entry, int status, ending how);

  void reshape(log_shape shape);
  void clear();

  [[nodiscard]] std::vector<recorded_request> requests() const;
  bool wait_until(const std::function<bool(const std::vector<recorded_request>&)>& condition,
                  std::chrono::milliseconds limit) const;

 private:
  [[nodiscard]] std::vector<recorded_request> copy() const;
  void forget_old_ones();

  log_shape shape_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<recorded_request> kept_;
  std::uint64_t first_ = 0;  // the entry that kept_ begins with
};

}  // namespace gemkeeper::sandbox
