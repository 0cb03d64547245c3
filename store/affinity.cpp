#include "sql.hpp"
#include <gemkeeper/store/affinity.hpp>

#include <algorithm>
#include <string>

namespace gemkeeper::store {
namespace {

// The column is NULL for what never expires.
std::optional<pool::time_point> stored(pool::time_point expires) {
  if (expires == pool::never_expires) return std::nullopt;
  return expires;
}

pool::key_id key_id_of(const std::string& hex) {
  pool::key_id id;
  std::copy_n(hex.begin(), std::min(hex.size(), id.hex.size()), id.hex.begin());
  return id;
}

}  // namespace

void put_affinity(session& s, std::span<const pool::affinity_record> changes) {
  for (const pool::affinity_record& one : changes) {
    if (one.expires == pool::time_point{}) {
      s.prepare("DELETE FROM affinity WHERE name=?").bind(one.name).run();
      continue;
    }
    s.prepare("INSERT OR REPLACE INTO affinity VALUES(?,?,?,?)")
        .bind(one.name, one.owner.key.view(), one.owner.project.value, stored(one.expires))
        .run();
  }
}

std::vector<pool::affinity_record> affinity(session& s, pool::time_point now, std::size_t most) {
  std::vector<pool::affinity_record> all;
  statement& rows =
      s.prepare(
           "SELECT name,key,project,expires FROM affinity WHERE expires IS NULL OR expires>? "
           "ORDER BY expires IS NOT NULL,expires DESC LIMIT ?")
          .bind(now, most);
  while (rows.next()) {
    all.push_back({rows.text(0),
                   {key_id_of(rows.text(1)), pool::project_name(rows.text(2))},
                   rows.maybe_time(3).value_or(pool::never_expires)});
  }
  std::reverse(all.begin(), all.end());
  return all;
}

std::size_t remove_expired_affinity(session& s, pool::time_point now) {
  s.prepare("DELETE FROM affinity WHERE expires<=?").bind(now).run();
  return static_cast<std::size_t>(s.changed());
}

}  // namespace gemkeeper::store
