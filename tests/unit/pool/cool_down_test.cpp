#include "pool/cool_down.hpp"

#include "pool/pacific_day.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>

using namespace gemkeeper::pool;
using namespace std::chrono_literals;

namespace {

const time_point now = std::chrono::sys_days(std::chrono::July / 1 / 2026) + 19h;

}  // namespace

BOOST_AUTO_TEST_SUITE(cool_down_rules)

BOOST_AUTO_TEST_CASE(each_period_has_its_end) {
  using std::chrono::milliseconds;
  const struct {
    quota_period period;
    std::optional<milliseconds> retry_delay;
    unsigned in_a_row;
    duration expected;
    bool daily;
  } cases[] = {
      {quota_period::minute, {}, 0, 1min, false},
      {quota_period::minute, 47s, 0, 47s, false},
      {quota_period::minute, 540ms, 0, 540ms, false},
      {quota_period::minute, 0s, 0, 1min, false},
      {quota_period::minute, -5s, 0, 1min, false},
      {quota_period::minute, milliseconds::max(), 0, 31 * 24h, false},
      {quota_period::day, {}, 0, 12h, true},
      {quota_period::day, 18s, 0, 12h, true},
      {quota_period::day, 68'940s, 0, 68'940s, true},
      {quota_period::no_access, {}, 0, 24h, false},
      {quota_period::no_access, 5s, 0, 24h, false},
      {quota_period::unknown, {}, 0, 5s, false},
      {quota_period::unknown, {}, 1, 5s, false},
      {quota_period::unknown, {}, 2, 10s, false},
      {quota_period::unknown, {}, 6, 160s, false},
      {quota_period::unknown, {}, 7, 5min, false},
      {quota_period::unknown, {}, 4'000'000'000U, 5min, false},
      {quota_period::unknown, 3s, 9, 3s, false},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT("period " << static_cast<int>(c.period) << ", in a row " << c.in_a_row) {
      const cool_down end = cool_down_of({.period = c.period, .retry_delay = c.retry_delay},
                                         c.in_a_row, pool_settings(), now);
      BOOST_TEST((end.until - now == c.expected));
      BOOST_TEST(end.daily == c.daily);
    }
  }
}

BOOST_AUTO_TEST_CASE(settings_of_zero_end_at_once) {
  const pool_settings none{.unknown_cool_down_min = 0s, .unknown_cool_down_max = 0s};
  BOOST_TEST((cool_down_of({}, 4'000'000'000U, none, now).until == now));
}

BOOST_AUTO_TEST_SUITE_END()
