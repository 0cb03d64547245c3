#include "pacific_day.hpp"

#include <chrono>

namespace gemkeeper::pool {
namespace {

using namespace std::chrono;

constexpr hours standard{-8};
constexpr hours daylight{-7};

// Midnight, local time, at the start of `day`, as UTC. The clocks change at 2:00, so midnight of
// the first day is still standard time, and midnight of the last one still daylight time.
sys_seconds midnight(local_days day) {
  const year y = year_month_day(day).year();
  const local_days first{y / March / Sunday[2]};
  const local_days last{y / November / Sunday[1]};
  const hours offset = day > first && day <= last ? daylight : standard;
  return sys_seconds{day.time_since_epoch() - offset};
}

// Standard time is never ahead of local time: the day of it is today, or yesterday for an hour of
// the summer's evenings.
local_days pacific_date(time_point now) {
  const local_days day{floor<days>(now + standard).time_since_epoch()};
  return midnight(day + days(1)) > now ? day : day + days(1);
}

}  // namespace

time_point next_pacific_midnight(time_point now) {
  return midnight(pacific_date(now) + days(1));
}

time_span day_of(time_point now) {
  const local_days today = pacific_date(now);
  return {midnight(today), midnight(today + days(1))};
}

time_span month_of(time_point now) {
  const year_month_day today(pacific_date(now));
  const year_month month = today.year() / today.month();
  return {midnight(local_days(month / 1)), midnight(local_days((month + months(1)) / 1))};
}

}  // namespace gemkeeper::pool
