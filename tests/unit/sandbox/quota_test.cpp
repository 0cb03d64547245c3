#include "client.hpp"
#include "sandbox/quota_ledger.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>

using namespace gemkeeper::sandbox;
using namespace gemkeeper::sandbox::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::sys_days;
using std::chrono::system_clock;
using namespace std::chrono;

constexpr system_clock::time_point noon = sys_days(2026y / November / 24) + 20h;

spending one_request(std::uint64_t tokens = 1) {
  return {"p", billing_tier::free, "m", quota_family::generate, tokens};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(quotas)

BOOST_AUTO_TEST_CASE(requests_per_minute_are_free_again_a_minute_after_the_first) {
  quota_ledger ledger({{"", "", 2, {}, {}}}, 60s);
  BOOST_TEST(!ledger.admit(one_request(), noon));
  BOOST_TEST(!ledger.admit(one_request(), noon + 10s));
  const auto refusal = ledger.admit(one_request(), noon + 20s);
  BOOST_REQUIRE(refusal.has_value());
  BOOST_TEST(refusal->violations.at(0).id ==
             "GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
  BOOST_TEST(refusal->violations.at(0).limit == 2U);
  BOOST_TEST((refusal->retry_delay == 40s));
  BOOST_TEST(!ledger.admit(one_request(), noon + 60s));
}

BOOST_AUTO_TEST_CASE(each_project_and_model_has_counters_of_its_own) {
  quota_ledger ledger({{"", "", 1, {}, {}}}, 60s);
  spending other_model = one_request();
  other_model.model = "n";
  spending other_project = one_request();
  other_project.project = "q";
  BOOST_TEST(!ledger.admit(one_request(), noon));
  BOOST_TEST(!ledger.admit(other_model, noon));
  BOOST_TEST(!ledger.admit(other_project, noon));
  BOOST_TEST(ledger.admit(one_request(), noon).has_value());
}

BOOST_AUTO_TEST_CASE(a_request_that_no_minute_can_hold_is_refused_with_one_second_for_ever) {
  quota_ledger ledger({{"", "", {}, 100, {}}}, 60s);
  for (const auto when : {noon, noon + 60s, noon + 1h}) {
    const auto refusal = ledger.admit(one_request(101), when);
    BOOST_REQUIRE(refusal.has_value());
    BOOST_TEST((refusal->retry_delay == 1s));
  }
  BOOST_TEST(!ledger.admit(one_request(60), noon + 2h));
  BOOST_TEST((ledger.admit(one_request(60), noon + 2h)->retry_delay == 60s));
}

BOOST_AUTO_TEST_CASE(requests_per_day_are_free_again_at_midnight_in_california) {
  quota_ledger ledger({{"", "", {}, {}, 1}}, 60s);
  const system_clock::time_point midnight = sys_days(2026y / November / 25) + 8h;
  BOOST_TEST(!ledger.admit(one_request(), noon));
  const auto refusal = ledger.admit(one_request(), midnight - 1s);
  BOOST_REQUIRE(refusal.has_value());
  BOOST_TEST(refusal->violations.at(0).id == "GenerateRequestsPerDayPerProjectPerModel-FreeTier");
  BOOST_TEST((refusal->retry_delay == 18s));  // misleading, as Google's is
  BOOST_TEST(!ledger.admit(one_request(), midnight));
}

BOOST_AUTO_TEST_CASE(the_day_in_california_follows_summer_time) {
  struct {
    system_clock::time_point when;
    local_days day;
  } const cases[] = {
      {sys_days(2026y / July / 2) + 6h + 59min, local_days(2026y / July / 1)},
      {sys_days(2026y / July / 2) + 7h, local_days(2026y / July / 2)},
      {sys_days(2026y / March / 8) + 8h, local_days(2026y / March / 8)},
      {sys_days(2026y / March / 9) + 7h, local_days(2026y / March / 9)},
      {sys_days(2026y / November / 1) + 7h, local_days(2026y / November / 1)},
      {sys_days(2026y / November / 2) + 7h, local_days(2026y / November / 1)},
      {sys_days(2026y / November / 2) + 8h, local_days(2026y / November / 2)},
  };
  for (const auto& [when, day] : cases)
    BOOST_TEST((pacific_day(when) == day));
}

BOOST_AUTO_TEST_CASE(the_ids_follow_tier_and_method) {
  quota_ledger ledger({{"", "", 0, 0, 0}}, 60s);
  spending what = one_request();
  what.tier = billing_tier::paid;
  auto refusal = ledger.admit(what, noon);
  BOOST_TEST(refusal->violations.at(0).id == "GenerateContentPaidTierInputTokensPerModelPerMinute");
  BOOST_TEST(refusal->violations.at(1).id == "GenerateRequestsPerMinutePerProjectPerModel");
  BOOST_TEST(refusal->violations.at(2).id == "GenerateRequestsPerDayPerProjectPerModel");
  what.tier = billing_tier::free;
  what.family = quota_family::embed;
  refusal = ledger.admit(what, noon);
  BOOST_TEST(refusal->violations.at(0).id ==
             "EmbedContentRequestsPerMinutePerProjectPerModel-FreeTier");
}

BOOST_AUTO_TEST_CASE(keys_of_one_project_share_its_quota) {
  scenario what;
  what.keys = {{"a", "shared"}, {"b", "shared"}, {"c", "own"}};
  what.quotas = {{"", "gemini-3.6-flash", 1, {}, {}}};
  std::atomic<system_clock::time_point> clock = noon;
  server_settings settings;
  settings.now = [&clock] { return clock.load(); };
  server sandbox(what, settings);
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  const auto ask = [&](const std::string& key) {
    return connection.post(generate_target, say("hi"), {{"x-goog-api-key", key}});
  };
  BOOST_TEST(ask("a").result_int() == 200);
  BOOST_TEST(ask("c").result_int() == 200);
  clock = noon + 12s;
  const response refused = ask("b");
  BOOST_TEST(refused.result_int() == 429);
  BOOST_TEST(refused.body().find(R"("retryDelay": "48s")") != std::string::npos);
  BOOST_TEST(refused.body().find("limit: 1, model: gemini-3.6-flash\\nPlease retry in 48s.") !=
             std::string::npos);
  clock = noon + 60s;
  BOOST_TEST(ask("b").result_int() == 200);
}

BOOST_AUTO_TEST_SUITE_END()
