// The beginning and the end of TLS on a connection.
#include "connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

namespace gemkeeper::admin {
namespace {

using std::chrono::steady_clock;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});

}  // namespace

// TLS, where it is spoken. The first byte tells a ClientHello from a request (RFC 8446, 5.1).
task<connection::next> connection::begin() {
  constexpr unsigned char handshake_record = 0x16;
  if (!speaks_tls_) co_return next::go_on;
  waits_since_ = steady_clock::now();
  arm(shared_.settings.read_timeout);
  stream_socket& socket = stream_.socket();
  const auto [idle_error] = co_await socket.async_wait(stream_socket::wait_read, as_result);
  if (idle_error) co_return next::end;
  unsigned char first = 0;
  if (::recv(socket.native_handle(), &first, 1, MSG_PEEK) != 1) co_return next::end;
  if (first != handshake_record) {
    co_return co_await refuse(400, "tls_needed", "this port speaks TLS only: ask for https://");
  }
  stream_.start_tls(shared_.settings.tls());
  const auto [error] = co_await stream_.async_handshake(as_result);
  co_return error ? next::end : next::go_on;
}

// close_notify: who reads to the end of the connection knows that nothing was cut off.
task<void> connection::end_tls() {
  constexpr std::chrono::milliseconds patience{1'000};
  arm(patience);
  co_await stream_.async_shutdown(as_result);
}

}  // namespace gemkeeper::admin
