#include "upstream/proxy_dialer.hpp"

#include "upstream/connect.hpp"
#include "upstream/proxy_handshake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gemkeeper::proxy {

namespace {

// Closes a stream that nobody took over.
struct open_stream {
  explicit open_stream(std::shared_ptr<stream> s) : io(std::move(s)) {}
  open_stream(const open_stream&) = delete;
  open_stream& operator=(const open_stream&) = delete;
  ~open_stream() {
    if (io != nullptr) io->close();
  }
  std::shared_ptr<stream> io;  // shared with what is outstanding on it
};

bool is_interruption(io_result how) {
  return how == io_result::timed_out || how == io_result::cancelled;
}

awaitable<io_result> talk(stream& io, proxy_handshake& handshake) {
  using state = proxy_handshake::state;
  for (;;) {
    io_result got = io_result::ok;
    switch (handshake.status()) {
      case state::done:
        co_return io_result::ok;
      case state::failed:
        co_return io_result::failed;
      case state::send:
        got = co_await io.send(handshake.output());
        handshake.sent();
        break;
      case state::receive:
        io.in().consume(handshake.feed(io.in().bytes()));
        if (handshake.status() == state::receive) got = co_await io.fill();
        break;
    }
    if (is_interruption(got)) co_return got;
    if (got != io_result::ok) handshake.ended();
  }
}

}  // namespace

proxy_dialer::proxy_dialer(const executor& ex, const egress& via, std::string setting,
                           const upstream_settings& settings, proxy_tls& tls)
    : executor_(ex),
      via_(via),
      label_(via.label()),
      setting_(std::move(setting)),
      connect_timeout_(settings.connect_timeout),
      handshake_timeout_(settings.tls_timeout),
      tls_(tls),
      addresses_(std::make_shared<address_book>(ex, via.host, via.port, settings.dns_refresh)) {}

std::string proxy_dialer::explain(std::string_view what, std::string_view setting) const {
  return fmt::format("upstream proxy {}: {}; check {}", label_, what, setting);
}

awaitable<dial_result> proxy_dialer::dial(std::string host, std::uint16_t port, signal& owner,
                                          steady_time until) {
  dial_result result;
  connect_result hop =
      co_await connect_by_name(executor_, addresses_, owner, connect_timeout_, until);
  if (!hop.connected) {
    result.status = hop.status;
    result.problem = explain(hop.problem, setting_);
    co_return result;
  }
  open_stream made(std::make_shared<stream>(executor_.context(), std::move(hop.connected)));
  stream& io = *made.io;
  io.attach(&owner);
  if (via_.kind == egress::protocol::https) {
    io.start_tls(tls_.context().connect_to(via_.host, sessions_));
    owner.expire_at(std::min(until, coarse_now() + handshake_timeout_));
    result.status = co_await io.handshake();
    if (result.status != io_result::ok) {
      const bool late = result.status == io_result::timed_out;
      result.problem = explain("tls " + (late ? "handshake: timed out" : io.tls_problem()),
                               setting_ + " and upstream.proxy_ca_file");
      co_return result;
    }
  }
  owner.expire_at(std::min(until, coarse_now() + handshake_timeout_));
  proxy_handshake handshake(via_, host, port);
  result.status = co_await talk(io, handshake);
  if (result.status == io_result::ok) {
    result.io = std::move(made.io);
  } else if (is_interruption(result.status)) {
    result.problem = explain("it does not answer in time", setting_);
  } else {
    result.problem = explain(handshake.problem(), setting_);
  }
  co_return result;
}

}  // namespace gemkeeper::proxy
