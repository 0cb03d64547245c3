// Usage on its way into the store, and back.
#pragma once

#include <gemkeeper/admin/usage.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/proxy/request_record.hpp>
#include <gemkeeper/store/database.hpp>

#include <optional>
#include <string>
#include <vector>

namespace gemkeeper::app {

// Thread-safety: `append` and `settle` on the worker's own thread; `watch` by one thread; the rest
// from any.
class usage_ledger {
 public:
  // `database` outlives it. Totals begin now, unless they have begun before.
  explicit usage_ledger(store::database& database);

  // A request that was tried with a key; others cost nothing and are not counted. `calls`: 0 for
  // more of one that was appended before.
  void append(const proxy::request_record& record, unsigned calls = 1) noexcept;
  // Moves what was merged while a journal was full back into it, as far as there is room.
  void settle(unsigned worker) noexcept { database_.journal(worker).settle_backlog(); }

  // As `admin::backend` has them. What was appended before is in the answers, unless it cannot be
  // committed: the last that could be is told then.
  [[nodiscard]] admin::usage_totals totals();
  [[nodiscard]] std::vector<admin::key_times> times_of_keys();
  [[nodiscard]] admin::usage_series over_time(const admin::usage_question& what);
  [[nodiscard]] std::string csv(const admin::usage_question& what);
  void reset(const std::optional<pool::key_id>& key, pool::time_point now);
  [[nodiscard]] admin::ledger_state state() const;

  // To be called now and then: tells the log when usage begins to be merged, folded or lost. That
  // the store does not work, `storage` tells.
  void watch(log& to);

 private:
  void commit();
  store::usage_series series(const admin::usage_question& what);

  store::database& database_;
  store::journal_counts told_;
};

}  // namespace gemkeeper::app
