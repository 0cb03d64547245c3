// Upstream proxies as an operator meets them: `gemkeeper check --online` names what does not work,
// requests pass, a reload gives a key another way, and no password shows.
#include "fixture.hpp"
#include "support/fake_proxy.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <csignal>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

constexpr std::string_view login = "egress-user:egress-pass";

struct proxy_fixture : process_fixture {
  proxy_fixture() {
    files.write("keys/alpha", secret_key("alpha"));
    files.write("keys/beta", secret_key("beta"));
  }

  // Two keys, each with what is given for it.
  static std::string two_keys(std::string_view alpha, std::string_view beta) {
    return fmt::format(
        "[[keys]]\nname = \"alpha\"\nfile = \"keys/alpha\"\n{}\n"
        "[[keys]]\nname = \"beta\"\nfile = \"keys/beta\"\n{}\n",
        alpha, beta);
  }

  child& check(std::string_view toml, const std::vector<std::string>& more = {"--online"}) {
    std::vector<std::string> arguments{"check", "--config",
                                       files.write("gemkeeper.toml", configuration(toml)).native()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    child& program = start(std::move(arguments));
    program.wait();
    expect_no_password(program);
    return program;
  }

  static void expect_no_password(const child& program) {
    for (const std::string& text : {program.out(), program.err()}) {
      BOOST_TEST(!mentions(text, "egress-user"), text);
      BOOST_TEST(!mentions(text, "egress-pass"), text);
    }
  }

  [[nodiscard]] fake_proxy::manners wanting_login(fake_proxy::protocol speaks) const {
    fake_proxy::manners how;
    how.speaks = speaks;
    how.login = login;
    return how;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(online_check, proxy_fixture)

BOOST_AUTO_TEST_CASE(every_route_and_key_that_works_is_told) {
  fake_proxy socks(upstream.port(), wanting_login(fake_proxy::protocol::socks5));
  child& program = check(two_keys("", fmt::format("proxy = \"{}\"", socks.url(login))));
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(program.out() == fmt::format("route direct: ok\n"
                                          "route {0} (proxy in [[keys]]): ok\n"
                                          "key \"alpha\" AIza…-4zQ by direct: ok\n"
                                          "key \"beta\" AIza…-4zQ by {0}: ok\n",
                                          socks.url()));
  BOOST_TEST(upstream.requests().size() == 2U);
  for (const sandbox::recorded_request& request : upstream.requests())
    BOOST_TEST(request.target == "/v1beta/models?pageSize=1");
}

BOOST_AUTO_TEST_CASE(a_broken_proxy_is_named_with_the_setting_to_look_at) {
  fake_proxy http(upstream.port(), wanting_login(fake_proxy::protocol::http));
  child& broken = check(two_keys("proxy = \"direct\"", ""),
                        {"--online", "--set", "upstream.proxy=" + http.url()});
  BOOST_TEST(broken.wait() == 1);
  BOOST_TEST(
      mentions(broken.out(),
               fmt::format("route {0} (upstream.proxy): FAILED: upstream proxy {0}: it demands "
                           "credentials (407); check upstream.proxy\n",
                           http.url())),
      broken.out());
  BOOST_TEST(mentions(broken.out(), "key \"alpha\" AIza…-4zQ by direct: ok\n"), broken.out());
  BOOST_TEST(mentions(broken.out(), "FAILED: not tried: its route does not work\n"), broken.out());
}

BOOST_AUTO_TEST_CASE(a_configuration_that_is_wrong_is_not_tried) {
  child& program = check(two_keys("", "proxy = \"ftp://egress-user:egress-pass@proxy\""));
  BOOST_TEST(program.wait() == 2);
  BOOST_TEST(mentions(program.err(), "keys.2.proxy: must start with"), program.err());
  BOOST_TEST(upstream.connections_accepted() == 0U);
}

BOOST_AUTO_TEST_CASE(keys_and_upstreams_that_do_not_work_are_named) {
  sandbox::scenario only_beta;
  only_beta.keys = {{secret_key("beta"), {}}};
  upstream.set_scenario(only_beta);
  child& program = check(two_keys("", ""));
  BOOST_TEST(program.wait() == 1);
  BOOST_TEST(mentions(program.out(),
                      "key \"alpha\" AIza…-4zQ by direct: FAILED: Google rejects it "
                      "(API_KEY_INVALID); replace it\n"),
             program.out());
  BOOST_TEST(mentions(program.out(), "key \"beta\" AIza…-4zQ by direct: ok\n"), program.out());

  child& nowhere =
      check(two_keys("", ""), {"--online", "--set", "upstream.base_url=http://127.0.0.1:1"});
  BOOST_TEST(nowhere.wait() == 1);
  BOOST_TEST(mentions(nowhere.out(), "route direct: FAILED: 127.0.0.1: connect: "), nowhere.out());
  BOOST_TEST(mentions(nowhere.out(), "check upstream.base_url"), nowhere.out());

  child& untrusted = check(two_keys("", ""), {"--online", "--set", "upstream.ca_file="});
  BOOST_TEST(untrusted.wait() == 1);
  BOOST_TEST(mentions(untrusted.out(), "; check upstream.ca_file"), untrusted.out());
}

BOOST_AUTO_TEST_CASE(json_says_the_same) {
  fake_proxy http(upstream.port(), wanting_login(fake_proxy::protocol::http));
  child& program = check(two_keys("", fmt::format("proxy = \"{}\"", http.url("egress-user:wrong"))),
                         {"--online", "--json"});
  BOOST_TEST(program.wait() == 1);
  rapidjson::Document json;
  json.Parse(program.out().c_str());
  BOOST_REQUIRE(!json.HasParseError());
  BOOST_TEST(!json["works"].GetBool());
  BOOST_TEST(json["routes"][0]["works"].GetBool());
  BOOST_TEST(json["routes"][1]["route"].GetString() == http.url());
  BOOST_TEST(
      mentions(json["routes"][1]["problem"].GetString(), "it rejects the credentials (407)"));
  BOOST_TEST(json["keys"][0]["works"].GetBool());
  BOOST_TEST(json["keys"][1]["name"].GetString() == "beta");
  BOOST_TEST(!json["keys"][1]["works"].GetBool());
}

BOOST_AUTO_TEST_CASE(requests_leave_by_proxies_that_a_reload_changes_and_no_log_shows_a_password) {
  fake_proxy http(upstream.port(), wanting_login(fake_proxy::protocol::http));
  fake_proxy socks(upstream.port(), wanting_login(fake_proxy::protocol::socks5));
  const auto proxy = [](const std::string& url) { return "proxy = \"" + url + "\""; };
  child& program = serve("[log]\nlevel = \"debug\"\nformat = \"json\"\n" +
                         two_keys(proxy(http.url(login)), proxy(http.url("egress-user:wrong"))));
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(call(program).result_int() == 200);
  BOOST_TEST(field_of(program.wait_for_line(R"("event":"route_failing")"), "problem") ==
             fmt::format("upstream proxy {}: it rejects the credentials (407); check proxy in "
                         "[[keys]]",
                         http.url()));
  BOOST_TEST(keys_used().size() == 3U);
  for (const std::string& name : keys_used())
    BOOST_TEST(name == "alpha");

  files.write("gemkeeper.toml", configuration("[log]\nlevel = \"debug\"\nformat = \"json\"\n" +
                                              two_keys(proxy(socks.url(login)), "")));
  program.wait_for_line(R"("event":"reloaded")");
  const std::size_t before = http.connections();
  upstream.reset();
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(call(program).result_int() == 200);
  BOOST_TEST(keys_used().size() == 4U);
  BOOST_TEST(http.connections() == before);
  BOOST_TEST(socks.connections() == 1U);
  program.send_signal(SIGTERM);
  BOOST_TEST(program.wait() == 0);
  expect_no_password(program);
}

BOOST_AUTO_TEST_SUITE_END()
