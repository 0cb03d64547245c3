// How often a request is tried: attempts, budget, deadline.
#include "expect.hpp"

#include <fmt/format.h>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

rig_setup many_keys_with(std::size_t count, std::string_view fault) {
  rig_setup s;
  for (std::size_t i = 1; i <= count; ++i)
    s.keys.push_back(key(fmt::format("key-{}", i)));
  s.faults = {fault_of({}, fault)};
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attempts)

BOOST_AUTO_TEST_CASE(eight_are_made_by_default_each_with_another_key) {
  rig r(many_keys_with(12, "key_invalid"));
  const response direct = r.call_upstream(generate, "key-1");
  r.upstream().reset();
  const response answer = r.call(generate);
  BOOST_TEST(answer.result_int() == 400);
  BOOST_TEST(answer.body() == direct.body());
  BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "8");
  expect_tried(r, {"key-1", "key-2", "key-3", "key-4", "key-5", "key-6", "key-7", "key-8"});
  BOOST_TEST(r.key_state("key-8").state == key_state::quarantined);
  BOOST_TEST(r.key_state("key-9").state == key_state::healthy);
}

BOOST_AUTO_TEST_CASE(max_attempts_ends_them_with_googles_last_answer) {
  for (const std::string_view fault : {"leaked", "quota_day", "overloaded_503"}) {
    BOOST_TEST_CONTEXT(fault) {
      rig_setup s = many_keys_with(5, fault);
      s.proxy.retry.max_attempts = 3;
      rig r(std::move(s));
      const response answer = r.call(generate);
      BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "3");
      BOOST_TEST(answer.result_int() >= 400);
      BOOST_TEST(answer.body().find("domain\":\"gemkeeper") == std::string::npos, answer.body());
      expect_tried(r, {"key-1", "key-2", "key-3"});
    }
  }
}

BOOST_AUTO_TEST_CASE(one_attempt_means_no_second) {
  rig_setup s = many_keys_with(2, "quota_minute");
  s.proxy.retry.max_attempts = 1;
  rig r(std::move(s));
  BOOST_TEST(r.call(generate).result_int() == 429);
  expect_tried(r, {"key-1"});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(retry_budget)

BOOST_AUTO_TEST_CASE(a_spent_reserve_leaves_what_requests_pay_in) {
  rig_setup s = many_keys_with(20, "key_invalid");
  s.proxy.retry.retry_budget = 0.5;
  s.proxy.retry.retry_reserve = 3;
  rig r(std::move(s));
  // 3.0 in reserve: it cannot grow before something is spent.
  BOOST_TEST(header(r.call(generate), "x-gemkeeper-attempts") == "4");
  // 0.0 or 0.5, and 0.5 for each request.
  std::size_t retries = 0;
  for (int i = 0; i < 6; ++i) {
    const int made = std::stoi(header(r.call(generate), "x-gemkeeper-attempts"));
    BOOST_TEST(made >= 1);
    BOOST_TEST(made <= 2);
    retries += static_cast<std::size_t>(made - 1);
  }
  BOOST_TEST(retries == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(deadline)

BOOST_AUTO_TEST_CASE(what_earlier_attempts_took_is_taken_from_the_clients_timeout) {
  rig_setup s = many_keys_with(3, {});
  s.faults = {fault_of("key-1", "quota_minute"), fault_of("key-2", "quota_minute")};
  for (sandbox::fault& f : s.faults)
    f.delay = 1100ms;
  rig r(std::move(s));
  expect_success(r, r.call(generate, {{"X-Server-Timeout", "30"}}));
  const auto requests = r.upstream().requests();
  BOOST_REQUIRE(requests.size() == 3U);
  const auto told = [&](std::size_t i) {
    return std::stoi(std::string(requests[i].header("x-server-timeout")));
  };
  BOOST_TEST(told(0) == 30);
  BOOST_TEST(told(1) < 30);
  BOOST_TEST(told(1) > 15);
  BOOST_TEST(told(2) < told(1));
}

BOOST_AUTO_TEST_CASE(without_the_clients_timeout_none_is_sent) {
  rig r(many_keys_with(1, "informational"));
  expect_success(r, r.call(generate));
  BOOST_TEST(r.upstream().requests().at(0).header("x-server-timeout").empty());
}

BOOST_AUTO_TEST_CASE(a_deadline_that_passes_while_google_is_silent_is_a_504) {
  for (const api_call& call : all_calls) {
    BOOST_TEST_CONTEXT(call.name) {
      rig_setup s = many_keys_with(2, "slow_head");
      s.faults[0].delay = 60s;
      rig r(std::move(s));
      const auto start = std::chrono::steady_clock::now();
      const response answer = r.call(call, {{"X-Server-Timeout", "0.4"}});
      expect_own_error(answer, 504, "DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT");
      BOOST_TEST((std::chrono::steady_clock::now() - start < 20s));
      expect_tried(r, {"key-1"});
      BOOST_TEST(r.key_state("key-1").state == key_state::healthy);
    }
  }
}

BOOST_AUTO_TEST_CASE(no_answer_within_the_first_byte_timeout_is_a_504) {
  rig_setup s = many_keys_with(2, "slow_head");
  s.faults[0].delay = 60s;
  s.proxy.upstream.first_byte_timeout = 300ms;
  rig r(std::move(s));
  expect_own_error(r.call(generate), 504, "DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT");
  expect_tried(r, {"key-1"});
}

BOOST_AUTO_TEST_CASE(a_deadline_that_ends_the_backoff_passes_on_googles_last_answer) {
  rig r(many_keys_with(1, "overloaded_503"));
  const response answer = r.call(generate, {{"X-Server-Timeout", "1"}});
  BOOST_TEST(answer.result_int() == 503);
  BOOST_TEST(answer.body().find("high demand") != std::string::npos, answer.body());
}

BOOST_AUTO_TEST_SUITE_END()
