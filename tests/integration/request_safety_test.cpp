// Requests that two readers could understand differently, or that are too much: each is answered by
// gemkeeper itself, its connection ends, and neither a key nor the upstream ever hears of it.
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <string>
#include <string_view>

using namespace gemkeeper;
using namespace gemkeeper::test;
using namespace std::string_literals;

namespace {

struct refused {
  std::string request;
  int status;
  std::string_view reason;
};

// A POST whose head has `fields` and no Content-Length of its own, and what a second request in its
// body would be.
std::string smuggling(std::string_view fields) {
  return "POST " + std::string(generate) + " HTTP/1.1\r\nHost: localhost\r\n" +
         std::string(fields) + "\r\n" + "0\r\n\r\n" + get("/v1beta/smuggled");
}

std::string chunked_post(std::string_view body) {
  return "POST " + std::string(generate) +
         " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

void set_small_limits(proxy::proxy_settings& settings) {
  settings.client.max_head = 2048;
  settings.client.max_fields = 20;
  settings.client.max_request_body = 1000;
}

// Google's error shape (protocol document, 5).
void check_error(const message& got, int status, std::string_view reason) {
  BOOST_TEST(got.status() == status);
  BOOST_TEST(got.header("Content-Type") == "application/json; charset=UTF-8");
  BOOST_TEST(!got.header("x-gemkeeper-request-id").empty());
  BOOST_TEST(got.header("x-gemkeeper-key") == "");
  rapidjson::Document body;
  body.Parse(got.body.data(), got.body.size());
  BOOST_REQUIRE(!body.HasParseError());
  const auto& error = body["error"];
  BOOST_TEST(error["code"].GetInt() == status);
  BOOST_TEST(error["message"].GetStringLength() > 0U);
  BOOST_TEST(error["status"].GetStringLength() > 0U);
  const auto& detail = error["details"][0];
  BOOST_TEST(detail["@type"].GetString() == "type.googleapis.com/google.rpc.ErrorInfo"s);
  BOOST_TEST(detail["domain"].GetString() == "gemkeeper"s);
  BOOST_TEST(detail["reason"].GetString() == reason);
}

// One request after the other, each on a connection of its own.
template <class Cases>
void check_refused(const Cases& cases) {
  const raw_upstream upstream;
  proxy_rig rig(upstream.port(), set_small_limits);
  std::size_t sent = 0;
  for (const refused& c : cases) {
    BOOST_TEST_CONTEXT(c.request.substr(0, 200)) {
      connection client = rig.connect();
      client.send(c.request);
      check_error(read_answer(client), c.status, c.reason);
      BOOST_TEST(client.wait_for_end() == ending::closed);
      BOOST_TEST(!upstream.has_visitor());
      const finished_request seen = rig.finished(++sent).back();
      BOOST_TEST(seen.status == c.status);
      BOOST_TEST(seen.reason == c.reason);
      BOOST_TEST(seen.attempts == 0U);
    }
  }
  BOOST_TEST(rig.key_uses() == 0U);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_safety)

BOOST_AUTO_TEST_CASE(ambiguous_framing_is_refused) {
  const refused cases[] = {
      {smuggling("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Content-Length: 5\r\nContent-Length: 5\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Content-Length: 5\r\nContent-Length: 50\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Content-Length: 5, 5\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Content-Length: +5\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Content-Length: 0x5\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Content-Length: 99999999999999999999\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Transfer-Encoding: gzip, chunked\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Transfer-Encoding: chunked, identity\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Transfer-Encoding: xchunked\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {smuggling("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400,
       "AMBIGUOUS_REQUEST"},
      {smuggling("Connection: content-length\r\nContent-Length: 5\r\n"), 400, "AMBIGUOUS_REQUEST"},
      {"GET / HTTP/1.1\r\n\r\n", 400, "AMBIGUOUS_REQUEST"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400, "AMBIGUOUS_REQUEST"},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "AMBIGUOUS_REQUEST"},
  };
  check_refused(cases);
}

BOOST_AUTO_TEST_CASE(malformed_heads_are_refused) {
  const refused cases[] = {
      {"GET / HTTP/1.1\nHost: localhost\n\n", 400, "MALFORMED_REQUEST"},
      {"GET / HTTP/1.1\r\nHost: localhost\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nA: b\rC: d\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nA: \0\r\n\r\n"s, 400, "MALFORMED_REQUEST"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nA\0: b\r\n\r\n"s, 400, "MALFORMED_REQUEST"},
      {"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"s, 400, "MALFORMED_REQUEST"},
      {"GET /a#b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET /\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET v1beta/models HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET /  HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET /\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET / HTTP/1.1\r\nHost: localhost:80:80\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "MALFORMED_REQUEST"},
      {"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 505, "UNSUPPORTED_VERSION"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "UNSUPPORTED_VERSION"},
  };
  check_refused(cases);
}

BOOST_AUTO_TEST_CASE(broken_chunks_are_refused) {
  const refused cases[] = {
      {chunked_post("x\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("5\nhello\r\n0\r\n\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("5 \r\nhello\r\n0\r\n\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("5\r\nhelloo\r\n0\r\n\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("5\r\nhello0\r\n\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("-1\r\nhello\r\n0\r\n\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("ffffffffffffffff1\r\nhello\r\n0\r\n\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("1;\"\n\"\r\nx\r\n0\r\n\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("1;" + std::string(2000, 'x') + "\r\nx\r\n0\r\n\r\n"), 400,
       "MALFORMED_REQUEST"},
      {chunked_post("0\r\nHost: evil.example\r\n\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("0\r\nx-goog-api-key: mine\r\n\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("0\r\nContent-Length: 5\r\n\r\n"), 400, "MALFORMED_REQUEST"},
      {chunked_post("0\r\nA: " + std::string(10'000, 'x') + "\r\n\r\n"), 400, "MALFORMED_REQUEST"},
  };
  check_refused(cases);
}

BOOST_AUTO_TEST_CASE(what_is_too_much_is_refused) {
  std::string many_fields = "GET / HTTP/1.1\r\nHost: localhost\r\n";
  for (int i = 0; i < 20; ++i)
    many_fields += "A: b\r\n";
  const refused cases[] = {
      {get("/" + std::string(3000, 'x')), 414, "REQUEST_LINE_TOO_LONG"},
      {"GET /" + std::string(3000, 'x'), 414, "REQUEST_LINE_TOO_LONG"},
      {get("/", "A: " + std::string(3000, 'x') + "\r\n"), 431, "HEAD_TOO_LARGE"},
      {"GET / HTTP/1.1\r\nA: " + std::string(3000, 'x'), 431, "HEAD_TOO_LARGE"},
      {many_fields + "\r\n", 431, "HEAD_TOO_LARGE"},
      {post(generate, std::string(1001, 'x')), 413, "BODY_TOO_LARGE"},
      // Before any of it was sent; and without an invitation to send it.
      {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n", 413, "BODY_TOO_LARGE"},
      {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n",
       413, "BODY_TOO_LARGE"},
      {chunked_post("3e9\r\n"), 413, "BODY_TOO_LARGE"},
      {chunked_post(chunk(std::string(600, 'x')) + chunk(std::string(600, 'x'))), 413,
       "BODY_TOO_LARGE"},
  };
  check_refused(cases);
}

BOOST_AUTO_TEST_CASE(what_is_not_served_is_refused) {
  const refused cases[] = {
      {get("/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"), 400,
       "WEBSOCKET_EXPECTED"},
      {post("/v1beta/models", "{}", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), 400,
       "MALFORMED_REQUEST"},
      {"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "METHOD_NOT_ALLOWED"},
      {"GET http://evil.example/v1beta/models HTTP/1.1\r\nHost: localhost\r\n\r\n", 403,
       "HOST_NOT_SERVED"},
      {"GET http://localhost@evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 403,
       "HOST_NOT_SERVED"},
      {"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, "HOST_NOT_SERVED"},
      {"GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example:8001\r\n\r\n", 403, "HOST_NOT_SERVED"},
      {get("/v1beta/models", "Origin: https://evil.example\r\n"), 403, "ORIGIN_NOT_SERVED"},
      {get("/v1beta/models", "Origin: null\r\n"), 403, "ORIGIN_NOT_SERVED"},
  };
  check_refused(cases);
}

// What was read of the request before may not colour the answer to a malformed one.
BOOST_AUTO_TEST_CASE(a_malformed_request_after_a_good_one_is_answered_in_full) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send("HEAD /v1beta/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
  connection behind = upstream.accept();
  read_request(behind);
  behind.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  BOOST_TEST(read_answer(client, answer_to::head).status() == 200);
  // Long enough to move the bytes of the first one.
  client.send("malformed\r\nA: " + std::string(30'000, 'x') + "\r\n\r\n");
  check_error(read_answer(client), 400, "MALFORMED_REQUEST");
  BOOST_TEST(client.wait_for_end() == ending::closed);
}

BOOST_AUTO_TEST_CASE(nothing_behind_a_refused_request_is_served) {
  const raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send("GET / HTTP/1.1\r\n\r\n" + get("/v1beta/models") + get("/v1beta/models"));
  check_error(read_answer(client), 400, "AMBIGUOUS_REQUEST");
  BOOST_TEST(client.wait_for_end() == ending::closed);
  BOOST_TEST(!upstream.has_visitor());
  BOOST_TEST(rig.key_uses() == 0U);
}

// The answer must reach a client that sends on for a while: no reset overtakes it.
BOOST_AUTO_TEST_CASE(a_client_that_is_still_sending_gets_its_refusal) {
  const raw_upstream upstream;
  const proxy_rig rig(upstream.port(), set_small_limits);
  connection client = rig.connect();
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n");
  for (int i = 0; i < 40; ++i)
    client.send(std::string(100'000, 'x'));
  check_error(read_answer(client), 413, "BODY_TOO_LARGE");
}

BOOST_AUTO_TEST_CASE(a_refusal_in_the_shape_of_openai_is_wrapped) {
  const raw_upstream upstream;
  const proxy_rig rig(upstream.port(), set_small_limits);
  connection client = rig.connect();
  client.send(post("/v1beta/openai/chat/completions", std::string(1001, 'x')));
  const message got = read_answer(client);
  BOOST_TEST(got.status() == 413);
  BOOST_TEST(got.body.starts_with("[{"));
}

BOOST_AUTO_TEST_SUITE_END()
