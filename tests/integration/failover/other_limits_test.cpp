// The 429s that are no plain quota: too large, no money left, no details.
#include "expect.hpp"

#include <array>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;
using pool::tier;

namespace {

rig_setup one_bad_and_one_good(std::string_view fault) {
  rig_setup s;
  s.keys = {key("bad"), key("good")};
  s.faults = {fault_of("bad", fault)};
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_too_large)

BOOST_AUTO_TEST_CASE(only_a_project_of_another_tier_is_tried) {
  for (const api_call& call : all_calls) {
    BOOST_TEST_CONTEXT(call.name) {
      rig_setup s;
      s.keys = {key("free-1", "alpha", tier::free), key("free-2", "beta", tier::free),
                key("paid", "gamma", tier::paid)};
      s.faults = {fault_of("free-1", "request_too_large"), fault_of("free-2", "request_too_large")};
      rig r(std::move(s));
      expect_success(r, r.call(call));
      expect_tried(r, {"free-1", "paid"});
      BOOST_TEST(r.key_state("free-1").state == key_state::healthy);
      BOOST_TEST(r.key_state("free-1").cool_downs.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(without_another_tier_the_answer_is_passed_on_and_nothing_cools) {
  for (const tier same : {tier::unknown, tier::free}) {
    rig_setup s;
    s.keys = {key("one", "alpha", same), key("two", "beta", same)};
    s.faults = {fault_of({}, "request_too_large")};
    rig r(std::move(s));
    const response answer = r.call(generate);
    BOOST_TEST(answer.result_int() == 429);
    BOOST_TEST(answer.body() == r.call_upstream(generate, "one").body());
    BOOST_TEST(r.key_state("one").state == key_state::healthy);
    BOOST_TEST(r.key_state("two").state == key_state::healthy);
    r.set_faults({});
    expect_success(r, r.call(generate));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(project_exhausted)

BOOST_AUTO_TEST_CASE(the_whole_project_is_out_for_every_model) {
  for (const std::string_view fault : {"prepay_depleted", "spend_cap", "free_tier_unavailable"}) {
    BOOST_TEST_CONTEXT(fault) {
      rig_setup s;
      s.keys = {key("first", "broke"), key("second", "broke"), key("good")};
      s.faults = {fault_of("first", fault), fault_of("second", fault)};
      rig r(std::move(s));
      const stopwatch since;
      expect_success(r, r.call(generate));
      expect_success(r, r.call(generate_with_other_model));
      expect_tried(r, {"first", "good", "good"});
      for (const std::string_view name : {"first", "second"}) {
        const pool::key_view broke = r.key_state(name);
        BOOST_TEST(broke.state == key_state::cooling);
        BOOST_REQUIRE(!broke.cool_downs.empty());
        BOOST_TEST(broke.cool_downs[0].model.empty());
        BOOST_TEST(since.in(1h).holds(broke.cool_downs[0].until));
      }
      const auto events = r.wait_for_events(1);
      BOOST_REQUIRE(events.size() == 1U);
      BOOST_TEST((events[0].what == pool::pool_event::kind::project_exhausted));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_framing_is_understood) {
  for (const api_call& call : all_calls) {
    BOOST_TEST_CONTEXT(call.name) {
      rig r(one_bad_and_one_good("prepay_depleted"));
      expect_success(r, r.call(call));
      expect_tried(r, {"bad", "good"});
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(quota_unknown)

BOOST_AUTO_TEST_CASE(a_429_without_details_cools_for_five_seconds_first) {
  for (const std::string_view fault : {"bare_429", "help_only_429"}) {
    for (const api_call& call : all_calls) {
      BOOST_TEST_CONTEXT(fault << ", " << call.name) {
        rig r(one_bad_and_one_good(fault));
        const stopwatch since;
        expect_success(r, r.call(call));
        expect_tried(r, {"bad", "good"});
        const pool::key_view bad = r.key_state("bad");
        BOOST_TEST(bad.state == key_state::cooling);
        BOOST_REQUIRE(bad.cool_downs.size() == 1U);
        BOOST_TEST(bad.cool_downs[0].model.value == model);
        BOOST_TEST(since.in(5s).holds(bad.cool_downs[0].until));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(each_further_one_in_a_row_cools_twice_as_long) {
  rig_setup s;
  s.keys = {key("one")};
  s.faults = {fault_of("one", "bare_429")};
  s.pool.unknown_cool_down_min = 20ms;
  s.pool.unknown_cool_down_max = 70ms;
  rig r(std::move(s));
  for (const pool::duration expected :
       {pool::duration(20ms), pool::duration(40ms), pool::duration(70ms), pool::duration(70ms)}) {
    const auto before = std::chrono::system_clock::now();
    BOOST_TEST(r.call(generate).result_int() == 429);
    const pool::key_view one = r.key_state("one");
    // With a slow machine it may be over already; if it is not, it is as long as it should be.
    for (const pool::cool_down_view& cooling : one.cool_downs)
      BOOST_TEST((cooling.until >= before + expected));
    BOOST_REQUIRE(r.wait_until([&] { return r.key_state("one").state == key_state::healthy; }));
  }
  expect_tried(r, {"one", "one", "one", "one"});
}

BOOST_AUTO_TEST_SUITE_END()
