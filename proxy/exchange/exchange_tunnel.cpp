// CONNECT, and the way to a blind tunnel where the host is not served here.
#include "exchange/exchange.hpp"
#include "tunnel/open_tunnel.hpp"
#include "worker.hpp"
#include <gemkeeper/proxy/host_names.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gemkeeper::proxy {

exchange::step exchange::admit_tunnel() {
  endpoint_.route = "tunnel";
  // RFC 9110, 9.3.6: CONNECT has no content, and what follows is the tunnel's.
  if (framing_.body != http::body_kind::none) {
    return refuse(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST",
                  "Malformed HTTP request: CONNECT with a body.");
  }
  if (const auto wrong = parse_authority(head_.target, tunnel_target_); !wrong.empty()) {
    return refuse(400, "INVALID_ARGUMENT", "MALFORMED_TARGET",
                  fmt::format("Malformed target of CONNECT: {}.", wrong));
  }
  if (!tunnelled_to_.empty()) {
    return refuse(403, "PERMISSION_DENIED", "TUNNEL_IN_TUNNEL",
                  "There is a tunnel already, and no other is opened inside it.");
  }
  if (const step known = identify_tunnel(); known != step::go_on) return known;
  client_.in().consume(head_.size);
  const auto& ports = settings_->connect.ports;
  const bool port_served = std::ranges::find(ports, tunnel_target_.port) != ports.end();
  if (port_served && is_intercepted(tunnel_target_.host, settings_->intercept)) {
    return step::intercept;
  }
  return step::connect;
}

// A refusal ends the connection: a client may have sent on in the hope of a tunnel, and what was
// meant for the target is no request (draft-ietf-httpbis-optimistic-upgrade).
awaitable<exchange::step> exchange::start_tunnel() {
  phase_ = phase::connecting;
  wake_.expire_after(settings_->connect.timeout);
  const tunnel_dialer dial = settings_->connect.through_proxy ? &dial_through_proxy : &dial_direct;
  tunnel_opening opening = co_await open_tunnel(worker_, tunnel_target_, wake_, dial);
  if (opening.cancelled) {
    fate_ = fate::close;
    co_return step::gone;
  }
  if (opening.target == nullptr) {
    refusal_ = std::move(opening.error);
    co_return step::refused;
  }
  wake_.expire_after(settings_->client.write_timeout);
  const step told = co_await announce_tunnel();
  if (told != step::go_on) co_return told;
  fate_ = fate::tunnel;
  tunnel_.target = std::move(opening.target);
  tunnel_.authority = to_text(tunnel_target_);
  tunnel_.request_id = request_id_;
  tunnel_.started = started_;
  tunnel_.caller = caller_;
  tunnel_.first_byte = since(started_);
  co_return step::tunnelled;
}

// Within the deadline that the caller has set.
awaitable<exchange::step> exchange::announce_tunnel() {
  const io_result sent = co_await client_.send("HTTP/1.1 200 Connection established\r\n\r\n");
  if (sent == io_result::ok) co_return step::go_on;
  fate_ = fate::close;
  co_return step::gone;
}

}  // namespace gemkeeper::proxy
