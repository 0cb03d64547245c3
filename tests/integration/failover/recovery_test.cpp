// How keys come back: probes end a quarantine, half-open ends a cool-down.
#include "expect.hpp"

#include <algorithm>
#include <list>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

rig_setup one_rejected_key_probed_often() {
  rig_setup s;
  s.keys = {key("one")};
  s.faults = {fault_of("one", "key_expired")};
  s.pool.probe_interval_min = 10ms;
  s.pool.probe_interval_max = 20ms;
  return s;
}

std::size_t probes_in(const std::vector<sandbox::recorded_request>& requests) {
  return static_cast<std::size_t>(std::ranges::count(requests, "/v1beta/models?pageSize=1",
                                                     &sandbox::recorded_request::target));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(quarantine)

BOOST_AUTO_TEST_CASE(a_probe_that_google_accepts_brings_the_key_back) {
  rig r(one_rejected_key_probed_often());
  BOOST_TEST(r.call(generate).result_int() == 400);
  BOOST_TEST(r.key_state("one").state == key_state::quarantined);
  r.set_faults({});
  BOOST_REQUIRE(r.wait_until([&] { return r.key_state("one").state == key_state::healthy; }));
  expect_success(r, r.call(generate));

  const auto requests = r.upstream().requests();
  BOOST_TEST(probes_in(requests) >= 1U);
  for (const auto& probe : requests) {
    if (!probe.target.starts_with("/v1beta/models?")) continue;
    BOOST_TEST(probe.method == "GET");
    BOOST_TEST(probe.header("x-goog-api-key") == secret_of("one"));
    BOOST_TEST(probe.tls);
  }
  const auto events = r.wait_for_events(2);
  BOOST_REQUIRE(events.size() == 2U);
  BOOST_TEST((events[1].what == pool::pool_event::kind::recovered));
}

BOOST_AUTO_TEST_CASE(a_probe_that_a_quota_refuses_proves_the_key_too) {
  rig r(one_rejected_key_probed_often());
  r.call(generate);
  r.set_faults({fault_of("one", "bare_429")});
  BOOST_REQUIRE(r.wait_until([&] { return r.key_state("one").state != key_state::quarantined; }));
}

BOOST_AUTO_TEST_CASE(probes_that_fail_leave_the_key_in_quarantine) {
  rig r(one_rejected_key_probed_often());
  r.call(generate);
  BOOST_REQUIRE(
      r.upstream().wait_until([](const auto& requests) { return probes_in(requests) >= 2; }, 30s));
  BOOST_TEST(r.key_state("one").state == key_state::quarantined);
  // Nor does an upstream that is away prove anything.
  r.set_faults({fault_of("one", "internal_500")});
  r.upstream().reset();
  BOOST_REQUIRE(
      r.upstream().wait_until([](const auto& requests) { return probes_in(requests) >= 2; }, 30s));
  BOOST_TEST(r.key_state("one").state == key_state::quarantined);
}

BOOST_AUTO_TEST_CASE(a_probe_costs_no_call_of_the_key) {
  rig r(one_rejected_key_probed_often());
  r.call(generate);
  r.set_faults({});
  BOOST_REQUIRE(r.wait_until([&] { return r.key_state("one").state == key_state::healthy; }));
  BOOST_TEST(r.key_state("one").calls == 1U);
  BOOST_TEST(r.proxy().usage().begin()->second.calls == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(half_open)

void expect_one_at_a_time(rig& r) {
  std::list<client> apps;
  for (int i = 0; i < 6; ++i) {
    apps.emplace_back(r.port());
    apps.back().send(generate.target, generate.body);
  }
  // Until the trial is answered, no other request joins it.
  std::size_t most = 0;
  BOOST_REQUIRE(r.upstream().wait_until(
      [&most](const auto& requests) {
        if (requests.size() < 2) return false;
        if (requests[1].end != sandbox::ending::pending) return true;
        most = std::max(most, requests.size());
        return false;
      },
      30s));
  BOOST_TEST(most == 2U);
  for (client& app : apps)
    expect_success(r, app.receive());
}

BOOST_AUTO_TEST_CASE(after_a_cool_down_one_request_goes_ahead_of_the_others) {
  rig_setup s;
  s.keys = {key("one")};
  s.proxy.retry.max_wait = 25s;
  sandbox::fault refused = fault_of("one", "quota_minute");
  refused.nth = 1;
  refused.retry_delay = 500ms;
  sandbox::fault slow = fault_of("one", "slow_head");
  slow.nth = 2;
  slow.delay = 700ms;
  s.faults = {refused, slow};
  rig r(std::move(s));
  client first(r.port());
  first.send(generate.target, generate.body);
  BOOST_REQUIRE(r.wait_until([&] { return r.key_state("one").state == key_state::cooling; }));
  expect_one_at_a_time(r);
  expect_success(r, first.receive());
  BOOST_TEST(r.key_state("one").state == key_state::healthy);
}

BOOST_AUTO_TEST_CASE(a_trial_that_fails_cools_the_project_again) {
  rig_setup s;
  s.keys = {key("one")};
  sandbox::fault refused = fault_of("one", "quota_minute");
  refused.retry_delay = 100ms;
  s.faults = {refused};
  rig r(std::move(s));
  for (std::size_t i = 1; i <= 3; ++i) {
    BOOST_TEST(r.call(generate).result_int() == 429);
    BOOST_TEST(r.tried().size() == i);
    BOOST_REQUIRE(r.wait_until([&] { return r.key_state("one").state == key_state::healthy; }));
  }
  r.set_faults({});
  expect_success(r, r.call(generate));
}

BOOST_AUTO_TEST_SUITE_END()
