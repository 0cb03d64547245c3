// What is wrong with an upstream proxy is told, costs no key its health, leaves nothing open and
// shows no credentials.
#include "support/message.hpp"
#include "support/raw_upstream.hpp"
#include "upstream_proxies.hpp"
#include <gemkeeper/proxy/online_check.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace gemkeeper;
using namespace gemkeeper::test;
using namespace std::string_literals;

namespace {

std::size_t descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(upstream_proxy_faults)

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
