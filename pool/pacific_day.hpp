// Where Google's daily quotas end: midnight in America/Los_Angeles.
#pragma once

#include <gemkeeper/pool/limits.hpp>

namespace gemkeeper::pool {

// The first midnight in America/Los_Angeles after `now`. Computed by the rules of 15 U.S.C. 260a
// (daylight saving from the second Sunday of March, 2:00, to the first Sunday of November, 2:00),
// so that no time zone database is needed: containers have none.
time_point next_pacific_midnight(time_point now);

}  // namespace gemkeeper::pool
