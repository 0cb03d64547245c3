// `gemkeeper serve`: from the configuration to a running proxy and its end.
#pragma once

#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/storage.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gemkeeper::app {

// Serves until SIGTERM or SIGINT, then lets requests in flight end (proxy.drain_timeout); a second
// signal ends it at once. SIGHUP reloads. `started` is told the addresses that are listened on.
// Returns the exit status; problems go to stderr.
int serve(const config_inputs& inputs, persistence lasting,
          const std::function<void(const std::vector<std::string>&)>& started = {});

// A proxy beside what this process does otherwise, on threads of its own. It obeys no signals:
// block them before it is made, or they interrupt its threads. What it stores ends with it. Its
// members are called from one thread.
class background_proxy {
 public:
  // Serves when it returns. Throws std::runtime_error that names the setting and the remedy.
  explicit background_proxy(const config_inputs& inputs);
  background_proxy(const background_proxy&) = delete;
  background_proxy& operator=(const background_proxy&) = delete;
  ~background_proxy();  // lets requests in flight end (proxy.drain_timeout)

  [[nodiscard]] const std::vector<std::string>& addresses() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gemkeeper::app
