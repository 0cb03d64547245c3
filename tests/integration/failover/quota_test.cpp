// 429 with a QuotaFailure: the project's model cools, and another project serves.
#include "expect.hpp"

#include <array>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

constexpr const char* per_minute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
constexpr const char* per_day = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
constexpr const char* tokens_per_minute = "GenerateContentInputTokensPerModelPerMinute-FreeTier";

rig_setup two_used_up_projects_and_a_good_one(std::string_view fault) {
  rig_setup s;
  s.keys = {key("bad-1"), key("bad-2"), key("good")};
  s.faults = {fault_of("bad-1", fault), fault_of("bad-2", fault)};
  return s;
}

// Midnight in Los Angeles is 7:00 or 8:00 UTC.
bool is_midnight_in_los_angeles(pool::time_point t) {
  const auto time_of_day = t - std::chrono::floor<std::chrono::days>(t);
  return time_of_day == 7h || time_of_day == 8h;
}

bool within_a_day(pool::time_point t) {
  const auto now = std::chrono::system_clock::now();
  return now < t && t <= now + 25h;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(quota)

BOOST_AUTO_TEST_CASE(a_minute_quota_cools_for_as_long_as_google_says) {
  struct row {
    std::string_view fault;
    const char* quota_id;
    pool::duration told;
  };
  for (const row& expected :
       {row{"quota_minute", per_minute, 47'618ms},
        row{"quota_minute_tokens", tokens_per_minute, 33'250ms},
        row{"quota_old_text", "GenerateContentRequestsPerMinutePerProjectPerRegion", 60s}}) {
    for (const api_call& call : all_calls) {
      BOOST_TEST_CONTEXT(expected.fault << ", " << call.name) {
        rig r(two_used_up_projects_and_a_good_one(expected.fault));
        const stopwatch since;
        expect_success(r, r.call(call));
        expect_tried(r, {"bad-1", "bad-2", "good"});
        for (const std::string_view name : {"bad-1", "bad-2"}) {
          const pool::key_view bad = r.key_state(name);
          BOOST_TEST(bad.state == key_state::cooling);
          BOOST_REQUIRE(bad.cool_downs.size() == 1U);
          BOOST_TEST(bad.cool_downs[0].model.value == model);
          BOOST_TEST(bad.cool_downs[0].quota_id == expected.quota_id);
          BOOST_TEST(since.in(expected.told).holds(bad.cool_downs[0].until));
        }
        BOOST_TEST(r.key_state("good").state == key_state::healthy);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_daily_quota_cools_until_midnight_in_los_angeles_whatever_the_delay_says) {
  for (const api_call& call : all_calls) {
    BOOST_TEST_CONTEXT(call.name) {
      rig_setup s = two_used_up_projects_and_a_good_one("quota_day");
      for (sandbox::fault& f : s.faults)
        f.retry_delay = 5s;
      rig r(std::move(s));
      expect_success(r, r.call(call));
      expect_tried(r, {"bad-1", "bad-2", "good"});
      const pool::key_view bad = r.key_state("bad-1");
      BOOST_TEST(bad.state == key_state::cooling);
      BOOST_REQUIRE(bad.cool_downs.size() == 1U);
      BOOST_TEST(bad.cool_downs[0].quota_id == per_day);
      BOOST_TEST(is_midnight_in_los_angeles(bad.cool_downs[0].until));
      BOOST_TEST(within_a_day(bad.cool_downs[0].until));
    }
  }
}

BOOST_AUTO_TEST_CASE(of_several_violations_the_latest_end_wins) {
  rig r(two_used_up_projects_and_a_good_one("quota_minute_and_day"));
  expect_success(r, r.call(generate));
  const pool::key_view bad = r.key_state("bad-1");
  BOOST_TEST(bad.cool_downs.size() == 3U);
  const auto counts = r.keys().counts(std::chrono::system_clock::now());
  BOOST_REQUIRE(counts.next_recovery.has_value());
  BOOST_TEST(is_midnight_in_los_angeles(*counts.next_recovery));
}

BOOST_AUTO_TEST_CASE(a_limit_of_zero_cools_for_long) {
  for (const std::string_view fault : {"limit_zero", "not_available_to_new_users"}) {
    BOOST_TEST_CONTEXT(fault) {
      rig r(two_used_up_projects_and_a_good_one(fault));
      const stopwatch since;
      expect_success(r, r.call(generate));
      expect_tried(r, {"bad-1", "bad-2", "good"});
      const pool::key_view bad = r.key_state("bad-1");
      BOOST_TEST(bad.state == key_state::cooling);
      BOOST_REQUIRE(!bad.cool_downs.empty());
      for (const pool::cool_down_view& cooling : bad.cool_downs)
        BOOST_TEST(since.in(24h).holds(cooling.until));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_cooling_project_is_not_asked_again_for_that_model) {
  rig r(two_used_up_projects_and_a_good_one("quota_minute"));
  for (int i = 0; i < 4; ++i)
    expect_success(r, r.call(generate));
  expect_tried(r, {"bad-1", "bad-2", "good", "good", "good", "good"});
}

BOOST_AUTO_TEST_CASE(another_model_of_a_cooling_project_goes_on) {
  rig_setup s;
  s.keys = {key("one")};
  s.faults = {fault_of("one", "quota_day")};
  s.faults[0].model = model;
  rig r(std::move(s));
  BOOST_TEST(r.call(generate).result_int() == 429);
  expect_success(r, r.call(generate_with_other_model));
}

BOOST_AUTO_TEST_CASE(the_other_keys_of_a_project_that_is_used_up_are_not_tried) {
  rig_setup s;
  s.keys = {key("first", "shared"), key("second", "shared"), key("third", "shared"), key("good")};
  for (const std::string_view name : {"first", "second", "third"})
    s.faults.push_back(fault_of(name, "quota_day"));
  rig r(std::move(s));
  expect_success(r, r.call(generate));
  expect_tried(r, {"first", "good"});
  for (const std::string_view name : {"first", "second", "third"})
    BOOST_TEST(r.key_state(name).state == key_state::cooling);
}

BOOST_AUTO_TEST_CASE(another_key_of_a_project_that_was_tried_serves_when_no_other_project_is_left) {
  rig_setup s;
  s.keys = {key("bad", "alpha"), key("used-up", "beta"), key("good", "alpha")};
  s.faults = {fault_of("bad", "key_invalid"), fault_of("used-up", "quota_minute")};
  rig r(std::move(s));
  expect_success(r, r.call(generate));
  expect_tried(r, {"bad", "used-up", "good"});
}

BOOST_AUTO_TEST_CASE(keys_that_turn_out_to_share_a_project_cool_together) {
  rig_setup s;
  s.keys = {key("first"), key("second"), key("good")};
  s.upstream.projects = {{"first", 4711, sandbox::billing_tier::free},
                         {"second", 4711, sandbox::billing_tier::free}};
  s.faults = {fault_of("second", "quota_old_text"), fault_of("first", "suspended")};
  rig r(std::move(s));
  expect_success(r, r.call(generate));
  expect_tried(r, {"first", "second", "good"});
  r.set_faults({});
  r.keys().reset(r.key_state("first").id, std::chrono::system_clock::now());
  BOOST_TEST((r.key_state("first").project == r.key_state("second").project));
}

BOOST_AUTO_TEST_SUITE_END()
