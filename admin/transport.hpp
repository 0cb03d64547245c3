// A client's connection, plain or TLS, for Beast and Asio to read from and to write to.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace gemkeeper::admin {

namespace asio = boost::asio;
using stream_socket =
    asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

// An AsyncStream. Not thread-safe.
class transport {
 public:
  using executor_type = stream_socket::executor_type;
  using lowest_layer_type = stream_socket;

  explicit transport(stream_socket socket) : socket_(std::move(socket)) {}

  executor_type get_executor() { return socket_.get_executor(); }
  stream_socket& socket() { return socket_; }
  [[nodiscard]] bool is_tls() const { return tls_.has_value(); }

  // Speaks TLS from now on; the handshake is the next step. `with` lives as long as this does.
  void start_tls(std::shared_ptr<SSL_CTX> with) {
    SSL_CTX_up_ref(with.get());
    context_.emplace(with.get());  // takes that reference
    kept_ = std::move(with);
    tls_.emplace(socket_, *context_);
  }
  template <class Token>
  auto async_handshake(Token&& token) {
    return tls_->async_handshake(asio::ssl::stream_base::server, std::forward<Token>(token));
  }
  // Says that nothing more will come, and waits for the client to say so too.
  template <class Token>
  auto async_shutdown(Token&& token) {
    return tls_->async_shutdown(std::forward<Token>(token));
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    if (tls_) return tls_->async_read_some(into, std::forward<Token>(token));
    return socket_.async_read_some(into, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    if (tls_) return tls_->async_write_some(from, std::forward<Token>(token));
    return socket_.async_write_some(from, std::forward<Token>(token));
  }

 private:
  stream_socket socket_;
  std::shared_ptr<SSL_CTX> kept_;  // shared with whoever makes certificates
  std::optional<asio::ssl::context> context_;
  std::optional<asio::ssl::stream<stream_socket&>> tls_;
};

}  // namespace gemkeeper::admin
