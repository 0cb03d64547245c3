// Usage as it was committed: by minute, hour and day, and running totals.
//
// Each commit adds a record to its minute, its hour and its day (of UTC) and to the totals, so the
// three agree at any time and a late record, or one from before a clock was set back, lands where
// it belongs. Minutes, hours and days are kept for different spans.
//
// The functions work within a transaction of `database::read` or `database::write`; they throw
// `error`.
#pragma once

#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/usage_table.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gemkeeper::store {

class session;

using usage_sums = pool::usage_counts;

enum class dimension : std::uint8_t { key, project, model, client };
std::string_view to_string(dimension);

enum class step_unit : std::uint8_t {
  seconds,
  months,  // of the calendar, in UTC; `step` does not count
};

struct usage_query {
  pool::time_point from{}, to{};      // widened to whole steps
  std::chrono::seconds step{86'400};  // a multiple of a minute
  step_unit unit = step_unit::seconds;
  std::vector<dimension> group_by{};
  // Only what has this name; "" is what has none.
  std::optional<std::string> key{}, project{}, model{}, client{};
  std::size_t max_rows = 100'000;
};

struct usage_row {
  pool::time_point start{};
  std::string key, project, model, client;  // those of `group_by`; a key by its id
  usage_sums sums;
};

struct usage_series {
  std::vector<usage_row> rows;  // by start, then by names; none for a step without calls
  // Before this, rows of this precision have been removed for their age or size.
  std::optional<pool::time_point> kept_from;
};

usage_series usage(session& s, const usage_query& query);
// RFC 4180 with a header line; times as in RFC 3339, tokens by modality in columns of their own.
std::string to_csv(const usage_series& series, const std::vector<dimension>& group_by);

struct named_sums {
  std::string name;
  usage_sums sums;
};

struct usage_totals {
  std::optional<pool::time_point> since;  // when they began, or were reset; empty: not told
  usage_sums all;
  std::vector<named_sums> by_key, by_project, by_model, by_client;  // by name
};
usage_totals totals(session& s);

struct key_times {
  std::string key;
  std::optional<pool::time_point> last_used;  // whatever was reset
  std::optional<pool::time_point> since;      // of the key's own reset
};
std::vector<key_times> times_of_keys(session& s);  // in no order

// Totals that never began count from now on.
void begin_totals(session& s, pool::time_point now);
// Totals start at zero, of all or of one key (whose share the others lose too). History stays.
void reset_totals(session& s, pool::time_point now);
void reset_totals(session& s, const pool::key_id& key, pool::time_point now);

struct retention_settings {
  std::chrono::hours minutes{24 * 7}, hours{24 * 90}, days{24 * 365 * 5};
  // Of the whole database; beyond, the oldest minutes go first, then hours, then days. 0: no limit.
  std::uint64_t max_bytes = 0;
};
// Removes what is too old, and gives its room back to the disk. Returns the rows removed.
std::size_t apply_retention(session& s, const retention_settings& r, pool::time_point now);

}  // namespace gemkeeper::store
