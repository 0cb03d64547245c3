// A worker's connections to one origin by one route: straight, or through one proxy.
#pragma once

#include "net/stream.hpp"
#include "net/tls_context.hpp"
#include "upstream/addresses.hpp"
#include "upstream/proxy_dialer.hpp"
#include "worker_load.hpp"
#include <gemkeeper/proxy/settings.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gemkeeper::proxy {

struct upstream_connection {
  explicit upstream_connection(load_count& open) : counted_(open) {}
  upstream_connection(const upstream_connection&) = delete;
  upstream_connection& operator=(const upstream_connection&) = delete;
  ~upstream_connection() {
    if (io != nullptr) io->close();
  }

  std::shared_ptr<stream> io;  // shared with the read that is outstanding on it
  steady_time opened;
  steady_time idle_since;
  bool reused = false;  // it has served a request before: it may have gone stale

 private:
  counted counted_;
};
using upstream_ptr = std::unique_ptr<upstream_connection>;

// How far the way to the upstream was open.
enum class leg : std::uint8_t { proxy, upstream, upstream_tls };

struct open_result {
  upstream_ptr connection;  // nullptr: see below
  io_result status = io_result::ok;
  leg failed = leg::upstream;
  // "connect: connection refused", "tls handshake: certificate has expired", or as
  // `dial_result::problem`. Holds no secret.
  std::string problem;
};

// Lives on its worker's thread.
class connection_pool {
 public:
  // `tls` is used where `to` speaks it; `via` nullptr: straight. `tls` must outlive the pool, and
  // `load` its connections too. `name` tells the route from others, in all workers alike.
  connection_pool(const executor& ex, const upstream_settings& settings, const origin& to,
                  const client_tls_context* tls, worker_load& load, std::string name,
                  std::unique_ptr<proxy_dialer> via = nullptr);
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
  [[nodiscard]] std::size_t idle() const { return idle_.size(); }

  // The proxy on this route; nullptr: none.
  [[nodiscard]] proxy_dialer* via() const { return via_.get(); }
  // "generativelanguage.googleapis.com" straight, else the proxy's: "http://proxy:3128".
  [[nodiscard]] const std::string& label() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  // As `open_result::problem` when a connection was last tried, here or by another worker.
  [[nodiscard]] std::string why_broken() const;
  // Of the connection that was last tried here; empty: it could be opened.
  [[nodiscard]] const std::string& last_problem() const { return last_problem_; }
  // Whether `last_problem` came or went since this last said so; a minute passes between two that
  // came.
  bool has_news(steady_time now);

 private:
  awaitable<dial_result> dial(signal& owner);
  void count_idle();
  [[nodiscard]] bool usable(const upstream_connection& c, steady_time now) const;

  executor executor_;
  upstream_settings settings_;
  origin to_;
  const client_tls_context* tls_;  // nullptr: plain HTTP
  worker_load& load_;
  std::string name_;
  session_cache sessions_;
  std::unique_ptr<proxy_dialer> via_;
  std::shared_ptr<address_book> addresses_;  // of the upstream; nullptr: the proxy looks it up
  std::string last_problem_;
  bool told_broken_ = false;
  steady_time next_news_{};
  std::vector<upstream_ptr> idle_;  // the most recently used last
  std::size_t counted_idle_ = 0;    // of them, in `load_`
};

}  // namespace gemkeeper::proxy
