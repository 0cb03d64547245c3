// Keys and projects over a limit that the operator set.
#include "expect.hpp"

#include <atomic>
#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

rig_setup limited(const pool::limit_set& first, const pool::limit_set& second) {
  rig_setup s;
  s.keys = {key("one"), key("two")};
  s.keys[0].limits = first;
  s.keys[1].limits = second;
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exhausted_keys)

BOOST_AUTO_TEST_CASE(the_next_key_serves_in_place_of_an_exhausted_one) {
  rig r(limited({.requests_per_day = 1}, {}));
  for (int i = 0; i < 4; ++i)
    expect_success(r, r.call(i % 2 == 0 ? generate : generate_with_other_model));
  expect_tried(r, {"one", "two", "two", "two"});
  BOOST_TEST(r.key_state("one").state == key_state::exhausted);
  BOOST_TEST(r.key_state("two").state == key_state::healthy);
}

BOOST_AUTO_TEST_CASE(when_all_are_exhausted_the_client_is_told_the_earliest_end) {
  rig r(limited({.requests_per_minute = 1}, {.tokens_per_day = 1}));
  expect_success(r, r.call(generate));
  expect_success(r, r.call(generate));
  for (const api_call& call : all_calls) {
    const response answer = r.call(call);
    expect_own_error(answer, 429, "RESOURCE_EXHAUSTED", "ALL_KEYS_EXHAUSTED");
    BOOST_TEST(mentions(answer, "google.rpc.RetryInfo"), answer.body());
    BOOST_TEST(!mentions(answer, "QuotaFailure"), answer.body());
    const int seconds = std::stoi(header(answer, "retry-after"));
    BOOST_TEST(seconds > 0);
    BOOST_TEST(seconds <= 61);
  }
  expect_tried(r, {"one", "two"});
}

BOOST_AUTO_TEST_CASE(exhausted_for_the_day_is_told_as_a_daily_quota) {
  rig r(limited({.requests_per_day = 1}, {.tokens_per_month = 1}));
  r.call(generate);
  r.call(generate);
  const response answer = r.call(generate);
  expect_own_error(answer, 429, "RESOURCE_EXHAUSTED", "ALL_KEYS_EXHAUSTED");
  BOOST_TEST(mentions(answer, "PerDay"), answer.body());
}

BOOST_AUTO_TEST_CASE(a_projects_limit_holds_for_its_keys_together) {
  rig_setup s;
  s.keys = {key("one", "p"), key("two", "p"), key("three")};
  s.projects = {{pool::project_name("p"), {.requests_per_day = 2}, {}}};
  rig r(std::move(s));
  for (int i = 0; i < 6; ++i)
    expect_success(r, r.call(generate));
  expect_tried(r, {"one", "three", "two", "three", "three", "three"});
}

BOOST_AUTO_TEST_CASE(fifty_requests_at_once_on_a_limit_of_ten_get_just_ten_leases) {
  rig_setup s = limited({.requests_per_day = 10}, {});
  s.keys.pop_back();
  s.proxy.workers = 2;
  rig r(std::move(s));
  std::atomic<int> served{0};
  std::vector<std::thread> apps;
  for (int i = 0; i < 50; ++i) {
    apps.emplace_back([&] {
      if (r.call(generate).result_int() == 200) ++served;
    });
  }
  for (std::thread& app : apps)
    app.join();
  BOOST_TEST(served == 10);
  BOOST_TEST(r.upstream().requests().size() == 10U);
}

BOOST_AUTO_TEST_SUITE_END()
