// Live sessions over real sockets: failover until a server agrees, frames untouched from then on,
// usage, and every way to end.
#include "support/intercept_rig.hpp"
#include "support/websocket.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

constexpr std::string_view setup = R"({"setup":{"model":"models/gemini-3.1-flash-live-preview"}})";
constexpr std::string_view complete = R"({"setupComplete":{"sessionId":"s1"}})";
constexpr std::string_view quota =
    "You exceeded your current quota, please check your plan and billing details.";

std::string of_client(const frame& f) {
  return wire(f, frame_of::client);
}

std::string of_server(const frame& f) {
  return wire(f, frame_of::server);
}

// A client that has its 101 and has sent its setup.
connection open_client(connection client, std::string_view target = live_path,
                       std::string_view fields = {}, std::string_view host = "localhost") {
  client.send(websocket_handshake(target, fields, host));
  const message answer = read_head(client);
  BOOST_TEST(answer.status() == 101);
  BOOST_TEST(answer.header("Sec-WebSocket-Accept") == websocket_accept);
  BOOST_TEST(answer.header("Sec-WebSocket-Extensions").empty());
  BOOST_TEST(!answer.header("x-gemkeeper-request-id").empty());
  client.send(of_client(text(std::string(setup))));
  return client;
}

// The upstream's side: its handshake with that key, and the setup.
connection accept_setup(intercept_rig& rig, std::string_view secret) {
  connection server = rig.upstream.accept();
  const message request = read_request(server);
  BOOST_TEST(request.start_line == "GET " + std::string(live_path) + " HTTP/1.1");
  BOOST_TEST(request.header("x-goog-api-key") == secret);
  BOOST_TEST(request.header("Sec-WebSocket-Key") == websocket_key);
  BOOST_TEST(request.header("Sec-WebSocket-Extensions").empty());
  server.send(switching);
  BOOST_TEST(receive_frame(server) == text(std::string(setup)));
  return server;
}

// Both sides of a session that is set up.
struct session {
  connection client, server;

  explicit session(intercept_rig& rig)
      : client(open_client(rig.proxy.connect())), server(accept_setup(rig, first_secret)) {
    server.send(of_server({2, true, std::string(complete)}));
    BOOST_TEST(receive_frame(client) == (frame{2, true, std::string(complete)}));
  }
};

pool::token_usage usage_of(intercept_rig& rig) {
  pool::token_usage sum;
  for (const auto& [of, counts] : rig.proxy.server().usage())
    sum += counts.tokens;
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(live_sessions)

BOOST_AUTO_TEST_CASE(frames_of_both_sides_pass_untouched) {
  intercept_rig rig;
  session live(rig);
  live.client.send(of_client(text("hello")));
  BOOST_TEST(receive_frame(live.server) == text("hello"));
  // Fragments, control frames between them, the mask as the client chose it.
  const std::string fragments =
      of_client({1, false, "one"}) + of_client({9, true, "ping"}) + of_client({0, true, "two"});
  live.client.send(fragments);
  BOOST_TEST(live.server.receive(fragments.size()) == fragments);
  const std::string answer = of_server({10, true, "ping"}) + of_server({2, false, "{\"server"}) +
                             of_server({9, true, ""}) + of_server({0, true, "Content\":{}}"});
  for (const char c : answer)
    live.server.send({&c, 1});
  BOOST_TEST(live.client.receive(answer.size()) == answer);
  live.client.send(of_client(closing(1000, "")));
  BOOST_TEST(receive_frame(live.server) == closing(1000, ""));
  live.server.send(of_server(closing(1000, "")));
  BOOST_TEST(receive_frame(live.client) == closing(1000, ""));
  live.server.close();
  BOOST_TEST(live.client.wait_for_end() == ending::closed);
  live.client.close();
  const finished_request done = rig.proxy.finished(1).at(0);
  BOOST_TEST(done.status == 101);
  BOOST_TEST(done.outcome == "success");
  BOOST_TEST(!done.cancelled);
  BOOST_TEST(done.text.find("gemini-3.1-flash-live-preview") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_session_inside_a_tunnel) {
  intercept_rig rig;
  connection client = open_client(rig.secured(), live_path, {}, gemini);
  connection server = accept_setup(rig, first_secret);
  server.send(of_server(text(std::string(complete))));
  BOOST_TEST(receive_frame(client) == text(std::string(complete)));
  const std::string large(4 * 1024 * 1024, 'x');
  std::thread sender([&] { client.send(of_client({2, true, large})); });
  BOOST_TEST((receive_frame(server) == frame{2, true, large}));
  sender.join();
  std::thread answerer([&] { server.send(of_server(text("{\"a\":\"" + large + "\"}"))); });
  BOOST_TEST((receive_frame(client) == text("{\"a\":\"" + large + "\"}")));
  answerer.join();
}

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
    connection server = accept_setup(rig, second_secret);
    server.send(of_server(text(std::string(complete))));
    BOOST_TEST(receive_frame(client) == text(std::string(complete)));
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
  connection server = accept_setup(rig, second_secret);
  server.send(of_server(text(std::string(complete))));
  BOOST_TEST(receive_frame(client) == text(std::string(complete)));
}

BOOST_AUTO_TEST_CASE(an_error_message_instead_of_consent_moves_on_too) {
  intercept_rig rig;
  connection client = open_client(rig.proxy.connect());
  {
    connection server = accept_setup(rig, first_secret);
    server.send(of_server(text(R"({"error":{"code":429,"message":")" + std::string(quota) +
                               R"(","status":"RESOURCE_EXHAUSTED"}})")));
  }
  connection server = accept_setup(rig, second_secret);
  server.send(of_server(text(std::string(complete))));
  BOOST_TEST(receive_frame(client) == text(std::string(complete)));
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

BOOST_AUTO_TEST_CASE(usage_of_every_turn_is_counted) {
  intercept_rig rig;
  session live(rig);
  const frame turn =
      text(R"({"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":10,)"
           R"("responseTokenCount":50,"totalTokenCount":60}})");
  for (int i = 0; i < 3; ++i) {
    live.server.send(of_server(turn));
    BOOST_TEST(receive_frame(live.client) == turn);
  }
  live.client.close();
  const finished_request done = rig.proxy.finished(1).at(0);
  BOOST_TEST(usage_of(rig).prompt == 30U);
  BOOST_TEST(usage_of(rig).candidates == 150U);
  BOOST_TEST(done.cancelled);
}

BOOST_AUTO_TEST_CASE(what_a_turn_has_used_is_known_while_the_session_goes_on_and_is_one_call) {
  intercept_rig rig;
  session live(rig);
  const frame turn =
      text(R"({"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":10,)"
           R"("responseTokenCount":50,"totalTokenCount":60}})");
  for (std::uint64_t i = 1; i <= 3; ++i) {
    live.server.send(of_server(turn));
    BOOST_TEST(receive_frame(live.client) == turn);
    const auto usage = rig.proxy.server().usage();
    BOOST_REQUIRE(usage.size() == 1U);
    BOOST_TEST(usage.begin()->second.tokens.total == 60 * i);
    BOOST_TEST(usage.begin()->second.calls == 1U);
  }
  BOOST_TEST(rig.proxy.finished(0).empty());
  live.server.send(of_server(closing(1000, "")));
  live.server.close();
  receive_frame(live.client);
  BOOST_TEST(rig.proxy.finished(1).size() == 1U);
  BOOST_TEST(usage_of(rig).total == 180U);
  BOOST_TEST(rig.proxy.server().usage().begin()->second.calls == 1U);
}

BOOST_AUTO_TEST_CASE(the_key_is_masked_in_a_close_that_comes_later_however_it_is_cut) {
  intercept_rig rig;
  session live(rig);
  const std::string error =
      R"({"error":{"code":500,"message":"key )" + std::string(first_secret) + R"( failed"}})";
  std::string masked = error;
  masked.replace(masked.find(first_secret), first_secret.size(),
                 std::string(first_secret.size(), '*'));
  for (const char c : of_server(text(error)))
    live.server.send({&c, 1});
  BOOST_TEST(receive_frame(live.client) == text(masked));
  for (const char c : of_server(closing(1011, first_secret)))
    live.server.send({&c, 1});
  BOOST_TEST(receive_frame(live.client) == closing(1011, std::string(first_secret.size(), '*')));
}

BOOST_AUTO_TEST_CASE(a_quota_that_ends_a_session_cools_its_project) {
  intercept_rig rig;
  {
    session live(rig);
    live.server.send(of_server(closing(1011, quota)));
    live.server.close();
    BOOST_TEST(receive_frame(live.client) == closing(1011, quota));
    BOOST_TEST(live.client.wait_for_end() == ending::closed);
  }
  BOOST_TEST(rig.proxy.finished(1).at(0).outcome == "quota_unknown");
  connection client = open_client(rig.proxy.connect());
  accept_setup(rig, second_secret);
}

// The first one after a cool-down is a trial; it is over when the server agrees.
BOOST_AUTO_TEST_CASE(a_session_under_way_keeps_a_recovered_key_from_nobody) {
  intercept_rig rig;
  pool::pool_settings quick;
  quick.unknown_cool_down_min = quick.unknown_cool_down_max = std::chrono::milliseconds(0);
  rig.proxy.keys().configure(quick);
  {
    session live(rig);
    live.server.send(of_server(closing(1011, quota)));
    live.server.close();
    BOOST_TEST(receive_frame(live.client) == closing(1011, quota));
  }
  rig.proxy.finished(1);
  std::vector<connection> open;
  int with_first = 0;
  for (int i = 0; i < 4; ++i) {
    connection client = open_client(rig.proxy.connect());
    connection server = rig.upstream.accept();
    with_first += read_request(server).header("x-goog-api-key") == first_secret ? 1 : 0;
    server.send(switching);
    BOOST_TEST(receive_frame(server) == text(std::string(setup)));
    server.send(of_server({2, true, std::string(complete)}));
    BOOST_TEST(receive_frame(client) == (frame{2, true, std::string(complete)}));
    open.push_back(std::move(client));
    open.push_back(std::move(server));
  }
  BOOST_TEST(with_first == 2);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_the_session_at_the_upstream) {
  intercept_rig rig;
  session live(rig);
  live.client.close();
  BOOST_TEST(receive_frame(live.server) == closing(1001, "the client is gone"));
  BOOST_TEST(live.server.wait_for_end() != ending::open);
  BOOST_TEST(rig.proxy.finished(1).at(0).cancelled);
  BOOST_TEST(rig.proxy.keys().keys(std::chrono::system_clock::now()).at(0).in_flight == 0U);
}

BOOST_AUTO_TEST_CASE(a_client_that_closes_need_not_wait_for_the_answer) {
  intercept_rig rig;
  session live(rig);
  live.client.send(of_client(closing(1000, "done")));
  live.client.close();
  BOOST_TEST(receive_frame(live.server) == closing(1000, "done"));
  BOOST_TEST(live.server.wait_for_end() != ending::open);
  const finished_request done = rig.proxy.finished(1).at(0);
  BOOST_TEST(!done.cancelled);
  BOOST_TEST(done.outcome == "success");
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

BOOST_AUTO_TEST_CASE(an_upstream_that_is_cut_off_is_cut_off_for_the_client) {
  intercept_rig rig;
  session live(rig);
  live.server.reset();
  BOOST_TEST(live.client.wait_for_end() == ending::reset);
  BOOST_TEST(rig.proxy.finished(1).at(0).reason == "cut_short");
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

BOOST_AUTO_TEST_CASE(a_stop_closes_both_sides) {
  intercept_rig rig;
  session live(rig);
  rig.proxy.server().drain();
  live.client.send(of_client(text("still here")));
  BOOST_TEST(receive_frame(live.server) == text("still here"));
  rig.proxy.stop();
  BOOST_TEST(receive_frame(live.client) == closing(1001, "gemkeeper is stopping"));
  BOOST_TEST(receive_frame(live.server) == closing(1001, "gemkeeper is stopping"));
  BOOST_TEST(live.client.wait_for_end() == ending::closed);
  BOOST_TEST(live.server.wait_for_end() == ending::closed);
}

BOOST_AUTO_TEST_CASE(a_session_that_rests_too_long_is_closed) {
  intercept_rig rig([](proxy::proxy_settings& settings) {
    settings.connect.idle_timeout = std::chrono::milliseconds(150);
  });
  session live(rig);
  BOOST_TEST(receive_frame(live.client) == closing(1001, "the session was idle for too long"));
  BOOST_TEST(receive_frame(live.server) == closing(1001, "the session was idle for too long"));
}

BOOST_AUTO_TEST_CASE(a_side_that_does_not_read_keeps_the_other_from_sending) {
  intercept_rig rig;
  session live(rig);
  const std::string chunk = of_server({2, true, std::string(64 * 1024, 'x')});
  constexpr std::size_t plenty = 64 * 1024 * 1024;
  const std::size_t taken = live.server.send_until_full(chunk, plenty);
  BOOST_TEST(taken < plenty);
  // What is there arrives.
  BOOST_TEST((live.client.receive(chunk.size()) == chunk));
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
