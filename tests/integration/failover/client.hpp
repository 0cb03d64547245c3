// A blocking HTTP client over one plain or TLS connection, none of whose waits is without an end.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using fields = std::vector<std::pair<std::string, std::string>>;
using response = http::response<http::string_body>;

class client {
 public:
  explicit client(std::uint16_t port);
  // By TLS, as "localhost", trusting just `ca_pem`.
  client(std::uint16_t port, const std::string& ca_pem);

  // A GET where there is no body, else a POST of JSON. Throws std::runtime_error when the
  // connection ends before the answer does, or nothing comes for long.
  response call(std::string_view target, std::string_view body = {}, const fields& extra = {});

  response request(std::string_view method, std::string_view target, std::string_view body = {},
                   const fields& extra = {});

  void send(std::string_view target, std::string_view body = {}, const fields& extra = {});
  response receive();
  // The bytes as they come, until `mark` has come or the connection ended.
  std::string receive_until(std::string_view mark);
  // All bytes until the end of the connection.
  std::string receive_to_end();

  void close();

 private:
  struct result {
    boost::system::error_code error;
    std::size_t size = 0;
  };
  void send_as(http::verb method, std::string_view target, std::string_view body,
               const fields& extra);
  template <class Start>
  result finish(const Start& start);
  bool read_some(std::string& into);  // false: it ended

  asio::io_context context_;
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::context> tls_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> stream_;
  boost::beast::flat_buffer buffer_;
};

// The first field of that name; empty: absent.
std::string header(const response& of, std::string_view name);

}  // namespace gemkeeper::test
