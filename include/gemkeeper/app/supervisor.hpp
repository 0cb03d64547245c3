// What a service manager is told while the proxy serves: that it does, how it is, and that it
// turns.
#pragma once

#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/service_manager.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace gemkeeper::app {

// Shown by `systemctl status`.
struct service_condition {
  std::size_t healthy = 0, total = 0;  // keys
  std::string address;                 // where the proxy listens
};

// "2 of 3 keys healthy, the proxy listens on 127.0.0.1:8001"
std::string status_text(const service_condition& now);

// Thread-safety: one thread's. Does nothing where there is no manager.
class supervisor {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit supervisor(service_manager manager) : manager_(std::move(manager)) {}

  [[nodiscard]] bool connected() const { return manager_.connected(); }

  // The listeners are open, or a reload has ended.
  void serving(const service_condition& now);
  void reloading();
  void stopping(std::size_t connections);
  // Told on when it has changed.
  void condition_is(const service_condition& now);
  // Say it a few times a second. Feeds the watchdog as long as all threads turn: `last_turn` is
  // that of the one furthest behind.
  void turn(time_point last_turn, time_point now = std::chrono::steady_clock::now());

 private:
  service_manager manager_;
  std::string told_;
  bool stopping_ = false;
  time_point fed_{};
};

// What a service manager has handed over, and who it is.
struct supervision {
  std::vector<int> proxy_sockets, admin_sockets;  // that listen already; owned by who has this
  service_manager manager;
};

// Tells `inputs` where the sockets listen. Call it once, before anything else opens descriptors.
// Throws as `inherited_sockets` and `role_of` do.
supervision take_over(config_inputs& inputs);

}  // namespace gemkeeper::app
