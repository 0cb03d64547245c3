// Requests that leave by an upstream proxy pass as if there were none, each key's by its own.
#include "support/message.hpp"
#include "support/raw_upstream.hpp"
#include "upstream_proxies.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <thread>
#include <variant>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

void expect_round_trip(connection& client, connection& behind, std::string_view body) {
  client.send(post(generate, body));
  const message asked = read_request(behind);
  BOOST_TEST((asked.body == body));
  BOOST_TEST(asked.header("Proxy-Authorization").empty());
  std::thread answering([&] { behind.send(ok(body)); });
  BOOST_TEST((read_answer(client).body == body));
  answering.join();
}

struct proxy_kind {
  std::string_view name;
  protocol speaks;
  bool login;
  bool tls;
};
constexpr proxy_kind kinds[] = {
    {"http", protocol::http, false, false},
    {"http with a login", protocol::http, true, false},
    {"https", protocol::http, false, true},
    {"https with a login", protocol::http, true, true},
    {"socks5", protocol::socks5, false, false},
    {"socks5 with a login", protocol::socks5, true, false},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(upstream_proxies)

BOOST_AUTO_TEST_CASE(requests_pass_byte_for_byte_over_kept_connections) {
  std::string large;
  while (large.size() < 1'000'000)
    large += std::to_string(large.size());
  for (const proxy_kind& kind : kinds) {
    for (const bool tls : {false, true}) {
      BOOST_TEST_CONTEXT(kind.name << (tls ? ", TLS" : ", plain")) {
        raw_upstream plain_upstream;
        raw_upstream tls_upstream(identity());
        raw_upstream& upstream = tls ? tls_upstream : plain_upstream;
        fake_proxy proxy(upstream.port(), speaking(kind.speaks, kind.login ? login : "",
                                                   kind.tls ? &identity() : nullptr));
        proxy_rig rig(upstream.port(), through(proxy.url(kind.login ? login_in_url : ""), tls));
        connection client = rig.connect();
        client.send(post(generate, "{}"));
        connection behind = upstream.accept();
        BOOST_TEST(read_request(behind).body == "{}");
        behind.send(ok("first"));
        BOOST_TEST(read_answer(client).body == "first");
        expect_round_trip(client, behind, "small");
        expect_round_trip(client, behind, large);
        expect_round_trip(client, behind, "small again");
        BOOST_TEST(proxy.connections() == 1U);
        const std::string target =
            (tls ? "generativelanguage.googleapis.com:" : "gemini.invalid:") +
            std::to_string(upstream.port());
        BOOST_TEST(proxy.asked() == std::vector<std::string>{target},
                   boost::test_tools::per_element());
        BOOST_TEST(proxy.heard().find("AIza") == std::string::npos);
        if (!kind.login) BOOST_TEST(proxy.heard().find("uthorization") == std::string::npos);
        BOOST_TEST(rig.keys_are_healthy());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(ends_and_resets_are_carried_over) {
  for (const proxy_kind& kind : kinds) {
    BOOST_TEST_CONTEXT(kind.name) {
      raw_upstream upstream(identity());
      fake_proxy proxy(upstream.port(), speaking(kind.speaks, kind.login ? login : "",
                                                 kind.tls ? &identity() : nullptr));
      proxy_rig rig(upstream.port(), through(proxy.url(kind.login ? login_in_url : ""), true));
      {
        connection client = rig.connect();
        client.send(get("/v1beta/models"));
        connection behind = upstream.accept();
        read_request(behind);
        behind.send("HTTP/1.1 200 OK\r\n\r\nto the end");
        behind.close();
        BOOST_TEST(read_answer(client).body == "to the end");
      }
      {
        connection client = rig.connect();
        client.send(get("/v1beta/models"));
        connection behind = upstream.accept();
        read_request(behind);
        behind.send("HTTP/1.1 200 OK\r\n\r\ncut");
        client.receive_until("cut");
        behind.reset();
        BOOST_TEST(client.wait_for_end() == ending::reset);
      }
      {
        connection client = rig.connect();
        client.send(get("/v1beta/models"));
        connection behind = upstream.accept();
        read_request(behind);
        client.close();
        BOOST_TEST(behind.wait_for_end() != ending::open);
      }
      BOOST_TEST(comes_true([&] { return proxy.open() == 0; }));
    }
  }
}

BOOST_AUTO_TEST_CASE(each_key_leaves_by_its_own_proxy_and_keeps_its_connections) {
  sandbox::scenario scenario;
  scenario.keys = {{std::string(first_secret), {}}, {std::string(second_secret), {}}};
  sandbox::server upstream(scenario);
  const std::uint16_t port = upstream.listen("127.0.0.1:0", sandbox::transport::plain);
  fake_proxy common(port);
  fake_proxy own(port, speaking(protocol::socks5, login));
  proxy_rig rig(port, [&](proxy::proxy_settings& settings) {
    through(common.url())(settings);
    settings.upstream.host = "127.0.0.1";
  });
  rig.keys().apply(
      {key("first", first_secret), key("second", second_secret, own.url(login_in_url))},
      std::chrono::system_clock::now());
  connection client = rig.connect();
  for (int i = 0; i < 6; ++i) {
    client.send(get("/v1beta/models"));
    BOOST_TEST(read_answer(client).status() == 200);
  }
  BOOST_TEST(common.connections() == 1U);
  BOOST_TEST(own.connections() == 1U);
  BOOST_TEST(upstream.connections_accepted() == 2U);

  // The key's new way holds for its next request; its health and counts stay.
  rig.keys().apply({key("first", first_secret), key("second", second_secret, "direct")},
                   std::chrono::system_clock::now());
  for (int i = 0; i < 4; ++i) {
    client.send(get("/v1beta/models"));
    BOOST_TEST(read_answer(client).status() == 200);
  }
  BOOST_TEST(own.connections() == 1U);
  BOOST_TEST(common.connections() == 1U);
  BOOST_TEST(upstream.connections_accepted() == 3U);
  BOOST_TEST(rig.key_uses() == 10U);
}

BOOST_AUTO_TEST_CASE(where_one_proxy_fails_the_next_key_goes_another_way) {
  sandbox::scenario scenario;
  scenario.keys = {{std::string(first_secret), {}}, {std::string(second_secret), {}}};
  sandbox::server upstream(scenario);
  const std::uint16_t port = upstream.listen("127.0.0.1:0", sandbox::transport::plain);
  fake_proxy refusing(port, lying("HTTP/1.1 407 no\r\n\r\n"));
  // Else all caches would go where the first one was made.
  proxy_rig rig(port, [](proxy::proxy_settings& settings) {
    settings.retry.keep_together = std::chrono::milliseconds(0);
  });
  rig.keys().apply(
      {key("first", first_secret, refusing.url(login_in_url)), key("second", second_secret)},
      std::chrono::system_clock::now());
  constexpr std::size_t requests = 30;
  for (std::size_t i = 0; i < requests; ++i) {
    connection client = rig.connect();
    client.send(post(create_cache, R"({"model": "models/gemini-3.6-flash"})"));
    BOOST_TEST(read_answer(client).status() != 502);
  }
  for (const finished_request& one : rig.finished(requests)) {
    BOOST_TEST(one.attempts <= 2U);
    BOOST_TEST(!shows_credentials(one.text));
  }
  BOOST_TEST(rig.keys_are_healthy());
  // After ten failures it is left alone for a while.
  BOOST_TEST(refusing.connections() >= 10U);
  BOOST_TEST(refusing.connections() <= 12U);
}

BOOST_AUTO_TEST_CASE(a_rejected_key_is_probed_by_its_own_proxy) {
  sandbox::scenario scenario;
  scenario.keys = {{std::string(first_secret), {}}};
  sandbox::server upstream(scenario);
  const std::uint16_t port = upstream.listen("127.0.0.1:0", sandbox::transport::plain);
  fake_proxy own(port);
  proxy_rig rig(port);
  pool::pool_settings soon;
  soon.probe_interval_min = 1ms;
  soon.probe_interval_max = 1ms;
  rig.keys().configure(soon);
  rig.keys().apply({key("first", first_secret, own.url())}, std::chrono::system_clock::now());
  pool::verdict rejected;
  rejected.kind = pool::outcome::key_fault;
  rejected.next = pool::next_step::next_key;
  auto got = rig.keys().acquire({}, std::chrono::system_clock::now());
  rig.keys().settle(std::get<pool::lease>(std::move(got)), rejected, {},
                    std::chrono::system_clock::now());
  BOOST_TEST(!rig.keys_are_healthy());
  BOOST_TEST(comes_true([&] { return rig.keys_are_healthy(); }));
  BOOST_TEST(own.connections() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
