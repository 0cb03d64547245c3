// How long a violated quota keeps (project, model) from being tried.
#pragma once

#include <gemkeeper/pool/outcome.hpp>
#include <gemkeeper/pool/pool.hpp>

namespace gemkeeper::pool {

struct cool_down {
  time_point until{};
  bool daily = false;    // ends because a day or a month does
  bool limited = false;  // a limit of the operator's, not a quota of Google's
};

// `in_a_row`: which bare 429 of (project, model) this is since its last success, from 1.
cool_down cool_down_of(const quota_mark& mark, unsigned in_a_row, const pool_settings& settings,
                       time_point now);

}  // namespace gemkeeper::pool
