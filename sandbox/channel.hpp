// One accepted connection, plain or TLS, as bytes.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
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
using steady_timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, executor>;

class channel {
 public:
  channel(tcp_socket socket, asio::ssl::context* tls);  // tls: nullptr for plain
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  task<error_code> handshake();
  // After `timeout`: operation_aborted.
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
  [[nodiscard]] executor get_executor() { return deadline_.get_executor(); }

 private:
  tcp_socket& socket() { return tls_ ? tls_->next_layer() : *plain_; }
  // Cancels what is waited for then; each operation sets it anew.
  void expire_after(std::chrono::milliseconds limit);

  std::optional<tcp_socket> plain_;
  std::optional<asio::ssl::stream<tcp_socket>> tls_;
  steady_timer deadline_;
  // The timer's handler can be queued when this ends.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gemkeeper::sandbox
