// Blind tunnels: what goes in comes out, whatever the two ends do.
#include "support/message.hpp"
#include "support/tunnel_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <future>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

std::string noise(std::size_t size, unsigned seed) {
  std::minstd_rand random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes)
    c = static_cast<char>(random() >> 8);
  return bytes;
}

void send_all(connection& by, const std::string& bytes) {
  by.send(bytes);
  by.half_close();
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tunnels)

BOOST_AUTO_TEST_CASE(bytes_pass_both_ways_and_no_key_is_used) {
  tunnel_rig rig;
  {
    auto [client, target] = rig.open();
    for (int i = 0; i < 300; ++i) {
      const std::string text = noise(static_cast<std::size_t>(i) + 1, 1);
      client.send(text);
      BOOST_TEST((target.receive(text.size()) == text));
      target.send(text + text);
      BOOST_TEST((client.receive(2 * text.size()) == text + text));
    }
    BOOST_TEST(!rig.target.has_visitor());
  }
  const finished_request seen = rig.proxy.finished(1).back();
  BOOST_TEST(seen.text.find("CONNECT\ntunnel\n") != std::string::npos);
  BOOST_TEST(seen.status == 200);
  BOOST_TEST(seen.attempts == 0U);
  BOOST_TEST(seen.bytes_in == 300U * 301 / 2);
  BOOST_TEST(seen.bytes_out == 300U * 301);
  BOOST_TEST(rig.proxy.key_uses() == 0U);
}

BOOST_AUTO_TEST_CASE(much_passes_both_ways_at_once) {
  tunnel_rig rig;
  auto [client, target] = rig.open();
  const std::string up = noise(24'000'000, 1);
  const std::string down = noise(31'000'000, 2);
  auto client_sends = std::async(std::launch::async, send_all, std::ref(client), std::cref(up));
  auto target_sends = std::async(std::launch::async, send_all, std::ref(target), std::cref(down));
  auto target_gets = std::async(std::launch::async, [&t = target] { return t.receive_to_end(); });
  BOOST_TEST((client.receive_to_end() == down));
  BOOST_TEST((target_gets.get() == up));
  client_sends.get();
  target_sends.get();
  const finished_request seen = rig.proxy.finished(1).back();
  BOOST_TEST(seen.outcome == "tunnelled");
  BOOST_TEST(seen.bytes_in == up.size());
  BOOST_TEST(seen.bytes_out == down.size());
}

// Each side in turn does not read: the other is held back, and loses nothing.
BOOST_AUTO_TEST_CASE(a_side_that_does_not_read_holds_the_other_back) {
  constexpr std::size_t far_too_much = 256'000'000;
  const std::string bytes = noise(100'003, 3);
  for (const bool upward : {true, false}) {
    tunnel_rig rig;
    auto [client, target] = rig.open();
    connection& from = upward ? client : target;
    connection& to = upward ? target : client;
    const std::size_t sent = from.send_until_full(bytes, far_too_much);
    BOOST_TEST(sent < far_too_much);
    // The other direction is free.
    to.send("hello");
    BOOST_TEST(from.receive(5) == "hello");
    from.half_close();
    const std::string got = to.receive_to_end();
    BOOST_TEST(got.size() == sent);
    bool same = true;
    for (std::size_t at = 0; at < got.size(); at += bytes.size())
      same = same && bytes.starts_with(std::string_view(got).substr(at, bytes.size()));
    BOOST_TEST(same);
  }
}

BOOST_AUTO_TEST_CASE(the_end_of_one_side_leaves_the_other_going) {
  for (const bool upward : {true, false}) {
    tunnel_rig rig;
    auto [client, target] = rig.open();
    connection& first = upward ? client : target;
    connection& second = upward ? target : client;
    first.send("question");
    first.half_close();
    BOOST_TEST(second.receive_to_end() == "question");
    second.send("an");
    BOOST_TEST(first.receive(2) == "an");
    second.send("swer");
    second.half_close();
    BOOST_TEST(first.receive_to_end() == "swer");
    BOOST_TEST(rig.proxy.finished(1).back().outcome == "tunnelled");
  }
}

BOOST_AUTO_TEST_CASE(a_reset_of_one_side_is_one_for_the_other) {
  for (const bool upward : {true, false}) {
    tunnel_rig rig;
    auto [client, target] = rig.open();
    connection& first = upward ? client : target;
    connection& second = upward ? target : client;
    first.send("half a");
    BOOST_TEST(second.receive(6) == "half a");
    first.reset();
    BOOST_TEST(second.wait_for_end() == ending::reset);
    BOOST_TEST(rig.proxy.finished(1).back().outcome == "cut_off");
  }
}

// A server that refuses in the middle of a request: its answer must not be lost with the
// connection.
BOOST_AUTO_TEST_CASE(what_was_said_before_a_reset_arrives) {
  for (int i = 0; i < 20; ++i) {
    tunnel_rig rig;
    auto [client, target] = rig.open();
    client.send_until_full(std::string(100'000, 'x'), 3'000'000);
    target.send("too large");
    target.close();  // with much unread: a reset
    BOOST_TEST(client.receive(9) == "too large");
    BOOST_TEST(client.wait_for_end() == ending::reset);
  }
}

BOOST_AUTO_TEST_CASE(a_reset_is_seen_while_the_other_side_reads_nothing) {
  for (const bool upward : {true, false}) {
    tunnel_rig rig;
    auto [client, target] = rig.open();
    connection& first = upward ? client : target;
    connection& second = upward ? target : client;
    first.send_until_full(std::string(100'000, 'x'), 256'000'000);
    first.reset();
    BOOST_TEST(rig.proxy.finished(1).back().outcome == "cut_off");
    BOOST_TEST(second.wait_for_end() == ending::reset);
  }
}

BOOST_AUTO_TEST_CASE(a_reset_is_seen_after_a_half_close) {
  tunnel_rig rig;
  auto [client, target] = rig.open();
  client.half_close();
  BOOST_TEST(target.receive_to_end().empty());
  client.reset();
  // The target says nothing, and is told all the same.
  BOOST_TEST(rig.proxy.finished(1).back().outcome == "cut_off");
}

BOOST_AUTO_TEST_CASE(what_the_client_sent_with_its_head_goes_first) {
  tunnel_rig rig;
  for (const std::size_t size : {1, 3'000, 300'000}) {
    const std::string early = noise(size, 4);
    connection client = rig.proxy.connect();
    client.send(connect_to(rig.authority()) + early);
    connection target = rig.accept(client);
    BOOST_TEST((target.receive(size) == early));
    client.send("more");
    BOOST_TEST(target.receive(4) == "more");
    target.send("answer");
    BOOST_TEST(client.receive(6) == "answer");
  }
}

BOOST_AUTO_TEST_CASE(a_client_may_end_its_side_with_its_head) {
  tunnel_rig rig;
  connection client = rig.proxy.connect();
  client.send(connect_to(rig.authority()) + "all of it");
  client.half_close();
  connection target = rig.accept(client);
  BOOST_TEST(target.receive_to_end() == "all of it");
  target.send("answer");
  target.half_close();
  BOOST_TEST(client.receive_to_end() == "answer");
}

BOOST_AUTO_TEST_CASE(a_tunnel_may_follow_requests_on_one_connection) {
  tunnel_rig rig;
  connection client = rig.proxy.connect();
  // At once: the proxy has a read outstanding when it comes to the CONNECT.
  client.send(get("/v1beta/models") + connect_to(rig.authority()) + "early");
  connection upstream = rig.target.accept();
  read_request(upstream);
  upstream.send(ok("models"));
  BOOST_TEST(read_answer(client).body == "models");
  connection target = rig.accept(client);
  BOOST_TEST(target.receive(5) == "early");
  client.send("late");
  BOOST_TEST(target.receive(4) == "late");
  client.half_close();
  BOOST_TEST(target.receive_to_end().empty());
  target.send("answer");
  target.half_close();
  BOOST_TEST(client.receive_to_end() == "answer");
  BOOST_TEST(rig.proxy.key_uses() == 1U);
}

BOOST_AUTO_TEST_CASE(a_tunnel_at_rest_is_closed_after_a_while) {
  tunnel_rig rig([](proxy::proxy_settings& settings) {
    settings.connect.idle_timeout = std::chrono::milliseconds(150);
  });
  auto [client, target] = rig.open();
  client.send("x");
  BOOST_TEST(target.receive(1) == "x");
  BOOST_TEST(client.wait_for_end() == ending::closed);
  BOOST_TEST(target.wait_for_end() == ending::closed);
}

BOOST_AUTO_TEST_CASE(a_stuck_tunnel_is_cut_after_a_while) {
  tunnel_rig rig([](proxy::proxy_settings& settings) {
    settings.connect.idle_timeout = std::chrono::milliseconds(900);
  });
  auto [client, target] = rig.open();
  client.send_until_full(std::string(100'000, 'x'), 256'000'000);
  BOOST_TEST(rig.proxy.finished(1).back().outcome == "cut_off");
  BOOST_TEST(target.wait_for_end() == ending::reset);
}

BOOST_AUTO_TEST_CASE(a_drain_lets_tunnels_go_on_and_a_stop_cuts_them) {
  tunnel_rig rig;
  auto [client, target] = rig.open();
  rig.proxy.server().drain();
  for (int i = 0; i < 3; ++i) {
    client.send("question");
    BOOST_TEST(target.receive(8) == "question");
    target.send("answer");
    BOOST_TEST(client.receive(6) == "answer");
  }
  BOOST_TEST(rig.proxy.server().connections() == 1U);
  auto stopped = std::async(std::launch::async, [&] { rig.proxy.stop(); });
  BOOST_TEST(client.wait_for_end() == ending::reset);
  BOOST_TEST(target.wait_for_end() == ending::reset);
  stopped.get();
}

BOOST_AUTO_TEST_CASE(no_descriptor_is_left_of_200_tunnels) {
  tunnel_rig rig;
  rig.open();
  rig.proxy.finished(1);
  const std::size_t before = open_descriptors();
  constexpr std::size_t count = 200;
  for (std::size_t i = 0; i < count; ++i) {
    auto [client, target] = rig.open();
    client.send("x");
    target.receive(1);
    switch (i % 5) {
      case 0:
        client.close();
        break;
      case 1:
        client.reset();
        break;
      case 2:
        target.reset();
        break;
      case 3:
        target.half_close();
        client.wait_for_end();
        break;
      default:
        client.half_close();
        target.wait_for_end();
        target.send("y");
        break;
    }
  }
  rig.proxy.finished(1 + count);
  BOOST_TEST(open_descriptors() == before);
  BOOST_TEST(rig.proxy.key_uses() == 0U);
}

BOOST_AUTO_TEST_CASE(a_hundred_tunnels_share_a_worker) {
  tunnel_rig rig;
  std::vector<tunnel_rig::tunnel> all;
  for (int i = 0; i < 100; ++i)
    all.push_back(rig.open());
  const std::string bytes = noise(200'000, 5);
  for (auto& [client, target] : all)
    client.send(bytes);
  for (auto& [client, target] : all) {
    BOOST_TEST((target.receive(bytes.size()) == bytes));
    target.send("done");
  }
  for (auto& [client, target] : all)
    BOOST_TEST(client.receive(4) == "done");
}

BOOST_AUTO_TEST_SUITE_END()
