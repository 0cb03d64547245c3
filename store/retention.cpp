#include "retention.hpp"

#include "sql.hpp"
#include <gemkeeper/store/ledger.hpp>
#include <gemkeeper/store/meta.hpp>

#include <fmt/format.h>

#include <array>
#include <optional>

namespace gemkeeper::store {

std::string kept_from_name(std::int64_t step) {
  return fmt::format("usage.kept_from.{}", step);
}

namespace {

std::int64_t seconds_of(pool::time_point t) {
  return std::chrono::floor<std::chrono::seconds>(t.time_since_epoch()).count();
}

// Never back, or a query would promise what is gone.
void keep_from(session& s, std::int64_t step, std::int64_t start) {
  const std::string name = kept_from_name(step), before = meta(s, name);
  if (before.empty() || std::stoll(before) < start) set_meta(s, name, std::to_string(start));
}

std::size_t remove_before(session& s, std::int64_t step, std::int64_t start) {
  s.prepare("DELETE FROM usage WHERE step=? AND start<?").bind(step, start).run();
  const auto removed = static_cast<std::size_t>(s.changed());
  if (removed != 0) keep_from(s, step, start);
  return removed;
}

std::uint64_t used_bytes(session& s) {
  const std::int64_t pages = s.number("PRAGMA page_count") - s.number("PRAGMA freelist_count");
  return static_cast<std::uint64_t>(pages * s.number("PRAGMA page_size"));
}

std::optional<std::int64_t> oldest(session& s, std::int64_t step) {
  statement& asked =
      s.prepare("SELECT start FROM usage WHERE step=? ORDER BY start LIMIT 1").bind(step);
  if (!asked.next()) return std::nullopt;
  const std::int64_t start = asked.integer(0);
  asked.rewind();
  return start;
}

}  // namespace

std::size_t apply_retention(session& s, const retention_settings& r, pool::time_point now) {
  struct kept {
    std::int64_t step;
    std::chrono::hours age;
    std::int64_t at_once;  // seconds of rows to remove at a time, when it is for their size
  };
  const std::array spans{kept{60, r.minutes, 3600}, kept{3600, r.hours, 86'400},
                         kept{86'400, r.days, 30 * 86'400}};
  std::size_t removed = 0;
  for (const kept& k : spans)
    removed += remove_before(s, k.step, seconds_of(now - k.age) / k.step * k.step);
  if (r.max_bytes != 0) {
    for (const kept& k : spans) {
      while (used_bytes(s) > r.max_bytes) {
        const auto start = oldest(s, k.step);
        if (!start) break;
        removed += remove_before(s, k.step, (*start / k.at_once + 1) * k.at_once);
      }
    }
  }
  if (removed != 0) s.run("PRAGMA incremental_vacuum");
  return removed;
}

}  // namespace gemkeeper::store
