// The addresses of the upstream's host, looked up off the hot path.
#pragma once

#include "net/executor.hpp"
#include "net/signal.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace gemkeeper::proxy {

using endpoint_list = std::vector<asio::ip::tcp::endpoint>;

// Families in turn, the first as the system prefers it (RFC 8305, section 4).
endpoint_list interleave_families(const endpoint_list& addresses);

// One worker's view of one host. Known addresses are used at once, and renewed in the background
// when they are older than `refresh`; a lookup that fails keeps the last good ones. Only the very
// first caller waits. Not thread-safe.
class address_book : public std::enable_shared_from_this<address_book> {
 public:
  address_book(const executor& ex, std::string host, std::uint16_t port,
               std::chrono::milliseconds refresh);

  // Starts a lookup unless one is under way or the addresses are fresh.
  void refresh(steady_time now);
  // Waits for addresses; empty: the lookup failed (`problem()`), or `owner` was interrupted.
  awaitable<endpoint_list> get(signal& owner);
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  using resolver = asio::ip::basic_resolver<asio::ip::tcp, executor>;
  struct resolved;

  resolver resolver_;
  std::string host_;
  std::uint16_t port_;
  std::chrono::milliseconds refresh_;
  endpoint_list addresses_;
  steady_time fresh_until_ = steady_time::min();
  bool looking_up_ = false;
  std::string problem_;
  std::vector<signal*> waiting_;
};

}  // namespace gemkeeper::proxy
