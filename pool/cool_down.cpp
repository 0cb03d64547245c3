#include "cool_down.hpp"

#include "pacific_day.hpp"

#include <algorithm>

namespace gemkeeper::pool {
namespace {

// Beyond this a delay is taken for nonsense; it also keeps `now + delay` from overflowing.
constexpr duration longest_delay = std::chrono::days(31);

// A delay of zero says nothing: it would let the same key be tried at once, and for ever.
duration told_delay(const quota_mark& mark, duration otherwise) {
  using std::chrono::milliseconds;
  if (!mark.retry_delay || *mark.retry_delay <= milliseconds(0)) return otherwise;
  return std::min(*mark.retry_delay, std::chrono::duration_cast<milliseconds>(longest_delay));
}

duration doubled(duration first, unsigned times, duration most) {
  duration delay = first;
  for (; times > 0 && delay < most; --times)
    delay *= 2;
  return std::min(delay, most);
}

}  // namespace

cool_down cool_down_of(const quota_mark& mark, unsigned in_a_row, const pool_settings& settings,
                       time_point now) {
  switch (mark.period) {
    case quota_period::minute:
      return {now + told_delay(mark, settings.minute_cool_down)};
    case quota_period::day:
      return {std::max(next_pacific_midnight(now), now + told_delay(mark, duration(0))), true};
    case quota_period::no_access:
      return {now + std::max(settings.no_access_cool_down, told_delay(mark, duration(0)))};
    case quota_period::unknown:
      break;
  }
  const duration grown = doubled(settings.unknown_cool_down_min, std::clamp(in_a_row, 1U, 32U) - 1,
                                 settings.unknown_cool_down_max);
  return {now + told_delay(mark, grown)};
}

}  // namespace gemkeeper::pool
