// Requests that leave by an upstream proxy: they pass as if there were none, and what is wrong with
// the proxy costs no key its health and shows no credentials.
#include "support/fake_proxy.hpp"
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"
#include <gemkeeper/proxy/online_check.hpp>
#include <gemkeeper/sandbox/server.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::test;
using namespace std::chrono_literals;
using namespace std::string_literals;
using protocol = fake_proxy::protocol;

namespace {

constexpr std::string_view login = "egress-user:egress-pass@word";
constexpr std::string_view login_in_url = "egress-user:egress-pass%40word";

const sandbox::tls_identity& identity() {
  static const sandbox::tls_identity made = sandbox::make_identity();
  return made;
}
const ca_file& trusted() {
  static const ca_file made(identity().authority);
  return made;
}

fake_proxy::manners speaking(protocol what, std::string_view wanted_login = {},
                             const sandbox::tls_identity* tls = nullptr) {
  fake_proxy::manners how;
  how.speaks = what;
  how.login = wanted_login;
  how.identity = tls;
  return how;
}
fake_proxy::manners lying(std::string lie, protocol what = protocol::http) {
  fake_proxy::manners how;
  how.speaks = what;
  how.lie = std::move(lie);
  return how;
}

// To an upstream of a name that exists nowhere but behind the proxy.
proxy_rig::adjustment through(std::string url, bool tls = false) {
  return [url = std::move(url), tls](proxy::proxy_settings& settings) {
    settings.upstream.proxy = url;
    settings.upstream.proxy_ca_file = trusted().path();
    settings.upstream.host = tls ? "generativelanguage.googleapis.com" : "gemini.invalid";
    settings.upstream.tls = tls;
    if (tls) settings.upstream.ca_file = trusted().path();
  };
}

bool shows_credentials(std::string_view text) {
  return text.find("egress-user") != text.npos || text.find("egress-pass") != text.npos;
}

std::size_t descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// What ends a connection comes a moment after its reason.
bool comes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

pool::key_spec key(std::string_view name, std::string_view secret, std::string proxy = {}) {
  pool::key_spec made;
  made.name = name;
  made.secret = secret;
  made.proxy = std::move(proxy);
  return made;
}

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

struct broken {
  std::string name;
  fake_proxy::manners how;
  std::string says;       // in the answer to the client
  std::string user = {};  // as in a URL
};

BOOST_AUTO_TEST_CASE(a_broken_proxy_is_502_that_says_what_is_wrong_and_no_key_suffers) {
  const std::string ask_login = "HTTP/1.1 407 egress-pass\r\nContent-Length: 0\r\n\r\n";
  const std::string me(login_in_url);
  const broken cases[] = {
      {"demands a login", speaking(protocol::http, login), "it demands credentials (407)"},
      {"rejects the login", speaking(protocol::http, "egress-user:other"),
       "it rejects the credentials (407)", me},
      {"asks again and again", lying(ask_login), "it rejects the credentials (407)", me},
      {"refuses", lying("HTTP/1.1 403 Forbidden\r\n\r\n"), "does not allow the connection (403)"},
      {"sends a body", lying("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
       "it sends bytes of its own"},
      {"speaks no HTTP", lying("220 mail.example ESMTP\r\n\r\n"), "is not HTTP/1.1"},
      {"sends half a head", lying("HTTP/1.1 200 OK\r\nVia:"), "closed the connection"},
      {"says nothing and closes", lying("\0"s), "closed the connection"},
      {"demands a SOCKS login", speaking(protocol::socks5, login), "it demands credentials"},
      {"rejects the SOCKS login", speaking(protocol::socks5, "egress-user:other"),
       "it rejects the credentials", me},
      {"speaks SOCKS4", lying("\0\x5a\0\0\0\0\0\0"s.replace(0, 1, "\4"), protocol::socks5),
       "does not speak SOCKS5"},
      {"chooses a method of its own", lying("\5\2", protocol::socks5), "was not offered"},
      {"sends half a method", lying("\5", protocol::socks5), "closed the connection"},
      {"refuses by SOCKS", lying("\5\0\5\5\0\1\0\0\0\0\0\0"s, protocol::socks5),
       "the upstream refuses its connection"},
      {"sends half a reply", lying("\5\0\5\0\0\1\x7f"s, protocol::socks5), "closed the connection"},
  };
  for (const broken& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      raw_upstream upstream;
      fake_proxy proxy(upstream.port(), c.how);
      proxy_rig rig(upstream.port(), through(proxy.url(c.user)));
      const std::size_t before = descriptors();
      {
        connection client = rig.connect();
        client.send(post(generate, "{}"));
        const message got = read_answer(client);
        BOOST_TEST(got.status() == 502);
        const std::string start =
            "gemini.invalid cannot be reached: upstream proxy " + proxy.url() + ": ";
        BOOST_TEST(got.body.find(start) != std::string::npos, got.body);
        BOOST_TEST(got.body.find(c.says) != std::string::npos, got.body);
        BOOST_TEST(got.body.find("; check upstream.proxy") != std::string::npos, got.body);
        BOOST_TEST(got.body.find("\"UPSTREAM_PROXY_FAILED\"") != std::string::npos, got.body);
        BOOST_TEST(!shows_credentials(got.body));
      }
      const finished_request seen = rig.finished(1).front();
      BOOST_TEST(seen.reason == "UPSTREAM_PROXY_FAILED");
      BOOST_TEST(!shows_credentials(seen.text));
      BOOST_TEST(rig.keys_are_healthy());
      BOOST_TEST(!upstream.has_visitor());
      BOOST_TEST(comes_true([&] { return proxy.open() == 0; }));
      BOOST_TEST(comes_true([&] { return descriptors() <= before; }));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_proxy_that_never_answers_is_given_up_in_time) {
  for (const protocol speaks : {protocol::http, protocol::socks5}) {
    raw_upstream upstream;
    fake_proxy::manners silent = lying("\0"s, speaks);
    silent.then_close = false;
    fake_proxy proxy(upstream.port(), silent);
    proxy_rig rig(upstream.port(), [&](proxy::proxy_settings& settings) {
      through(proxy.url())(settings);
      settings.upstream.tls_timeout = 100ms;
    });
    connection client = rig.connect();
    client.send(post(generate, "{}"));
    const message got = read_answer(client);
    BOOST_TEST(got.status() == 502);
    BOOST_TEST(got.body.find("it does not answer in time") != std::string::npos, got.body);
    BOOST_TEST(rig.keys_are_healthy());
    BOOST_TEST(comes_true([&] { return proxy.open() == 0; }));
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_the_handshake_with_the_proxy) {
  raw_upstream upstream;
  fake_proxy::manners silent = lying("\0"s);
  silent.then_close = false;
  fake_proxy proxy(upstream.port(), silent);
  proxy_rig rig(upstream.port(), through(proxy.url()));
  connection client = rig.connect();
  client.send(post(generate, "{}"));
  BOOST_TEST(comes_true([&] { return !proxy.asked().empty(); }));
  client.reset();
  BOOST_TEST(rig.finished(1).front().cancelled);
  BOOST_TEST(comes_true([&] { return proxy.open() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_down_or_cannot_prove_its_name_is_told) {
  raw_upstream upstream;
  {
    raw_upstream nobody;
    const std::uint16_t port = nobody.port();
    nobody.stop_listening();
    proxy_rig rig(upstream.port(),
                  through("http://egress-user:egress-pass@127.0.0.1:" + std::to_string(port)));
    connection client = rig.connect();
    client.send(post(generate, "{}"));
    const message got = read_answer(client);
    BOOST_TEST(got.status() == 502);
    BOOST_TEST(got.body.find("onnection refused; check upstream.proxy") != std::string::npos,
               got.body);
    BOOST_TEST(!shows_credentials(got.body));
    BOOST_TEST(rig.keys_are_healthy());
  }
  const sandbox::tls_identity stranger = sandbox::make_identity();
  fake_proxy proxy(upstream.port(), speaking(protocol::http, login, &stranger));
  proxy_rig rig(upstream.port(), through(proxy.url(login_in_url)));
  connection client = rig.connect();
  client.send(post(generate, "{}"));
  const message got = read_answer(client);
  BOOST_TEST(got.status() == 502);
  BOOST_TEST(got.body.find("certificate") != std::string::npos, got.body);
  BOOST_TEST(got.body.find("upstream.proxy_ca_file") != std::string::npos, got.body);
  BOOST_TEST(proxy.heard().empty());  // who cannot prove its name gets no password
}

BOOST_AUTO_TEST_CASE(an_upstream_behind_a_proxy_must_prove_its_name_too) {
  raw_upstream upstream(sandbox::make_identity());
  for (const sandbox::tls_identity* tls :
       {static_cast<const sandbox::tls_identity*>(nullptr), &identity()}) {
    // Its handshake fails on this side; it is the one that listens here.
    fake_proxy proxy(upstream.port(), speaking(protocol::http, {}, tls));
    proxy_rig rig(upstream.port(), through(proxy.url(), true));
    connection client = rig.connect();
    client.send(post(generate, "{}"));
    for (int i = 0; i < 3; ++i)
      BOOST_CHECK_THROW(upstream.accept(), wire_error);
    const message got = read_answer(client);
    BOOST_TEST(got.status() == 502);
    BOOST_TEST(got.body.find("certificate") != std::string::npos, got.body);
    BOOST_TEST(got.body.find("(through the upstream proxy " + proxy.url()) != std::string::npos,
               got.body);
    BOOST_TEST(rig.finished(1).front().reason == "UPSTREAM_UNREACHABLE");
    BOOST_TEST(rig.keys_are_healthy());
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
  proxy_rig rig(port);
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

BOOST_AUTO_TEST_CASE(no_more_than_the_allowed_attempts_are_spent_on_keys_of_a_broken_proxy) {
  raw_upstream upstream;
  fake_proxy refusing(upstream.port(), lying("HTTP/1.1 403 no\r\n\r\n"));
  proxy_rig rig(upstream.port());
  rig.keys().apply({key("first", first_secret, refusing.url("a:b")),
                    key("second", second_secret, refusing.url("c:d"))},
                   std::chrono::system_clock::now());
  connection client = rig.connect();
  client.send(post(generate, "{}"));
  const message got = read_answer(client);
  BOOST_TEST(got.status() == 502);
  BOOST_TEST(got.body.find("check proxy in [[keys]]") != std::string::npos, got.body);
  BOOST_TEST(refusing.connections() == 2U);
  BOOST_TEST(rig.keys_are_healthy());
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

BOOST_AUTO_TEST_CASE(a_check_of_all_routes_and_keys_ends_in_time) {
  raw_upstream upstream;  // accepts, and never answers
  fake_proxy::manners silent = lying("\0"s);
  silent.then_close = false;
  fake_proxy mute(upstream.port(), silent);
  proxy::upstream_settings settings;
  settings.tls = false;
  settings.host = "127.0.0.1";
  settings.port = upstream.port();
  std::vector<pool::key_spec> keys;
  for (int i = 0; i < 20; ++i) {
    keys.push_back(key("key " + std::to_string(i), first_secret,
                       i % 2 == 0 ? mute.url(login_in_url) : std::string()));
  }
  proxy::online_limits limits;
  limits.all = 1s;
  const auto before = std::chrono::steady_clock::now();
  const proxy::online_report report = proxy::check_online(settings, keys, limits);
  BOOST_TEST((std::chrono::steady_clock::now() - before < 10s));
  BOOST_TEST(!report.all_work());
  BOOST_REQUIRE(report.routes.size() == 2U);
  BOOST_TEST(report.keys.size() == 20U);
  for (const proxy::checked_route& route : report.routes) {
    BOOST_TEST(!shows_credentials(route.label + route.problem));
    if (route.label == mute.url()) {
      BOOST_TEST(route.problem.find("it does not answer in time") != std::string::npos,
                 route.problem);
    }
  }
  for (const proxy::checked_key& one : report.keys)
    BOOST_TEST(!one.works);
  BOOST_TEST(comes_true([&] { return mute.open() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_wrong_setting_stops_the_start) {
  BOOST_CHECK_EXCEPTION(proxy_rig(1, through("ftp://egress-user:egress-pass@proxy")),
                        std::runtime_error, [](const std::runtime_error& e) {
                          const std::string_view what = e.what();
                          return what.starts_with("upstream.proxy: must start") &&
                                 !shows_credentials(what);
                        });
}

BOOST_AUTO_TEST_SUITE_END()
