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

}  // namespace

time_point next_pacific_midnight(time_point now) {
  // Standard time is never ahead of local time: this day is today, or yesterday for an hour of
  // the summer's evenings.
  const local_days day{floor<days>(now + standard).time_since_epoch()};
  const sys_seconds next = midnight(day + days(1));
  return next > now ? next : midnight(day + days(2));
}

}  // namespace gemkeeper::pool
