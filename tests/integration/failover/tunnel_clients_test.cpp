// Client tokens of a forward proxy: in the CONNECT, or in what comes through the tunnel.
#include "expect.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

constexpr std::string_view token = "gk_token-of-the-first-client-0123456789";
// "client:" and the token.
constexpr std::string_view in_connect =
    "Proxy-Authorization: Basic "
    "Y2xpZW50OmdrX3Rva2VuLW9mLXRoZS1maXJzdC1jbGllbnQtMDEyMzQ1Njc4OQ==\r\n";
constexpr std::string_view gemini_host = "generativelanguage.googleapis.com";

class tunnel {
 public:
  explicit tunnel(std::uint16_t port) {
    stream_.set_verify_mode(asio::ssl::verify_none);
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
  }

  // The head of the answer, and what came with it.
  std::string connect(std::string_view host, std::string_view more_fields) {
    const std::string request =
        fmt::format("CONNECT {0}:443 HTTP/1.1\r\nHost: {0}:443\r\n{1}\r\n", host, more_fields);
    asio::write(stream_.next_layer(), asio::buffer(request));
    std::string answer;
    asio::read_until(stream_.next_layer(), asio::dynamic_buffer(answer), "\r\n\r\n");
    return answer;
  }

  void secure() { stream_.handshake(asio::ssl::stream_base::client); }

  response call(const api_call& what, const fields& extra = {}) {
    http::request<http::string_body> request(http::verb::post, std::string(what.target), 11);
    request.set(http::field::host, std::string(gemini_host));
    request.set(http::field::content_type, "application/json");
    for (const auto& [name, value] : extra)
      request.set(name, value);
    request.body() = what.body;
    request.prepare_payload();
    http::write(stream_, request);
    response answer;
    http::read(stream_, buffer_, answer);
    return answer;
  }

 private:
  asio::io_context context_;
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  asio::ssl::stream<asio::ip::tcp::socket> stream_{context_, tls_};
  boost::beast::flat_buffer buffer_;
};

rig_setup one_client(const pool::limit_set& limits = {}) {
  rig_setup s;
  s.keys = {key("one")};
  s.clients = {{"id-of-app", "app", pool::hash_token(token), limits, true}};
  s.proxy.client.token_required = true;
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_tokens_of_tunnels)

BOOST_AUTO_TEST_CASE(a_connect_without_a_token_is_a_407_to_any_host) {
  rig r(one_client());
  for (const std::string_view host : {gemini_host, std::string_view("example.com")}) {
    for (const std::string_view wrong :
         {std::string_view(),
          std::string_view("Proxy-Authorization: Basic Y2xpZW50OnNlc2FtZQ==\r\n"),
          std::string_view("Proxy-Authorization: Bearer sesame\r\n"),
          std::string_view("x-goog-api-key: gk_token-of-the-first-client-0123456789\r\n")}) {
      tunnel one(r.port());
      const std::string answer = one.connect(host, wrong);
      BOOST_TEST(answer.starts_with("HTTP/1.1 407 "), answer);
      BOOST_TEST(answer.find("Proxy-Authenticate: Basic realm=\"gemkeeper\"") != answer.npos);
      BOOST_TEST(answer.find("sesame") == answer.npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_token_in_the_connect_serves_all_that_comes_through_the_tunnel) {
  for (const std::string_view field :
       {in_connect,
        std::string_view(
            "proxy-authorization: bearer gk_token-of-the-first-client-0123456789\r\n")}) {
    rig r(one_client({.requests_per_day = 3}));
    tunnel one(r.port());
    BOOST_TEST(one.connect(gemini_host, field).starts_with("HTTP/1.1 200 "));
    one.secure();
    BOOST_TEST(one.call(generate).result_int() == 200U);
    BOOST_TEST(one.call(generate, {{"x-goog-api-key", "anything"}}).result_int() == 200U);
    BOOST_TEST(one.call(chat, {{"Authorization", "Bearer " + std::string(token)}}).result_int() ==
               200U);
    for (const finished_request& request : r.requests().wait_for(3))
      BOOST_TEST(request.client_name == "app");
    expect_own_error(one.call(generate), 429, "RESOURCE_EXHAUSTED", "CLIENT_LIMIT_REACHED");
    for (const sandbox::recorded_request& request : r.upstream().requests()) {
      for (const auto& [name, value] : request.headers)
        BOOST_TEST(value.find("gk_") == value.npos, name);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_revoked_token_ends_an_open_tunnels_service_at_once) {
  rig r(one_client());
  tunnel one(r.port());
  BOOST_TEST(one.connect(gemini_host, in_connect).starts_with("HTTP/1.1 200 "));
  one.secure();
  BOOST_TEST(one.call(generate).result_int() == 200U);
  r.clients().apply({{"id-of-app", "app", pool::hash_token("gk_another"), {}, true}});
  expect_own_error(one.call(generate), 401, "UNAUTHENTICATED", "CLIENT_TOKEN_MISSING");
}

BOOST_AUTO_TEST_SUITE_END()
