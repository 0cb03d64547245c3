// TLS that ends here: of a client that speaks it to the proxy itself, and inside a tunnel to a host
// that is intercepted. What comes out of it is served as everything else is.
#include "exchange/exchange.hpp"
#include "worker.hpp"
#include <gemkeeper/proxy/request_record.hpp>

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::proxy {

// The client's first byte was TLS.
awaitable<exchange::step> exchange::secure_connection() {
  phase_ = phase::receiving;
  wake_.expire_after(settings_->client.head_timeout);
  server_session session = co_await worker_.shared().leaves.accept_own(wake_, worker_.context());
  if (session.tls == nullptr) {
    fate_ = fate::linger;
    co_return refuse(400, "INVALID_ARGUMENT", "TLS_NOT_SERVED",
                     fmt::format("TLS is not served here: {}.", session.problem));
  }
  co_return co_await shake_hands(std::move(session.tls));
}

// CONNECT to an intercepted host. The certificate is there before the client is told to go on.
awaitable<exchange::step> exchange::intercept() {
  phase_ = phase::receiving;
  const std::string host = tunnel_target_.host;
  wake_.expire_after(settings_->client.head_timeout);
  server_session session =
      co_await worker_.shared().leaves.accept_for(host, wake_, worker_.context());
  if (session.tls == nullptr) {
    co_return refuse(
        503, "UNAVAILABLE", "NO_CERTIFICATE",
        fmt::format("TLS for \"{}\" cannot be terminated here: {}.", host, session.problem));
  }
  const step told = co_await announce_tunnel();
  if (told != step::go_on) co_return told;
  tunnelled_to_ = host;
  // A client that takes the tunnel for the server itself can still read what is wrong. (Inside the
  // TLS of an HTTPS proxy there is no way back: the handshake will say so.)
  if (client_.tls() == nullptr) {
    wake_.expire_after(settings_->client.idle_timeout);
    if (client_.in().empty()) {
      const io_result spoke = co_await client_.fill();
      if (spoke != io_result::ok) {
        fate_ = fate::close;
        co_return step::gone;
      }
    }
    if (client_.in().bytes().front() != tls_handshake_record) {
      fate_ = fate::linger;
      co_return refuse(400, "INVALID_ARGUMENT", "PLAIN_HTTP_TO_TLS_PORT",
                       "Plain HTTP was sent to a port that speaks TLS.");
    }
  } else if (!client_.in().empty()) {
    tell_of_tls("the client did not wait for the tunnel to open");
    fate_ = fate::close;
    co_return step::gone;
  }
  co_return co_await shake_hands(std::move(session.tls));
}

awaitable<exchange::step> exchange::shake_hands(ssl_ptr tls) {
  wake_.expire_after(settings_->client.head_timeout);
  client_.start_tls(std::move(tls));
  const io_result shaken = co_await client_.handshake();
  if (shaken != io_result::ok) {
    tell_of_tls(shaken == io_result::timed_out ? "handshake: timed out" : client_.tls_problem());
    fate_ = fate::close;
    co_return step::gone;
  }
  if (const char* name = SSL_get_servername(client_.tls(), TLSEXT_NAMETYPE_host_name);
      name != nullptr) {
    sni_ = name;
  }
  fate_ = fate::keep_alive;
  co_return step::secured;
}

void exchange::tell_of_tls(std::string_view problem) {
  if (worker_.stopping()) return;
  worker_.shared().observer.tls_failed({.host = tunnelled_to_, .problem = problem});
}

}  // namespace gemkeeper::proxy
