#include "pool/pacific_day.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace gemkeeper::pool;
using namespace std::chrono;

BOOST_AUTO_TEST_SUITE(pacific_day)

BOOST_AUTO_TEST_CASE(midnight_follows_the_daylight_saving_rules) {
  // 2026: daylight time from 8 March 10:00 UTC to 1 November 9:00 UTC.
  const struct {
    sys_seconds now, midnight;
  } cases[] = {
      {sys_days(January / 15 / 2026) + 7h + 59min, sys_days(January / 15 / 2026) + 8h},
      {sys_days(January / 15 / 2026) + 8h, sys_days(January / 16 / 2026) + 8h},
      {sys_days(July / 1 / 2026) + 6h + 59min + 59s, sys_days(July / 1 / 2026) + 7h},
      {sys_days(July / 1 / 2026) + 7h, sys_days(July / 2 / 2026) + 7h},
      {sys_days(July / 1 / 2026) + 7h + 30min, sys_days(July / 2 / 2026) + 7h},
      // The day of 23 hours.
      {sys_days(March / 8 / 2026) + 7h + 59min, sys_days(March / 8 / 2026) + 8h},
      {sys_days(March / 8 / 2026) + 8h, sys_days(March / 9 / 2026) + 7h},
      {sys_days(March / 8 / 2026) + 10h, sys_days(March / 9 / 2026) + 7h},
      // The day of 25 hours.
      {sys_days(November / 1 / 2026) + 6h + 59min, sys_days(November / 1 / 2026) + 7h},
      {sys_days(November / 1 / 2026) + 7h, sys_days(November / 2 / 2026) + 8h},
      {sys_days(November / 2 / 2026) + 7h + 30min, sys_days(November / 2 / 2026) + 8h},
      // The end of a year; years whose rules fall on the earliest and latest dates.
      {sys_days(December / 31 / 2026) + 20h, sys_days(January / 1 / 2027) + 8h},
      {sys_days(March / 14 / 2027) + 9h, sys_days(March / 15 / 2027) + 7h},
      {sys_days(November / 7 / 2027) + 8h, sys_days(November / 8 / 2027) + 8h},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT("at " << c.now.time_since_epoch().count()) {
      BOOST_TEST((next_pacific_midnight(c.now) == c.midnight));
    }
  }
}

BOOST_AUTO_TEST_CASE(midnight_is_always_ahead_and_at_most_25_hours_away) {
  for (gemkeeper::pool::time_point now = sys_days(January / 1 / 2026);
       now < sys_days(January / 1 / 2028); now += 17min) {
    const auto left = next_pacific_midnight(now) - now;
    BOOST_REQUIRE((left > 0s && left <= 25h));
  }
}

BOOST_AUTO_TEST_SUITE_END()
