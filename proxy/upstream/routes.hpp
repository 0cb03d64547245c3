// A worker's ways to one origin: everybody's, and those of keys with a proxy of their own.
#pragma once

#include "net/tls_context.hpp"
#include "upstream/connection_pool.hpp"
#include "upstream/proxy_tls.hpp"
#include <gemkeeper/proxy/settings.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gemkeeper::proxy {

// Lives on its worker's thread.
class route_table {
 public:
  // `tls` is used where `to` speaks it. All three must outlive the table, and `load` its
  // connections too. Throws std::runtime_error when upstream.proxy is no proxy.
  route_table(const executor& ex, const upstream_settings& settings, const origin& to,
              const client_tls_context* tls, proxy_tls& to_proxies, worker_load& load);
  route_table(const route_table&) = delete;
  route_table& operator=(const route_table&) = delete;
  ~route_table();

  // By that proxy (`pool::lease::proxy`), opened anew if need be; empty: everybody's, by
  // upstream.proxy or straight. Never nullptr. A key's route lives as long as somebody holds it,
  // and a while longer. Hold it longer than its connections: they use its TLS sessions. Everybody's
  // lives as long as the table, and a hold of it costs nothing.
  std::shared_ptr<connection_pool> of(std::string_view proxy) {
    return proxy.empty() ? everybodys_ : of_key(proxy);
  }
  // For tunnels through upstream.proxy; nullptr: there is none.
  [[nodiscard]] proxy_dialer* dialer() const { return default_.via(); }
  // Keys differ in their way out, so another key may come through where one did not.
  [[nodiscard]] bool several() const { return !of_keys_.empty(); }

  // As of `connection_pool`, for all; lets go of routes that nobody has used for a while.
  void sweep(steady_time now);
  void close_idle();
  // Routes of keys.
  [[nodiscard]] std::size_t size() const { return of_keys_.size(); }

 private:
  struct key_route {
    std::shared_ptr<connection_pool> pool;  // shared with the exchanges that use it
    steady_time last_used;
  };
  using key_routes = std::unordered_map<std::string, key_route>;  // by proxy, which is a secret

  std::shared_ptr<connection_pool> of_key(std::string_view proxy);
  key_routes::iterator forget(key_routes::iterator route);

  executor executor_;
  upstream_settings settings_;
  origin to_;
  const client_tls_context* tls_;
  proxy_tls& to_proxies_;
  worker_load& load_;
  connection_pool default_;
  std::shared_ptr<connection_pool> everybodys_;  // `default_`, which it does not own
  key_routes of_keys_;
};

}  // namespace gemkeeper::proxy
