// Alerts of a gemkeeper that runs, as its log, its API and a webhook's receiver see them.
#include "../support/webhook_receiver.hpp"
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <csignal>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

constexpr std::string_view webhook_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view secret_path = "/hook-that-nobody-may-see";

struct alerts_fixture : admin_fixture {
  ~alerts_fixture() {
    for (const std::string_view secret : {webhook_secret.substr(6), secret_path}) {
      BOOST_TEST(!mentions(shown, secret), shown);
    }
  }
  child& serve_for(const webhook_receiver& to, std::string_view key) {
    child& started =
        serve_with(key, fmt::format("[alerts]\nwebhook_url = \"{}\"\nwebhook_secret = \"{}\"\n",
                                    to.url(secret_path), webhook_secret));
    programs.push_back(&started);
    return started;
  }
  int stop() {
    program->send_signal(SIGTERM);
    const int status = program->wait();
    shown += program->out() + program->err();
    return status;
  }
  std::string told(std::string_view target) {
    std::string answer = get(target);
    shown += answer;
    return answer;
  }

  std::string shown;
  std::vector<child*> programs;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(alerts, alerts_fixture)

BOOST_AUTO_TEST_CASE(a_rejected_key_is_told_everywhere) {
  webhook_receiver to({204});
  sandbox::scenario what;
  what.keys.push_back({secret_key("beta"), "beta"});
  upstream.set_scenario(what);
  serve_for(to, "alpha");
  call(*program);
  const std::string line = program->wait_for_line(R"("kind":"key_quarantined")");
  BOOST_TEST(mentions(line, R"("event":"alert")"), line);
  BOOST_TEST(mentions(line, "API_KEY_INVALID"), line);
  const auto got = to.wait_for(2);
  BOOST_REQUIRE(got.size() == 2U);
  const std::string both = got[0].body + got[1].body;
  BOOST_TEST(mentions(both, R"("kind":"key_quarantined")"), both);
  BOOST_TEST(mentions(both, R"("kind":"pool_empty")"), both);
  BOOST_TEST(mentions(both, R"("type":"alert.raised")"), both);
  BOOST_TEST(!mentions(both, secret_key("alpha")));
  expect(told("/api/v1/alerts?state=active"), 200, "API_KEY_INVALID");
  expect(told("/api/v1/credits"), 200, R"("kind":"pool_empty")");
  expect(told("/metrics"), 200, R"(gemkeeper_alerts{kind="pool_empty",severity="critical"} 1)");
  told("/api/v1/config");
  const std::string file = files.path("gemkeeper.toml").native();
  child& checked = start({"check", "--config", file});
  BOOST_TEST(checked.wait() == 0, checked.err());
  shown += checked.out() + checked.err();
  BOOST_TEST(mentions(checked.out(), "webhook_url = \"(hidden)\""), checked.out());
  BOOST_TEST(stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_restart_sends_nothing_again_that_still_stands) {
  webhook_receiver to({204});
  serve_for(to, {});
  BOOST_REQUIRE(to.wait_for(1).size() == 1U);
  const std::string before = field_of(told("/api/v1/alerts"), "id");
  BOOST_TEST(!before.empty());
  stop();
  serve_for(to, {});
  BOOST_TEST(field_of(told("/api/v1/alerts"), "id") == before);
  expect(post("/api/v1/alerts/test", "{}"), 200, R"("delivered":true)");
  stop();
  const auto got = to.all();
  BOOST_REQUIRE(got.size() == 2U);
  BOOST_TEST(mentions(got[1].body, "alert.test"), got[1].body);
}

BOOST_AUTO_TEST_CASE(the_end_waits_for_no_receiver_and_what_is_owed_is_sent_after_it) {
  webhook_receiver to({0, 204});
  serve_for(to, {});
  BOOST_REQUIRE(to.wait_for(1).size() == 1U);
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(stop() == 0);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
  serve_for(to, {});
  const auto got = to.wait_for(2);
  BOOST_REQUIRE(got.size() == 2U);
  BOOST_TEST(got[0].body == got[1].body);
  BOOST_TEST(got[0].field("webhook-id") == got[1].field("webhook-id"));
  stop();
}

BOOST_AUTO_TEST_CASE(a_place_that_google_does_not_serve_is_told_once) {
  sandbox::scenario what;
  what.keys.push_back({secret_key("alpha"), "alpha"});
  sandbox::fault refused;
  refused.name = "location";
  what.faults.push_back(refused);
  upstream.set_scenario(what);
  serve_with("alpha");
  for (int i = 0; i < 3; ++i)
    call(*program);
  const std::string line = program->wait_for_line(R"("kind":"location_refused")");
  BOOST_TEST(mentions(line, "upstream.proxy"), line);
  expect(get("/api/v1/alerts"), 200, R"("kind":"location_refused")");
}

BOOST_AUTO_TEST_CASE(a_test_without_a_webhook_says_what_to_set) {
  serve_with("alpha");
  expect(post("/api/v1/alerts/test", "{}"), 409, "alerts.webhook_url");
}

BOOST_AUTO_TEST_SUITE_END()
