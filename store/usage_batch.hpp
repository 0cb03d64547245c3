// Usage on its way into the tables: the records of one commit, summed by where they belong.
#pragma once

#include "sql.hpp"
#include <gemkeeper/store/ledger.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gemkeeper::store {

// Numbers of names in the database. One connection's; forgets with a rollback.
class name_table {
 public:
  // 0 for an empty name. Adds a new one.
  std::int64_t id_of(session& s, std::string_view name);
  void forget() { ids_.clear(); }

 private:
  static constexpr std::size_t max_kept = 100'000;
  pool::string_map<std::int64_t> ids_;
};

struct usage_place {
  std::int64_t minute = 0;  // seconds since 1970
  std::int64_t key = 0, project = 0, model = 0, client = 0;
  friend bool operator==(const usage_place&, const usage_place&) = default;
};

struct usage_place_hash {
  std::size_t operator()(const usage_place& p) const;
};

class usage_batch {
 public:
  void add(const usage_place& place, const usage_sums& sums, std::int64_t time_micros);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  // To minutes, hours, days and totals.
  void apply(session& s) const;

 private:
  std::unordered_map<usage_place, usage_sums, usage_place_hash> rows_;
  std::unordered_map<std::int64_t, std::int64_t> last_used_;  // by key
};

// The columns of usage_sums, as the tables have them.
constexpr int sum_columns = 32;
std::span<const std::string_view> sum_names();
// "{0}" in `pattern` is the name: "calls,errors,…" for "{0}", "sum(calls) AS calls,…".
std::string sum_list(std::string_view pattern = "{0}");
void put_sums(statement& s, int at, const usage_sums& sums);
usage_sums get_sums(const statement& s, int column);

}  // namespace gemkeeper::store
