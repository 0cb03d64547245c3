// A worker's connections to one route (scheme, host, port): opened, kept, reused, given up.
#pragma once

#include "net/stream.hpp"
#include "net/tls_context.hpp"
#include "upstream/addresses.hpp"
#include <gemkeeper/proxy/settings.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gemkeeper::proxy {

struct upstream_connection {
  upstream_connection() = default;
  upstream_connection(const upstream_connection&) = delete;
  upstream_connection& operator=(const upstream_connection&) = delete;
  ~upstream_connection() {
    if (io != nullptr) io->close();
  }

  std::shared_ptr<stream> io;  // shared with the read that is outstanding on it
  steady_time opened;
  steady_time idle_since;
  bool reused = false;  // it has served a request before: it may have gone stale
};
using upstream_ptr = std::unique_ptr<upstream_connection>;

struct open_result {
  upstream_ptr connection;  // nullptr: see `status` and `problem`
  io_result status = io_result::ok;
  std::string problem;  // "connect: connection refused", "tls handshake: certificate has expired"
};

// Lives on its worker's thread.
class connection_pool {
 public:
  // `tls` nullptr: plain HTTP. It must outlive the pool.
  connection_pool(const executor& ex, const upstream_settings& settings,
                  const client_tls_context* tls);
  ~connection_pool();

  // The most recently used connection that is still good; nullptr: none.
  upstream_ptr take_idle(steady_time now);
  // Opens a new one, TLS handshake included; its stream is attached to `owner`.
  awaitable<open_result> open(signal& owner);
  // Keeps `c` for the next request, if nothing is left to read and its time is not up.
  void put_back(upstream_ptr c, steady_time now);

  // Closes what idles too long, and what the peer has closed; looks addresses up anew.
  void sweep(steady_time now);
  void close_idle();
  // May be read from any thread.
  [[nodiscard]] std::size_t idle() const { return idle_count_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] bool usable(const upstream_connection& c, steady_time now) const;

  executor executor_;
  upstream_settings settings_;
  const client_tls_context* tls_;
  session_cache sessions_;
  std::shared_ptr<address_book> addresses_;
  std::vector<upstream_ptr> idle_;  // the most recently used last
  std::atomic<std::size_t> idle_count_{0};
};

}  // namespace gemkeeper::proxy
