// How a Live session begins: failover until a server agrees, whose project it is, what is refused.
#include "live_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace gemkeeper;
using namespace gemkeeper::test;

BOOST_AUTO_TEST_SUITE(live_sessions)

BOOST_AUTO_TEST_CASE(closes_that_tell_of_the_key_or_its_quota_move_the_setup_on) {
  for (const frame& refusal :
       {closing(1011, quota), closing(1007, "API key expired. Please renew the API key."),
        closing(1008, "Your API key was reported as leaked. Please use another API key.")}) {
    intercept_rig rig;
    connection client = open_client(rig.proxy.connect());
    {
      connection server = accept_setup(rig, first_secret);
      for (const char c : of_server(refusal))
        server.send({&c, 1});
    }
    connection server = agree(rig, client, second_secret);
    BOOST_TEST(client.is_quiet());
    client.close();
    const finished_request done = rig.proxy.finished(1).at(0);
    BOOST_TEST(done.attempts == 2U);
  }
}

BOOST_AUTO_TEST_CASE(a_handshake_refused_over_http_moves_on_too) {
  intercept_rig rig;
  connection client = open_client(rig.proxy.connect());
  rig.serve(answer("429 Too Many Requests",
                   R"({"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}})",
                   "Content-Type: application/json\r\nConnection: close\r\n"));
  connection server = agree(rig, client, second_secret);
}

BOOST_AUTO_TEST_CASE(an_error_message_instead_of_consent_moves_on_too) {
  intercept_rig rig;
  connection client = open_client(rig.proxy.connect());
  {
    connection server = accept_setup(rig, first_secret);
    server.send(of_server(text(R"({"error":{"code":429,"message":")" + std::string(quota) +
                               R"(","status":"RESOURCE_EXHAUSTED"}})")));
  }
  connection server = agree(rig, client, second_secret);
}

BOOST_AUTO_TEST_CASE(the_clients_own_fault_is_told_as_the_server_told_it) {
  intercept_rig rig;
  connection client = open_client(rig.proxy.connect());
  const frame refusal = closing(
      1008, "models/x is not found for API version v1beta. Key: " + std::string(first_secret));
  {
    connection server = accept_setup(rig, first_secret);
    server.send(of_server(refusal));
  }
  frame expected = refusal;
  expected.payload.replace(expected.payload.size() - first_secret.size(), first_secret.size(),
                           std::string(first_secret.size(), '*'));
  BOOST_TEST(receive_frame(client) == expected);
  BOOST_TEST(client.wait_for_end() == ending::closed);
  client.close();
  const finished_request done = rig.proxy.finished(1).at(0);
  BOOST_TEST(done.reason == "not_found");
  BOOST_TEST(done.attempts == 1U);
}

BOOST_AUTO_TEST_CASE(without_a_key_that_is_free_the_client_is_told_when) {
  intercept_rig rig;
  connection client = open_client(rig.proxy.connect());
  for (const std::string_view secret : {first_secret, second_secret}) {
    connection server = accept_setup(rig, secret);
    server.send(of_server(closing(1011, quota)));
  }
  const frame told = receive_frame(client);
  BOOST_TEST(told.opcode == 8U);
  BOOST_TEST(told.payload.substr(0, 2) == "\x03\xf3");
  BOOST_TEST(told.payload.find("out of quota") != std::string::npos);
  BOOST_TEST(told.payload.find("retry in") != std::string::npos);
  client.send(of_client(told));
  BOOST_TEST(client.wait_for_end() == ending::closed);
}

BOOST_AUTO_TEST_CASE(a_server_that_accepts_something_else_is_no_server) {
  intercept_rig rig([](proxy::proxy_settings& settings) { settings.retry.max_attempts = 1; });
  connection client = open_client(rig.proxy.connect());
  rig.serve(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
  const frame told = receive_frame(client);
  BOOST_TEST(told.payload.find("cannot be reached") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_before_its_session_is_there) {
  intercept_rig rig;
  connection client = open_client(rig.proxy.connect());
  connection server = accept_setup(rig, first_secret);
  client.send(of_client(closing(1000, "")));
  BOOST_TEST(server.wait_for_end() != ending::open);
  BOOST_TEST(receive_frame(client) == closing(1000, ""));
  client.close();
  BOOST_TEST(rig.proxy.finished(1).at(0).cancelled);
}

BOOST_AUTO_TEST_CASE(what_is_said_before_consent_waits_for_it) {
  intercept_rig rig;
  connection client = open_client(rig.proxy.connect());
  client.send(of_client(text("early")));
  connection server = accept_setup(rig, first_secret);
  server.send(of_server(closing(1011, quota)));
  connection second = accept_setup(rig, second_secret);
  BOOST_TEST(second.is_quiet());
  second.send(of_server(text(std::string(complete))));
  BOOST_TEST(receive_frame(second) == text("early"));
  BOOST_TEST(receive_frame(client) == text(std::string(complete)));
}

BOOST_AUTO_TEST_CASE(an_ephemeral_token_goes_on_instead_of_a_key) {
  constexpr std::string_view path =
      "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained";
  const std::pair<std::string, std::string> ways[] = {
      {std::string(path) + "?access_token=auth_tokens/abc", ""},
      {std::string(path), "Authorization: Token auth_tokens/abc\r\n"},
      {std::string(path), "x-goog-api-key: auth_tokens/abc\r\n"}};
  for (const auto& [target, fields] : ways) {
    intercept_rig rig;
    connection client = open_client(rig.proxy.connect(), target, fields);
    connection server = rig.upstream.accept();
    const message request = read_request(server);
    BOOST_TEST(request.start_line == "GET " + std::string(path) + " HTTP/1.1");
    BOOST_TEST(request.header("Authorization") == "Token auth_tokens/abc");
    BOOST_TEST(request.count("x-goog-api-key") == 0U);
    server.send(switching);
    receive_frame(server);
    // It has expired: that is no fault of the key.
    server.send(of_server(closing(1007, "API key expired. Please renew the API key.")));
    BOOST_TEST(receive_frame(client) ==
               closing(1007, "API key expired. Please renew the API key."));
    client.close();
    rig.proxy.finished(1);
    BOOST_TEST(rig.proxy.keys_are_healthy());
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_websocket_is_refused) {
  intercept_rig rig;
  connection client = rig.proxy.connect();
  client.send("GET " + std::string(live_path) +
              " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n");
  const message old = read_answer(client);
  BOOST_TEST(old.status() == 426);
  BOOST_TEST(old.header("Sec-WebSocket-Version") == "13");
  connection other = rig.proxy.connect();
  other.send("GET " + std::string(live_path) +
             " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  BOOST_TEST(read_answer(other).status() == 400);
  connection unmasked = rig.proxy.connect();
  unmasked.send(websocket_handshake(live_path));
  BOOST_TEST(read_head(unmasked).status() == 101);
  unmasked.send(of_server(text(std::string(setup))));
  BOOST_TEST(receive_frame(unmasked).payload.substr(0, 2) == "\x03\xea");
  BOOST_TEST(rig.proxy.key_uses() == 0U);
}

BOOST_AUTO_TEST_CASE(a_setup_larger_than_what_may_be_kept_is_refused) {
  intercept_rig rig([](proxy::proxy_settings& settings) { settings.client.replay_memory = 100; });
  connection client = rig.proxy.connect();
  client.send(websocket_handshake(live_path));
  BOOST_TEST(read_head(client).status() == 101);
  client.send(of_client(text(std::string(setup) + std::string(100, ' '))).substr(0, 150));
  const frame told = receive_frame(client);
  BOOST_TEST(told.payload.substr(0, 2) == "\x03\xf1");
  BOOST_TEST(told.payload.find("limits.replay_memory") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_session_is_resumed_with_a_key_of_its_project) {
  intercept_rig rig;
  {
    session live(rig);
    const frame update =
        text(R"({"sessionResumptionUpdate":{"newHandle":"Cihy_X-2","resumable":true}})");
    live.server.send(of_server(update));
    BOOST_TEST(receive_frame(live.client) == update);
  }
  // Another key would be next.
  for (int i = 0; i < 2; ++i) {
    connection client = rig.proxy.connect();
    client.send(websocket_handshake(live_path));
    BOOST_TEST(read_head(client).status() == 101);
    const frame resume = text(R"({"setup":{"model":"models/gemini-3.1-flash-live-preview",)"
                              R"("sessionResumption":{"handle":"Cihy_X-2"}}})");
    client.send(of_client(resume));
    connection server = rig.upstream.accept();
    BOOST_TEST(read_request(server).header("x-goog-api-key") == first_secret);
    server.send(switching);
    BOOST_TEST(receive_frame(server) == resume);
    server.send(of_server(closing(1011, quota)));
    // Nobody else can resume it.
    const frame told = receive_frame(client);
    BOOST_TEST(told.opcode == 8U);
    BOOST_TEST(!rig.upstream.has_visitor());
    rig.proxy.keys().reset(rig.proxy.keys().keys(std::chrono::system_clock::now()).at(0).id,
                           std::chrono::system_clock::now());
  }
}

BOOST_AUTO_TEST_CASE(an_ephemeral_token_keeps_its_project) {
  intercept_rig rig;
  connection maker = rig.proxy.connect();
  maker.send(post("/v1alpha/auth_tokens", "{}"));
  const message asked =
      rig.serve(ok(R"({"name":"auth_tokens/abc"})", "Content-Type: application/json\r\n"));
  BOOST_TEST(asked.header("x-goog-api-key") == first_secret);
  BOOST_TEST(read_answer(maker).status() == 200);
  // By the record, whose is the key that it counts for: the first's, though the second is next.
  connection client = open_client(
      rig.proxy.connect(),
      "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained"
      "?access_token=auth_tokens/abc");
  connection server = rig.upstream.accept();
  BOOST_TEST(read_request(server).header("Authorization") == "Token auth_tokens/abc");
  server.send(switching);
  receive_frame(server);
  server.send(of_server(text(std::string(complete))));
  BOOST_TEST(receive_frame(client) == text(std::string(complete)));
  const auto keys = rig.proxy.keys().keys(std::chrono::system_clock::now());
  BOOST_TEST(keys.at(0).in_flight == 1U);
  BOOST_TEST(keys.at(1).in_flight == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
