#include "client.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <utility>

using namespace gemkeeper::sandbox;
using namespace gemkeeper::sandbox::test;

BOOST_AUTO_TEST_SUITE(transport_of_a_server)

BOOST_AUTO_TEST_CASE(it_answers_over_plain_tcp) {
  server sandbox({});
  client plain(sandbox.listen("127.0.0.1:0", transport::plain));
  const response answer = plain.post(generate_target, say("hello"), first_key);
  BOOST_TEST(answer.result_int() == 200);
  BOOST_TEST(answer.body().find("echo: hello") != std::string::npos);
  BOOST_TEST(answer["Server"] == "scaffolding on HTTPServer2");
  BOOST_TEST(answer["Transfer-Encoding"] == "chunked");
}

BOOST_AUTO_TEST_CASE(its_certificate_is_good_for_localhost_and_google) {
  server sandbox({});
  const std::uint16_t port = sandbox.listen("127.0.0.1:0", transport::tls);
  for (const std::string host : {"localhost", "generativelanguage.googleapis.com", "127.0.0.1"}) {
    client secure(port, sandbox.ca_pem(), host);
    BOOST_TEST(secure.post(generate_target, say("hello"), first_key).result_int() == 200);
  }
  BOOST_CHECK_THROW(client(port, sandbox.ca_pem(), "example.com"), boost::system::system_error);
  const auto requests = sandbox.requests();
  BOOST_TEST(requests.at(1).server_name == "generativelanguage.googleapis.com");
  BOOST_TEST(requests.at(1).tls);
}

BOOST_AUTO_TEST_CASE(it_records_what_it_received_and_over_which_connection) {
  server sandbox({});
  const std::uint16_t port = sandbox.listen("127.0.0.1:0", transport::plain);
  client first(port);
  first.post(generate_target, say("one"), {{"X-GOOG-api-key", "sandbox-key-1"}});
  first.post(generate_target, say("two"), first_key);
  client second(port);
  second.post(generate_target, say("three"), {{"x-goog-api-key", "nobody"}});

  BOOST_REQUIRE(sandbox.wait_until(
      [](const auto& all) { return all.size() == 3 && all.back().end == ending::complete; }));
  const auto requests = sandbox.requests();
  BOOST_TEST(requests[0].headers.back().first == "Content-Length");
  BOOST_TEST(requests[0].headers[1].first == "X-GOOG-api-key");
  BOOST_TEST(requests[0].header("x-goog-api-key") == "sandbox-key-1");
  BOOST_TEST(requests[0].target == generate_target);
  BOOST_TEST(requests[0].body == say("one"));
  BOOST_TEST(requests[1].connection == requests[0].connection);
  BOOST_TEST(requests[1].nth == 2U);
  BOOST_TEST(requests[2].connection != requests[0].connection);
  BOOST_TEST(requests[2].credential == "nobody");
  BOOST_TEST(requests[2].status == 400);
}

BOOST_AUTO_TEST_CASE(a_tls_session_is_resumed_and_that_is_recorded) {
  server sandbox({});
  const std::uint16_t port = sandbox.listen("127.0.0.1:0", transport::tls);
  asio::io_context context;
  asio::ssl::context tls(asio::ssl::context::tls_client);
  SSL_SESSION* session = nullptr;
  for (int i = 0; i < 2; ++i) {
    asio::ssl::stream<asio::ip::tcp::socket> stream(context, tls);
    stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
    if (session != nullptr) SSL_set_session(stream.native_handle(), session);
    stream.handshake(asio::ssl::stream_base::client);
    http::request<http::empty_body> request(http::verb::get, "/v1beta/models?key=sandbox-key-1",
                                            11);
    http::write(stream, request);
    boost::beast::flat_buffer buffer;
    response answer;
    http::read(stream, buffer, answer);
    SSL_SESSION_free(std::exchange(session, SSL_get1_session(stream.native_handle())));
    // OpenSSL forgets the session of a connection that was not shut down.
    boost::system::error_code ignored;
    stream.shutdown(ignored);
  }
  SSL_SESSION_free(session);
  const auto requests = sandbox.requests();
  BOOST_TEST(!requests.at(0).tls_resumed);
  BOOST_TEST(requests.at(1).tls_resumed);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  server sandbox({});
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  connection.send(
      "GET /v1beta/models/gemini-2.5-pro?key=sandbox-key-1 HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /v1beta/models/none?key=sandbox-key-1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string bytes = connection.read_to_end().first;
  BOOST_TEST(bytes.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(bytes.find("0\r\n\r\nHTTP/1.1 404 Not Found\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_asked_for_when_the_client_waits_for_that) {
  server sandbox({});
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  connection.send(
      "POST " + std::string(generate_target) +
      " HTTP/1.1\r\nHost: x\r\nx-goog-api-key: sandbox-key-1\r\n"
      "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  BOOST_TEST(connection.read_some() == "HTTP/1.1 100 Continue\r\n\r\n");
  const std::string body = say("hello");
  connection.send("5\r\n" + body.substr(0, 5) + "\r\n");
  std::ostringstream rest;
  rest << std::hex << body.size() - 5 << "\r\n" << body.substr(5) << "\r\n0\r\n\r\n";
  connection.send(rest.str());
  BOOST_TEST(connection.read_to_end().first.find("echo: hello") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(head_is_answered_without_a_body) {
  server sandbox({});
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  connection.send(
      "HEAD /v1beta/models?key=sandbox-key-1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string bytes = connection.read_to_end().first;
  BOOST_TEST(bytes.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(bytes.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(what_is_no_http_is_refused_with_html) {
  server sandbox({});
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  connection.send("GET / HTTP/1.1\r\nbroken field\r\n\r\n");
  const auto [bytes, error] = connection.read_to_end();
  BOOST_TEST(bytes.starts_with("HTTP/1.1 400 Bad Request\r\nContent-Type: text/html"));
  BOOST_TEST(sandbox.requests().empty());
}

BOOST_AUTO_TEST_CASE(several_threads_share_one_port) {
  server_settings settings;
  settings.threads = 3;
  server sandbox({}, settings);
  const std::uint16_t port = sandbox.listen("127.0.0.1:0", transport::plain);
  for (int i = 0; i < 20; ++i) {
    client connection(port);
    BOOST_TEST(connection.get("/v1beta/models", first_key).result_int() == 200U);
  }
  BOOST_TEST(sandbox.connections_accepted() == 20U);
}

BOOST_AUTO_TEST_CASE(a_bad_address_is_refused_with_a_remedy) {
  server sandbox({});
  for (const std::string address : {"127.0.0.1", "127.0.0.1:x", "no such host:1"}) {
    BOOST_CHECK_EXCEPTION(sandbox.listen(address, transport::plain), std::runtime_error,
                          [&](const auto& error) {
                            return std::string(error.what()).find(address) != std::string::npos;
                          });
  }
  const std::uint16_t port = sandbox.listen("[::1]:0", transport::plain);
  BOOST_TEST(port == sandbox.port());
}

BOOST_AUTO_TEST_CASE(a_server_can_end_while_streams_run) {
  scenario what;
  what.stream.interval = std::chrono::hours(1);
  server sandbox(what);
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  connection.send("POST " + std::string(stream_target) +
                  "&key=sandbox-key-1 HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                  std::to_string(say("x").size()) + "\r\n\r\n" + say("x"));
  BOOST_TEST(connection.read_some().find("data: ") != std::string::npos);
  BOOST_TEST(sandbox.connections_open() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
