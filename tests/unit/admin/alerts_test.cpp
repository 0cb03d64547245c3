#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>

namespace gemkeeper::admin {
namespace {

using test::api;

struct with_alerts : api {
  with_alerts() {
    alert one;
    one.id = 2;
    one.kind = "key_quarantined";
    one.subject = "0123456789ab";
    one.message = "a key is set aside";
    behind.raised.alerts.push_back(one);
    one.id = 1;
    one.kind = "pool_low";
    one.resolved = alert::time_point(std::chrono::hours(3));
    behind.raised.alerts.push_back(one);
    behind.raised.raised = {{{"key_quarantined", severity::warning}, 4},
                            {{"pool_low", severity::warning}, 9}};
    behind.raised.webhook.delivered = 5;
  }
  std::size_t listed(std::string_view query) {
    return json("GET", "/api/v1/alerts" + std::string(query))["alerts"].Size();
  }
};

BOOST_FIXTURE_TEST_SUITE(alert_calls, with_alerts)

BOOST_AUTO_TEST_CASE(alerts_are_listed_by_state) {
  BOOST_TEST(listed("") == 2U);
  BOOST_TEST(listed("?state=all") == 2U);
  BOOST_TEST(listed("?state=active") == 1U);
  const auto gone = json("GET", "/api/v1/alerts?state=resolved");
  BOOST_REQUIRE(gone["alerts"].Size() == 1U);
  BOOST_TEST(gone["alerts"][0]["kind"].GetString() == "pool_low");
  BOOST_TEST(gone["alerts"][0]["resolved"].GetString() == "1970-01-01T03:00:00.000Z");
  BOOST_TEST(gone["webhook"]["delivered"].GetUint64() == 5U);
  BOOST_TEST(error("GET", "/api/v1/alerts?state=red") == "400 invalid_field state");
}

BOOST_AUTO_TEST_CASE(credits_show_those_that_stand) {
  const auto said = json("GET", "/api/v1/credits");
  BOOST_REQUIRE(said["alerts"].Size() == 1U);
  BOOST_TEST(said["alerts"][0]["message"].GetString() == "a key is set aside");
}

BOOST_AUTO_TEST_CASE(metrics_count_what_stands_and_what_was_raised) {
  const std::string text = call("GET", "/metrics").body;
  for (const char* line : {R"(gemkeeper_alerts{kind="key_quarantined",severity="warning"} 1)",
                           R"(gemkeeper_alerts{kind="pool_low",severity="warning"} 0)",
                           R"(gemkeeper_alerts_total{kind="pool_low",severity="warning"} 9)",
                           R"(gemkeeper_alert_deliveries_total{result="delivered"} 5)"}) {
    BOOST_TEST((text.find(std::string(line) + "\n") != text.npos), line);
  }
}

BOOST_AUTO_TEST_CASE(a_test_tells_what_the_receiver_said) {
  BOOST_TEST(error("POST", "/api/v1/alerts/test") == "409 no_webhook");
  BOOST_TEST(error("POST", "/api/v1/alerts/test", R"({"x":1})") == "422 unknown_field x");
  behind.receiver = {true, 503, "the receiver answered 503", "busy"};
  auto said = json("POST", "/api/v1/alerts/test");
  BOOST_TEST(!said["delivered"].GetBool());
  BOOST_TEST(said["status"].GetInt() == 503);
  BOOST_TEST(said["answer"].GetString() == "busy");
  behind.receiver = {true, 0, "no answer in time", ""};
  BOOST_TEST(json("POST", "/api/v1/alerts/test")["status"].IsNull());
  behind.receiver = {true, 204, "", ""};
  BOOST_TEST(json("POST", "/api/v1/alerts/test")["delivered"].GetBool());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
