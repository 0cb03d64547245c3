// Which addresses a tunnel may lead to, whatever the configuration allows.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

namespace gemkeeper::proxy {

// Public ones (public_address.hpp) that are not this machine's own: its services, gemkeeper's admin
// listener among them, would take the tunnel for somebody local. Thread-safe.
class address_guard {
 public:
  // `exempt`: numeric addresses that pass nevertheless (server_options). Throws std::runtime_error.
  explicit address_guard(const std::vector<std::string>& exempt = {});

  [[nodiscard]] bool admits(const boost::asio::ip::address& address);

 private:
  [[nodiscard]] bool is_own(const boost::asio::ip::address& address);

  std::vector<boost::asio::ip::address> exempt_;
  std::mutex mutex_;
  std::vector<boost::asio::ip::address> own_;
  std::chrono::steady_clock::time_point own_until_ = std::chrono::steady_clock::time_point::min();
};

}  // namespace gemkeeper::proxy
