// A key that Google rejects: quarantined, and the next key serves.
#include "expect.hpp"

#include <array>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

constexpr std::array key_faults{
    "key_invalid",     "key_not_found",    "key_expired",      "invalid_with_debug", "leaked",
    "suspended",       "service_disabled", "service_blocked",  "referrer_blocked",   "ip_blocked",
    "android_blocked", "project_denied",   "billing_disabled", "unauthenticated",
};

rig_setup two_bad_keys_and_a_good_one(std::string_view fault) {
  rig_setup s;
  s.keys = {key("bad-1"), key("bad-2"), key("good")};
  s.faults = {fault_of("bad-1", fault), fault_of("bad-2", fault)};
  return s;
}

void expect_quarantine(const rig& r, const stopwatch& since) {
  for (const std::string_view name : {"bad-1", "bad-2"}) {
    const pool::key_view bad = r.key_state(name);
    BOOST_TEST(bad.state == key_state::quarantined);
    BOOST_TEST(!bad.reason.empty());
    BOOST_TEST(bad.calls == 1U);
    BOOST_TEST(bad.errors == 1U);
    BOOST_TEST(bad.in_flight == 0U);
    BOOST_REQUIRE(bad.next_probe.has_value());
    BOOST_TEST(since.in(30s).holds(*bad.next_probe));
  }
  BOOST_TEST(r.key_state("good").state == key_state::healthy);
  BOOST_TEST(r.key_state("good").errors == 0U);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_fault)

BOOST_AUTO_TEST_CASE(every_rejection_of_a_key_is_served_by_the_next_key_and_quarantines) {
  for (const std::string_view fault : key_faults) {
    BOOST_TEST_CONTEXT(fault) {
      rig r(two_bad_keys_and_a_good_one(fault));
      const stopwatch since;
      const response answer = r.call(generate);
      expect_success(r, answer);
      expect_tried(r, {"bad-1", "bad-2", "good"});
      BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "3");
      BOOST_TEST(header(answer, "x-gemkeeper-key") == r.key_state("good").id.view());
      expect_quarantine(r, since);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_rejection_is_understood_in_the_framing_of_every_call) {
  for (const api_call& call : all_calls) {
    for (const std::string_view fault : {"key_invalid", "suspended", "unauthenticated"}) {
      BOOST_TEST_CONTEXT(fault << ", " << call.name) {
        rig r(two_bad_keys_and_a_good_one(fault));
        const stopwatch since;
        expect_success(r, r.call(call));
        expect_tried(r, {"bad-1", "bad-2", "good"});
        expect_quarantine(r, since);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(openai_without_error_info_is_understood) {
  for (const api_call& call : {chat, chat_stream}) {
    rig r(two_bad_keys_and_a_good_one("openai_key_invalid"));
    const stopwatch since;
    expect_success(r, r.call(call));
    expect_tried(r, {"bad-1", "bad-2", "good"});
    expect_quarantine(r, since);
  }
}

BOOST_AUTO_TEST_CASE(a_quarantined_key_is_not_tried_again_by_any_call) {
  rig r(two_bad_keys_and_a_good_one("leaked"));
  expect_success(r, r.call(generate));
  for (const api_call& call : all_calls)
    expect_success(r, r.call(call));
  expect_success(r, r.call(generate_with_other_model));
  expect_tried(r, {"bad-1", "bad-2", "good", "good", "good", "good", "good", "good", "good"});
}

BOOST_AUTO_TEST_CASE(a_key_of_the_same_project_takes_over) {
  rig_setup s;
  s.keys = {key("bad-1", "shared"), key("good", "shared")};
  s.faults = {fault_of("bad-1", "key_expired")};
  rig r(std::move(s));
  expect_success(r, r.call(generate));
  expect_tried(r, {"bad-1", "good"});
  BOOST_TEST(r.key_state("bad-1").state == key_state::quarantined);
  BOOST_TEST(r.key_state("good").state == key_state::healthy);
}

BOOST_AUTO_TEST_CASE(quarantine_is_told_once_with_its_reason) {
  rig r(two_bad_keys_and_a_good_one("key_expired"));
  r.call(generate);
  const auto events = r.wait_for_events(2);
  BOOST_REQUIRE(events.size() == 2U);
  for (const pool::pool_event& event : events) {
    BOOST_TEST((event.what == pool::pool_event::kind::quarantined));
    BOOST_TEST(event.reason == "expired");
  }
  BOOST_TEST(events[0].key_name == "bad-1");
  BOOST_TEST(events[1].key_name == "bad-2");
}

BOOST_AUTO_TEST_SUITE_END()
