#include <gemkeeper/pool/retry.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

using namespace gemkeeper::pool;
using namespace std::chrono_literals;

namespace {

int paid(retry_budget& budget, int wanted) {
  int granted = 0;
  for (int i = 0; i < wanted; ++i)
    granted += budget.withdraw() ? 1 : 0;
  return granted;
}

constexpr time_point start{std::chrono::hours(500'000)};

}  // namespace

BOOST_AUTO_TEST_SUITE(retry_rules)

BOOST_AUTO_TEST_CASE(retries_are_a_share_of_requests_and_a_reserve) {
  retry_budget budget(0.2, 10);
  BOOST_TEST(paid(budget, 100) == 10);
  for (int i = 0; i < 50; ++i)
    budget.deposit();
  BOOST_TEST(paid(budget, 100) == 10);
}

BOOST_AUTO_TEST_CASE(the_balance_has_a_cap) {
  retry_budget budget(0.1, 5);
  for (int i = 0; i < 50'000; ++i)
    budget.deposit();
  BOOST_TEST(paid(budget, 5'000) == 1'005);
}

BOOST_AUTO_TEST_CASE(a_negative_ratio_is_no_limit_and_zero_is_the_reserve_alone) {
  retry_budget unlimited(-1, 0);
  BOOST_TEST(paid(unlimited, 1'000) == 1'000);
  retry_budget reserve(0, 3);
  for (int i = 0; i < 100; ++i)
    reserve.deposit();
  BOOST_TEST(paid(reserve, 10) == 3);
}

BOOST_AUTO_TEST_CASE(a_changed_budget_holds_from_the_next_request) {
  retry_budget budget(1, 0);
  for (int i = 0; i < 100; ++i)
    budget.deposit();
  budget.configure(0, 4);
  BOOST_TEST(paid(budget, 100) <= 5);
  budget.configure(-1, 0);
  BOOST_TEST(paid(budget, 100) == 100);
}

BOOST_AUTO_TEST_CASE(full_jitter_is_uniform_below_a_growing_cap) {
  const struct {
    unsigned retry;
    double unit;
    std::chrono::milliseconds expected;
  } cases[] = {
      {0, 0, 0ms},       {0, 0.5, 125ms},  {1, 0.5, 250ms},   {3, 0.5, 1000ms},
      {4, 0.5, 2000ms},  {5, 0.5, 2000ms}, {62, 0.5, 2000ms}, {4'000'000'000U, 0.25, 1000ms},
      {7, 0.999, 3996ms}};
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT("retry " << c.retry << ", unit " << c.unit) {
      BOOST_TEST(full_jitter(c.retry, c.unit).count() == c.expected.count());
    }
  }
  BOOST_TEST((full_jitter(2, 0.5, 10ms, 30ms) == 15ms));
}

BOOST_AUTO_TEST_CASE(failures_in_a_row_open_the_circuit) {
  circuit_breaker breaker(3, 10s);
  breaker.failure("m", start);
  breaker.failure("m", start);
  breaker.success("m");
  for (int i = 0; i < 2; ++i)
    breaker.failure("m", start);
  BOOST_TEST(breaker.allows_retry("m", start));
  breaker.failure("m", start);
  BOOST_TEST(!breaker.allows_retry("m", start));
  BOOST_TEST(breaker.allows_retry("another", start));
}

BOOST_AUTO_TEST_CASE(after_the_pause_one_at_a_time_tries_until_a_success) {
  circuit_breaker breaker(1, 10s);
  breaker.failure("m", start);
  BOOST_TEST(!breaker.allows_retry("m", start + 9s));
  BOOST_TEST(breaker.allows_retry("m", start + 10s));
  BOOST_TEST(!breaker.allows_retry("m", start + 10s));
  breaker.failure("m", start + 11s);
  BOOST_TEST(!breaker.allows_retry("m", start + 20s));
  BOOST_TEST(breaker.allows_retry("m", start + 21s));
  breaker.success("m");
  BOOST_TEST(breaker.allows_retry("m", start + 21s));
  BOOST_TEST(breaker.allows_retry("m", start + 21s));
}

BOOST_AUTO_TEST_CASE(a_flood_of_names_is_bounded_and_drops_none_that_is_open) {
  circuit_breaker breaker(1, 10s);
  breaker.failure("m", start);
  for (int i = 0; i < 5'000; ++i)
    breaker.failure("name-" + std::to_string(i), start);
  BOOST_TEST(!breaker.allows_retry("m", start));
  BOOST_TEST(!breaker.allows_retry("name-1022", start));
  BOOST_TEST(breaker.allows_retry("name-1023", start));
  breaker.failure("late", start + 11s);
  BOOST_TEST(!breaker.allows_retry("late", start + 11s));
}

BOOST_AUTO_TEST_SUITE_END()
