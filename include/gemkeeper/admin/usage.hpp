// Usage and prices as the admin API speaks of them: values that it asks the program for.
#pragma once

#include <gemkeeper/pool/prices.hpp>
#include <gemkeeper/pool/usage_table.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gemkeeper::admin {

struct named_usage {
  std::string name;  // of a key: its id; empty: it has none
  pool::usage_counts counts;
};

// Since the first start or the last reset, over restarts; removed keys are in it.
struct usage_totals {
  pool::time_point since{};
  pool::usage_counts all;
  std::vector<named_usage> by_key, by_project, by_model, by_client;
};

struct key_times {
  std::string key;                            // its id
  std::optional<pool::time_point> last_used;  // whatever was reset
  std::optional<pool::time_point> since;      // of its own reset
};

enum class usage_dimension : std::uint8_t { key, project, model, client };

struct usage_question {
  pool::time_point from{}, to{};  // widened to whole steps
  // A multiple of a minute; empty: months of UTC.
  std::optional<std::chrono::seconds> step;
  std::vector<usage_dimension> group_by;
};

struct usage_line {
  pool::time_point start{};
  std::string key, project, model, client;  // those of `group_by`
  pool::usage_counts counts;
};

struct usage_series {
  std::vector<usage_line> lines;  // by time, then by names; none for a step without calls
  std::optional<pool::time_point> kept_from;  // before this, lines of this precision were removed
};

// Usage on its way into the store.
struct ledger_state {
  std::uint64_t appended = 0;  // calls since the start
  std::uint64_t waiting = 0;   // of which not in the store yet
  std::uint64_t merged = 0;    // calls that met a full journal and were merged in memory
  std::uint64_t backlog = 0;   // rows of these still in memory
  std::uint64_t folded = 0;    // calls whose names were too many
  std::uint64_t lost = 0;      // calls for which there was no memory
};

// The prices in effect.
struct price_list {
  std::shared_ptr<const pool::price_table> table;  // never null; shared with the workers
  // Where each of the table's models comes from: "built-in", "admin API", or a file.
  std::vector<std::string> origins;
  std::string overrides;  // as they were put: JSON; empty: none were
};

// The question makes no sense to the store, or its answer would be too long.
struct bad_question : std::runtime_error {
  using runtime_error::runtime_error;
};
// The store does not work: nothing was changed.
struct store_failed : std::runtime_error {
  using runtime_error::runtime_error;
};

}  // namespace gemkeeper::admin
