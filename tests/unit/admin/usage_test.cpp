// GET /usage, GET and PUT /prices.
#include "fake_backend.hpp"
#include "usage_text.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace gemkeeper::admin {
namespace {

using namespace std::chrono;
using test::api;

constexpr const char* usage = "/api/v1/usage";
constexpr const char* prices = "/api/v1/prices";

pool::time_point at(year_month_day day, seconds of_day = seconds(0)) {
  return sys_days(day) + of_day;
}

std::string override_of(std::string_view input) {
  return fmt::format(
      R"({{"schema":1,"currency":"USD","sources":{{"mine":{{"url":"x","date":"2026-11-24"}}}},)"
      R"("models":[{{"names":["gemini-2.5-flash"],"prices":[{{"from":"2026-01-01",)"
      R"("sources":["mine"],"standard":{{"input":{},"output":"2.5"}}}}]}}]}})",
      input);
}

BOOST_AUTO_TEST_SUITE(usage_and_prices)

BOOST_AUTO_TEST_CASE(times_are_read_as_rfc_3339_days_or_unix_seconds) {
  const auto noon = at(2026y / 11 / 24, hours(12));
  for (const char* text : {"2026-11-24T12:00:00Z", "2026-11-24T12:00Z", "2026-11-24T12:00:00.999Z",
                           "2026-11-24T12:00:00", "2026-11-24T13:30:00+01:30",
                           "2026-11-24T04:00:00-08:00", "1795521600"}) {
    const auto read = parse_time(text);
    BOOST_REQUIRE_MESSAGE(read.has_value(), text);
    BOOST_TEST((*read == noon), text);
  }
  BOOST_TEST((parse_time("2024-02-29") == at(2024y / 2 / 29)));
  for (const char* text :
       {"", "today", "2026-02-29", "2026-13-01", "2026-11-24T25:00Z", "26-1-1", "2026-11-24 12:00",
        "2026-11-24T12", "2026-11-24T12:00:00+1", "99999999999999", "-1", "2026-11-24x"}) {
    BOOST_TEST(!parse_time(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(a_question_is_read_with_its_defaults) {
  const auto now = at(2026y / 11 / 24);
  const usage_question plain = parse_usage_question("", now);
  BOOST_TEST((plain.to == now && plain.from == now - hours(24)));
  BOOST_TEST((plain.step == seconds(3'600) && plain.group_by.empty()));
  const usage_question full = parse_usage_question(
      "from=2026-01-01T00%3A00%3A00Z&to=2026-02-01&step=month&group_by=key,model&format=csv", now);
  BOOST_TEST((full.from == at(2026y / 1 / 1) && full.to == at(2026y / 2 / 1)));
  BOOST_TEST(!full.step.has_value());
  BOOST_TEST((full.group_by == std::vector{usage_dimension::key, usage_dimension::model}));
  BOOST_TEST((parse_usage_question("step=15m", now).step == minutes(15)));
  BOOST_TEST((parse_usage_question("step=7d", now).step == hours(24 * 7)));
}

BOOST_AUTO_TEST_CASE(a_bad_question_is_400_with_the_field) {
  api one;
  const auto asked = [&](std::string_view query) {
    return one.error("GET", fmt::format("{}?{}", usage, query));
  };
  for (const char* step : {"week", "0m", "-5m", "90s", "1", "m", "367d", "99999999999999999999d"}) {
    BOOST_TEST(asked(fmt::format("step={}", step)) == "400 invalid_field step", step);
  }
  BOOST_TEST(asked("from=yesterday") == "400 invalid_field from");
  BOOST_TEST(asked("to=2026-13-01") == "400 invalid_field to");
  BOOST_TEST(asked("from=2026-02-01&to=2026-01-01") == "400 invalid_field from");
  for (const char* group : {"keys", "key,key", ",", "key,,model"}) {
    BOOST_TEST(asked(fmt::format("group_by={}", group)) == "400 invalid_field group_by", group);
  }
  BOOST_TEST(asked("format=xml") == "400 invalid_field format");
  BOOST_TEST(asked("form=2026-01-01") == "400 unknown_field form");
  one.behind.problem = "more than 100000 rows";
  BOOST_TEST(asked("step=minute") == "400 invalid_field step");
}

BOOST_AUTO_TEST_CASE(lines_bear_what_they_are_grouped_by) {
  api one;
  one.behind.add(test::key_of("secret", "first"));
  usage_line line;
  line.start = at(2026y / 11 / 24);
  line.key = test::id_of("secret").view();
  line.counts.calls = 3;
  line.counts.cost_micros = 1;
  one.behind.series.lines.push_back(line);
  const auto made = one.json("GET", "/api/v1/usage?group_by=key,client");
  const auto& first = made["usage"][0];
  BOOST_TEST(first["key_name"].GetString() == "first");
  BOOST_TEST(first["client"].IsNull());
  BOOST_TEST(!first.HasMember("model"));
  BOOST_TEST(first["calls"].GetUint64() == 3U);
  BOOST_TEST(first["estimated_cost_usd"].GetDouble() == 0.000001);
  const answer csv = one.call("GET", "/api/v1/usage?format=csv");
  BOOST_TEST(csv.type == "text/csv; charset=utf-8");
  BOOST_TEST(csv.body == "start\r\n");
}

BOOST_AUTO_TEST_CASE(prices_are_told_as_exact_decimals_with_source_and_date) {
  api one;
  const auto made = one.json("GET", prices);
  BOOST_TEST(made["overrides"].IsNull());
  BOOST_TEST(made["models"].Size() > 10U);
  bool found = false;
  for (const auto& model : made["models"].GetArray()) {
    BOOST_TEST(!model["overridden"].GetBool());
    if (std::string_view(model["names"][0].GetString()) != "gemini-2.5-flash") continue;
    found = true;
    const auto& period = model["prices"][0];
    BOOST_TEST(period["sources"][0].HasMember("date"));
    BOOST_TEST(period["standard"]["input"]["text"].GetString() == "0.3");
  }
  BOOST_TEST(found);
}

BOOST_AUTO_TEST_CASE(overrides_are_taken_whole_or_refused_with_the_place) {
  api one;
  const auto made = one.json("PUT", prices, override_of("\"0.123456\""));
  BOOST_TEST(made["models"][0]["prices"][0]["standard"]["input"]["audio"].GetString() ==
             "0.123456");
  BOOST_TEST(made["models"][0]["origin"].GetString() == "admin API");
  BOOST_TEST(made["overrides"].IsObject());
  BOOST_TEST(one.error("PUT", prices, override_of("0.1")) ==
             "422 invalid_prices models.0.prices.0.standard.input");
  BOOST_TEST(one.error("PUT", prices, R"({"schema":2})").starts_with("422 invalid_prices schema"));
  BOOST_TEST(one.error("PUT", prices, "{}") == "422 invalid_prices");
  BOOST_TEST(one.error("PUT", prices, "{") == "400 malformed_json");
  BOOST_TEST(one.json("GET", prices)["overrides"].IsObject());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
