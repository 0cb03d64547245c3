// Reaches hosts by way of an upstream proxy.
#pragma once

#include "net/executor.hpp"
#include "net/signal.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"
#include "upstream/addresses.hpp"
#include "upstream/proxy_tls.hpp"
#include <gemkeeper/proxy/egress.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace gemkeeper::proxy {

struct dial_result {
  // Its bytes are the target's; what came right behind the proxy's last word is in `in()` already.
  // Attached to the owner, who closes it. nullptr: see below.
  std::shared_ptr<stream> io;
  // `cancelled` and `timed_out`: the owner was interrupted; else `failed`.
  io_result status = io_result::failed;
  // "upstream proxy http://proxy:3128: it demands credentials (407); check upstream.proxy". Holds
  // no credentials.
  std::string problem;
};

// A worker's way through one proxy. Lives on its worker's thread, and must outlive the streams that
// it made to an https:// proxy.
class proxy_dialer {
 public:
  // `via` is a proxy; `setting` says where it was named. `tls` must outlive this.
  proxy_dialer(const executor& ex, const egress& via, std::string setting,
               const upstream_settings& settings, proxy_tls& tls);

  // A tunnel to `host` (a name, which the proxy looks up, or a numeric address) and `port`: look-up
  // of the proxy, connection (upstream.connect_timeout), TLS and handshake with the proxy
  // (upstream.tls_timeout each), none of it beyond `until`. Sets the deadline of `owner`, and ends
  // early when that is interrupted. Leaves nothing open when it fails.
  awaitable<dial_result> dial(std::string host, std::uint16_t port, signal& owner,
                              steady_time until = steady_time::max());

  // Looks the proxy's addresses up anew when it is time to.
  void refresh(steady_time now) { addresses_->refresh(now); }
  // "http://proxy:3128".
  [[nodiscard]] const std::string& label() const { return label_; }
  [[nodiscard]] const std::string& setting() const { return setting_; }

 private:
  [[nodiscard]] std::string explain(std::string_view what, std::string_view setting) const;

  executor executor_;
  egress via_;
  std::string label_;
  std::string setting_;
  milliseconds connect_timeout_;
  milliseconds handshake_timeout_;
  proxy_tls& tls_;
  session_cache sessions_;
  std::shared_ptr<address_book> addresses_;
};

}  // namespace gemkeeper::proxy
