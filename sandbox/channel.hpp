// One accepted connection, plain or TLS, as bytes.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gemkeeper::sandbox {

namespace asio = boost::asio;
using boost::system::error_code;
using executor = asio::io_context::executor_type;
template <class T>
using task = asio::awaitable<T, executor>;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using tcp_stream = boost::beast::basic_stream<asio::ip::tcp, executor>;

class channel {
 public:
  channel(tcp_socket socket, asio::ssl::context* tls);  // tls: nullptr for plain

  task<error_code> handshake();
  // Fails with beast::error::timeout.
  task<std::pair<error_code, std::size_t>> read_some(asio::mutable_buffer into,
                                                     std::chrono::milliseconds timeout);
  task<error_code> write(std::string_view bytes);
  task<error_code> write_byte_by_byte(std::string_view bytes);
  // With TLS's close_notify.
  task<void> close();
  // With a TCP reset.
  void reset();

  // The peer has closed or reset; does not look for a half-closed TLS session.
  [[nodiscard]] bool peer_gone();
  [[nodiscard]] bool is_tls() const { return tls_.has_value(); }
  [[nodiscard]] bool tls_resumed();
  [[nodiscard]] std::string server_name();  // SNI
  [[nodiscard]] executor get_executor() { return tcp().get_executor(); }

 private:
  tcp_stream& tcp() { return tls_ ? tls_->next_layer() : *plain_; }

  std::optional<tcp_stream> plain_;
  std::optional<asio::ssl::stream<tcp_stream>> tls_;
};

}  // namespace gemkeeper::sandbox
