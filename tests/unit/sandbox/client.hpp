// A blocking HTTP client over plain TCP or TLS, for one connection.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::sandbox::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using fields = std::vector<std::pair<std::string, std::string>>;
using response = http::response<http::string_body>;

class client {
 public:
  explicit client(std::uint16_t port) : socket_(context_) { connect(port); }
  // With TLS, trusting `ca_pem`.
  client(std::uint16_t port, const std::string& ca_pem, const std::string& host = "localhost")
      : socket_(context_) {
    tls_.emplace(asio::ssl::context::tls_client);
    tls_->add_certificate_authority(asio::buffer(ca_pem));
    tls_->set_verify_mode(asio::ssl::verify_peer);
    connect(port);
    stream_.emplace(socket_, *tls_);
    stream_->set_verify_callback(asio::ssl::host_name_verification(host));
    // SSL_set_tlsext_host_name, without the old-style cast in that macro.
    SSL_ctrl(stream_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
    stream_->handshake(asio::ssl::stream_base::client);
  }

  response get(std::string target, const fields& headers = {}) {
    return exchange(http::verb::get, std::move(target), {}, headers);
  }
  response post(std::string target, std::string body, const fields& headers = {}) {
    return exchange(http::verb::post, std::move(target), std::move(body), headers);
  }
  response put(std::string target, std::string body) {
    return exchange(http::verb::put, std::move(target), std::move(body), {});
  }

  void send(std::string_view bytes) {
    if (stream_) {
      asio::write(*stream_, asio::buffer(bytes));
    } else {
      asio::write(socket_, asio::buffer(bytes));
    }
  }

  // All that comes until the end of the connection, and how it ended.
  std::pair<std::string, boost::system::error_code> read_to_end() {
    std::string bytes;
    boost::system::error_code error;
    if (stream_) {
      asio::read(*stream_, asio::dynamic_buffer(bytes), error);
    } else {
      asio::read(socket_, asio::dynamic_buffer(bytes), error);
    }
    return {bytes, error};
  }

  std::string read_some() {
    std::string bytes(64 * 1024, '\0');
    const asio::mutable_buffer room = asio::buffer(bytes);
    bytes.resize(stream_ ? stream_->read_some(room) : socket_.read_some(room));
    return bytes;
  }

  void close() { socket_.close(); }

 private:
  void connect(std::uint16_t port) { socket_.connect({asio::ip::make_address("127.0.0.1"), port}); }

  response exchange(http::verb method, std::string target, std::string body,
                    const fields& headers) {
    http::request<http::string_body> request(method, target, 11, std::move(body));
    request.set(http::field::host, "localhost");
    for (const auto& [name, value] : headers)
      request.insert(name, value);
    request.prepare_payload();
    response answer;
    if (stream_) {
      http::write(*stream_, request);
      http::read(*stream_, buffer_, answer);
    } else {
      http::write(socket_, request);
      http::read(socket_, buffer_, answer);
    }
    return answer;
  }

  asio::io_context context_;
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::context> tls_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> stream_;
  boost::beast::flat_buffer buffer_;
};

inline const fields first_key = {{"x-goog-api-key", "sandbox-key-1"}};
inline constexpr const char* generate_target = "/v1beta/models/gemini-3.6-flash:generateContent";
inline constexpr const char* stream_target =
    "/v1beta/models/gemini-3.6-flash:streamGenerateContent?alt=sse";
inline constexpr const char* array_target = "/v1beta/models/gemini-3.6-flash:streamGenerateContent";
inline constexpr const char* chat_target = "/v1beta/openai/chat/completions";

inline std::string say(const std::string& text) {
  return R"({"contents":[{"role":"user","parts":[{"text":")" + text + R"("}]}]})";
}

}  // namespace gemkeeper::sandbox::test
