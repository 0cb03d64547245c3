// A blocking HTTP client over plain TCP or TLS, for one connection.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

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
  explicit client(std::uint16_t port);
  // With TLS, trusting `ca_pem`.
  client(std::uint16_t port, const std::string& ca_pem, const std::string& host = "localhost");

  response get(std::string target, const fields& headers = {});
  response post(std::string target, std::string body, const fields& headers = {});
  response put(std::string target, std::string body);

  void send(std::string_view bytes);

  // All that comes until the end of the connection, and how it ended.
  std::pair<std::string, boost::system::error_code> read_to_end();
  std::string read_some();

  void close();

 private:
  void connect(std::uint16_t port);
  response exchange(http::verb method, std::string target, std::string body, const fields& headers);

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
