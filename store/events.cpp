#include "sql.hpp"
#include <gemkeeper/store/events.hpp>

#include <limits>

namespace gemkeeper::store {

std::int64_t add_audit(session& s, const audit_row& row) {
  s.prepare("INSERT INTO audit(time,actor,action,subject,detail) VALUES(?,?,?,?,?)")
      .bind(row.time, row.actor, row.action, row.subject, row.detail)
      .run();
  return s.number("SELECT last_insert_rowid()");
}

std::vector<audit_row> audit(session& s, std::size_t most, std::optional<std::int64_t> before) {
  std::vector<audit_row> all;
  statement& rows = s.prepare(
                         "SELECT id,time,actor,action,subject,detail FROM audit WHERE id<? "
                         "ORDER BY id DESC LIMIT ?")
                        .bind(before.value_or(std::numeric_limits<std::int64_t>::max()), most);
  while (rows.next()) {
    all.push_back(
        {rows.integer(0), rows.time(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5)});
  }
  return all;
}

std::size_t remove_events_before(session& s, pool::time_point time) {
  s.prepare("DELETE FROM alerts WHERE time<? AND resolved IS NOT NULL").bind(time).run();
  std::int64_t removed = s.changed();
  s.prepare("DELETE FROM audit WHERE time<?").bind(time).run();
  removed += s.changed();
  return static_cast<std::size_t>(removed);
}

}  // namespace gemkeeper::store
