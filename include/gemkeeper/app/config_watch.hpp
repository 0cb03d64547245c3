// Reloads the configuration when one of its files changes, or when it is told to (SIGHUP).
#pragma once

#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/file_watch.hpp>

#include <functional>
#include <span>
#include <vector>

namespace gemkeeper::app {

// Lives on the one thread that runs its io_context.
class config_watch {
 public:
  struct callbacks {
    std::function<void(const config&)> on_change;                 // a valid new configuration
    std::function<void(const std::vector<problem>&)> on_invalid;  // the running one stays
  };
  // `watched` as `load_config` told it for the configuration that runs now.
  config_watch(boost::asio::io_context& io, config_inputs inputs,
               std::span<const std::filesystem::path> watched, callbacks tell);

  // Loads now, changed or not, and calls back before it returns.
  void reload();

 private:
  config_inputs inputs_;
  callbacks tell_;
  file_watch files_;
};

}  // namespace gemkeeper::app
