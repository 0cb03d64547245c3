// Live sessions under way: frames untouched, usage, and every way to end.
#include "live_rig.hpp"

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

const frame turn =
    text(R"({"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":10,)"
         R"("responseTokenCount":50,"totalTokenCount":60}})");

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
  connection server = agree(rig, client, first_secret);
  const std::string large(4 * 1024 * 1024, 'x');
  std::thread sender([&] { client.send(of_client({2, true, large})); });
  BOOST_TEST((receive_frame(server) == frame{2, true, large}));
  sender.join();
  std::thread answerer([&] { server.send(of_server(text("{\"a\":\"" + large + "\"}"))); });
  BOOST_TEST((receive_frame(client) == text("{\"a\":\"" + large + "\"}")));
  answerer.join();
}

BOOST_AUTO_TEST_CASE(usage_of_every_turn_is_counted) {
  intercept_rig rig;
  session live(rig);
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

BOOST_AUTO_TEST_CASE(an_upstream_that_is_cut_off_is_cut_off_for_the_client) {
  intercept_rig rig;
  session live(rig);
  live.server.reset();
  BOOST_TEST(live.client.wait_for_end() == ending::reset);
  BOOST_TEST(rig.proxy.finished(1).at(0).reason == "cut_short");
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

BOOST_AUTO_TEST_SUITE_END()
