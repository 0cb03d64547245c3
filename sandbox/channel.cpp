#include "channel.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace gemkeeper::sandbox {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
constexpr std::chrono::seconds handshake_timeout{10};
constexpr std::chrono::seconds write_timeout{60};
// For the peer's close_notify, which few send.
constexpr std::chrono::milliseconds shutdown_timeout{100};

}  // namespace

channel::channel(tcp_socket socket, asio::ssl::context* tls) : deadline_(socket.get_executor()) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (tls != nullptr) {
    tls_.emplace(std::move(socket), *tls);
  } else {
    plain_.emplace(std::move(socket));
  }
}

void channel::expire_after(std::chrono::milliseconds limit) {
  deadline_.expires_after(limit);
  deadline_.async_wait([this, alive = std::weak_ptr(alive_)](error_code) {
    if (alive.expired() || deadline_.expiry() > std::chrono::steady_clock::now()) return;
    error_code ignored;
    socket().cancel(ignored);
  });
}

task<error_code> channel::handshake() {
  if (!tls_) co_return error_code{};
  expire_after(handshake_timeout);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, as_result);
  co_return error;
}

task<std::pair<error_code, std::size_t>> channel::read_some(asio::mutable_buffer into,
                                                            std::chrono::milliseconds timeout) {
  expire_after(timeout);
  if (tls_) {
    const auto [error, size] = co_await tls_->async_read_some(into, as_result);
    co_return std::pair(error, size);
  }
  const auto [error, size] = co_await plain_->async_read_some(into, as_result);
  co_return std::pair(error, size);
}

task<error_code> channel::write(std::string_view bytes) {
  expire_after(write_timeout);
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  if (tls_) {
    const auto [error, size] = co_await asio::async_write(*tls_, buffer, as_result);
    co_return error;
  }
  const auto [error, size] = co_await asio::async_write(*plain_, buffer, as_result);
  co_return error;
}

task<error_code> channel::write_byte_by_byte(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const error_code error = co_await write(bytes.substr(i, 1));
    if (error) co_return error;
  }
  co_return error_code{};
}

task<void> channel::close() {
  if (tls_) {
    expire_after(shutdown_timeout);
    co_await tls_->async_shutdown(as_result);
  }
  error_code ignored;
  socket().close(ignored);
}

void channel::reset() {
  error_code ignored;
  socket().set_option(asio::socket_base::linger(true, 0), ignored);
  socket().close(ignored);
}

bool channel::peer_gone() {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket().native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    return true;
  }
  return info.tcpi_state != TCP_ESTABLISHED;
}

bool channel::tls_resumed() {
  return tls_ && SSL_session_reused(tls_->native_handle()) == 1;
}

std::string channel::server_name() {
  const char* name =
      tls_ ? SSL_get_servername(tls_->native_handle(), TLSEXT_NAMETYPE_host_name) : nullptr;
  return name == nullptr ? std::string() : std::string(name);
}

}  // namespace gemkeeper::sandbox
