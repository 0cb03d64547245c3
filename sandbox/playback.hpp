// What all connections of a server share.
#pragma once

#include "request_log.hpp"
#include "world.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

namespace gemkeeper::sandbox {

// Thread-safe.
class playback {
 public:
  using clock = std::function<std::chrono::system_clock::time_point()>;

  playback(scenario what, clock now) : now_(std::move(now)), log_(what.log) {
    world_ = std::make_shared<world>(std::move(what), shelf_);
  }

  // Lives as long as the exchange that uses it, beyond a change of scenario.
  [[nodiscard]] std::shared_ptr<world> current() const {
    const std::scoped_lock lock(mutex_);
    return world_;
  }

  void play(scenario what) {
    if (what.keys.empty()) what.keys = current()->played().keys;
    auto next = std::make_shared<world>(std::move(what), shelf_);
    log_.reshape(next->played().log);
    const std::scoped_lock lock(mutex_);
    world_ = std::move(next);
  }

  void reset() {
    play(current()->played());
    shelf_->clear();
    log_.clear();
  }

  [[nodiscard]] std::chrono::system_clock::time_point now() const { return now_(); }
  request_log& log() { return log_; }
  [[nodiscard]] const request_log& log() const { return log_; }

  std::atomic<std::uint64_t> connections_accepted = 0;
  std::atomic<std::uint64_t> connections_open = 0;

 private:
  clock now_;
  request_log log_;
  std::shared_ptr<resource_shelf> shelf_ = std::make_shared<resource_shelf>();  // with the worlds
  mutable std::mutex mutex_;
  std::shared_ptr<world> world_;
};

}  // namespace gemkeeper::sandbox
