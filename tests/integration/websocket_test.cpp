// WebSockets: a key and a judgement for the handshake, then frames untouched in both directions.
#include "support/intercept_rig.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

// Not the Live API, whose sessions have a test of their own (live_test.cpp).
constexpr std::string_view live = "//ws/google.ai.generativelanguage.v1beta.OtherService.Talk";

std::string handshake(std::string_view host) {
  return "GET " + std::string(live) + "?key=the-apps-own HTTP/1.1\r\nHost: " + std::string(host) +
         "\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
}

constexpr std::string_view switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

// What was on the wire of a handshake that succeeded.
connection accept_websocket(intercept_rig& rig, std::string_view and_then = {}) {
  connection visitor = rig.upstream.accept();
  const message request = read_request(visitor);
  BOOST_TEST(request.start_line == "GET " + std::string(live) + " HTTP/1.1");
  BOOST_TEST(request.header("x-goog-api-key") == first_secret);
  BOOST_TEST(request.header("Upgrade") == "websocket");
  BOOST_TEST(request.header("Connection") == "Upgrade");
  BOOST_TEST(request.header("Sec-WebSocket-Key") == "dGhlIHNhbXBsZSBub25jZQ==");
  BOOST_TEST(request.header("Sec-WebSocket-Extensions") == "permessage-deflate");
  visitor.send(std::string(switching) + std::string(and_then));
  return visitor;
}

void check_switched(connection& client) {
  const message answer = read_head(client);
  BOOST_TEST(answer.status() == 101);
  BOOST_TEST(answer.header("Upgrade") == "websocket");
  BOOST_TEST(answer.header("Connection") == "Upgrade");
  BOOST_TEST(answer.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  BOOST_TEST(answer.header("x-gemkeeper-attempts") == "1");
}

void check_both_ways(connection& client, connection& visitor) {
  client.send("\x81\x85mask\x01\x02\x03\x04\x05");
  BOOST_TEST(visitor.receive(11) == "\x81\x85mask\x01\x02\x03\x04\x05");
  const std::string large = "\x82\x7f" + std::string(400'000, 'f');
  std::thread sender([&] { visitor.send(large); });
  BOOST_TEST((client.receive(large.size()) == large));
  sender.join();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(websockets)

BOOST_AUTO_TEST_CASE(frames_pass_untouched_at_the_base_url) {
  intercept_rig rig;
  connection client = rig.proxy.connect();
  client.send(handshake("127.0.0.1") + "early");
  connection visitor = accept_websocket(rig, "first frame");
  check_switched(client);
  BOOST_TEST(client.receive(11) == "first frame");
  BOOST_TEST(visitor.receive(5) == "early");
  check_both_ways(client, visitor);
  visitor.close();
  BOOST_TEST(client.wait_for_end() == ending::closed);
  client.close();
  const finished_request done = rig.proxy.finished(1).at(0);
  BOOST_TEST(done.status == 101);
  BOOST_TEST(done.outcome == "success");
  BOOST_TEST(done.bytes_out > 400'000U);
}

BOOST_AUTO_TEST_CASE(frames_pass_untouched_inside_a_tunnel) {
  intercept_rig rig;
  connection client = rig.secured();
  client.send(handshake(gemini));
  connection visitor = accept_websocket(rig);
  check_switched(client);
  check_both_ways(client, visitor);
  client.close();
  BOOST_TEST(visitor.wait_for_end() != ending::open);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_refused_makes_way_for_the_next) {
  intercept_rig rig;
  connection client = rig.proxy.connect();
  client.send(handshake("localhost"));
  rig.serve(answer("429 Too Many Requests",
                   R"({"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}})",
                   "Content-Type: application/json\r\nConnection: close\r\n"));
  connection visitor = rig.upstream.accept();
  const message again = read_request(visitor);
  BOOST_TEST(again.header("x-goog-api-key") == second_secret);
  BOOST_TEST(again.header("Upgrade") == "websocket");
  visitor.send(switching);
  const message switched = read_head(client);
  BOOST_TEST(switched.status() == 101);
  BOOST_TEST(switched.header("x-gemkeeper-attempts") == "2");
}

BOOST_AUTO_TEST_CASE(a_handshake_bears_a_clients_token_in_any_slot_where_one_is_required) {
  constexpr std::string_view token = "gk_a-token-of-a-client";
  pool::client_table clients;
  clients.apply({{"id-of-app", "app", pool::hash_token(token), {}, true}});
  proxy::server_options options;
  options.clients = &clients;
  raw_upstream upstream;
  proxy_rig proxy(
      upstream.port(), [](auto& settings) { settings.client.token_required = true; }, options);
  const auto shake = [&](std::string_view query, std::string_view field) {
    connection client = proxy.connect();
    client.send(
        fmt::format("GET {}{} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                    "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    "Sec-WebSocket-Version: 13\r\n{}\r\n",
                    live, query, field));
    return client;
  };
  using slot = std::pair<std::string, std::string>;  // in the query, or a field
  const std::vector<slot> slots{{fmt::format("?key={}", token), ""},
                                {fmt::format("?access_token={}", token), ""},
                                {"", fmt::format("x-goog-api-key: {}\r\n", token)},
                                {"", fmt::format("Authorization: Bearer {}\r\n", token)},
                                {"", fmt::format("Authorization: Token {}\r\n", token)}};
  for (const auto& [query, field] : slots) {
    connection client = shake(query, field);
    connection visitor = upstream.accept();
    const message seen = read_request(visitor);
    const std::string all = seen.start_line + seen.fields_without({});
    BOOST_TEST(all.find("gk_") == all.npos, all);
    BOOST_TEST(seen.header("x-goog-api-key").starts_with("AIza"));
    visitor.send(switching);
    BOOST_TEST(read_head(client).status() == 101, query << field);
  }
  const std::vector<slot> wrong{{"", ""},
                                {"?key=AIzaSomething", ""},
                                {"?access_token=auth_tokens/of-somebody", ""},
                                {"", "Authorization: Token gk_another\r\n"}};
  for (const auto& [query, field] : wrong) {
    connection client = shake(query, field);
    const message refused = read_answer(client);
    BOOST_TEST(refused.status() == 401, query << field);
    BOOST_TEST(refused.body.find("CLIENT_TOKEN_") != refused.body.npos, refused.body);
  }
  BOOST_TEST(!upstream.has_visitor());
}

BOOST_AUTO_TEST_CASE(an_upstream_that_declines_is_heard) {
  intercept_rig rig;
  connection client = rig.proxy.connect();
  client.send(handshake("localhost"));
  rig.serve(answer("404 Not Found", "no such service", "Connection: close\r\n"));
  const message declined = read_answer(client);
  BOOST_TEST(declined.status() == 404);
  BOOST_TEST(declined.body == "no such service");
}

BOOST_AUTO_TEST_CASE(a_change_of_protocols_that_nobody_asked_for_is_no_answer) {
  intercept_rig rig;
  connection client = rig.proxy.connect();
  client.send(post(create_cache, "{}"));
  rig.serve(switching);
  BOOST_TEST(read_answer(client).status() == 502);
}

BOOST_AUTO_TEST_CASE(a_key_is_in_use_as_long_as_its_websocket) {
  intercept_rig rig;
  connection client = rig.proxy.connect();
  client.send(handshake("localhost"));
  connection visitor = accept_websocket(rig);
  check_switched(client);
  BOOST_TEST(rig.proxy.key_uses() == 1U);
  BOOST_TEST(rig.proxy.keys().keys(std::chrono::system_clock::now()).at(0).in_flight == 1U);
  visitor.reset();
  BOOST_TEST(client.wait_for_end() != ending::open);
  rig.proxy.finished(1);
  BOOST_TEST(rig.proxy.keys().keys(std::chrono::system_clock::now()).at(0).in_flight == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
