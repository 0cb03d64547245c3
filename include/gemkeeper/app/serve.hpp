// `gemkeeper serve`: from the configuration to a running proxy and its end.
#pragma once

#include <gemkeeper/app/config.hpp>

#include <functional>
#include <string>
#include <vector>

namespace gemkeeper::app {

// Serves until SIGTERM or SIGINT, then lets requests in flight end (proxy.drain_timeout); a second
// signal ends it at once. SIGHUP reloads. `started` is told the addresses that are listened on.
// Returns the exit status; problems go to stderr.
int serve(const config_inputs& inputs,
          const std::function<void(const std::vector<std::string>&)>& started = {});

}  // namespace gemkeeper::app
