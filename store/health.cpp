#include "limits.hpp"
#include "sql.hpp"
#include <gemkeeper/store/keys.hpp>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace gemkeeper::store {

void put_project(session& s, const project_row& project) {
  if (project.name.empty()) throw error(fault::input, "a project to store has no name");
  s.prepare(
       "INSERT INTO projects VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET "
       "google_project=excluded.google_project,tier=excluded.tier")
      .bind(project.name.value, project.google_project, static_cast<int>(project.tier),
            project.created)
      .run();
  put_limits(s, "project", project.name.value, project.limits);
}

bool remove_project(session& s, const pool::project_name& name) {
  s.prepare("DELETE FROM projects WHERE name=?").bind(name.value).run();
  const bool there = s.changed() != 0;
  put_limits(s, "project", name.value, {});
  return there;
}

std::vector<project_row> projects(session& s) {
  std::vector<project_row> all;
  statement& rows =
      s.prepare("SELECT name,google_project,tier,created FROM projects ORDER BY name");
  while (rows.next()) {
    all.push_back({pool::project_name(rows.text(0)), rows.text(1),
                   static_cast<pool::tier>(rows.integer(2)), limits_of(s, "project", rows.text(0)),
                   rows.time(3)});
  }
  return all;
}

namespace {

// Turns the rows that are there into those that are to be: what stays is not written again.
template <class Row>
void turn_into(std::vector<Row> after, std::vector<Row> before, auto key, auto stored, auto remove,
               auto put) {
  std::ranges::stable_sort(after, {}, key);
  std::ranges::sort(before, {}, key);
  auto old = before.begin();
  for (const Row& row : after) {
    for (; old != before.end() && key(*old) < key(row); ++old)
      remove(*old);
    const bool known = old != before.end() && key(*old) == key(row);
    if (!known || stored(*old) != stored(row)) put(row);
    if (known) ++old;
  }
  for (; old != before.end(); ++old)
    remove(*old);
}

std::int64_t to_micros(pool::duration interval) {
  return std::chrono::floor<std::chrono::microseconds>(interval).count();
}

}  // namespace

void replace_health(session& s, const health_rows& health) {
  health_rows before = store::health(s, pool::time_point::min());
  // As the tables have them.
  const auto key_of_quarantine = [](const quarantine_row& q) { return q.key.view(); };
  const auto stored_quarantine = [](const quarantine_row& q) {
    return std::tuple(std::string_view(q.reason), to_micros(q.since), to_micros(q.next_probe),
                      to_micros(q.interval));
  };
  turn_into(
      health.quarantines, std::move(before.quarantines), key_of_quarantine, stored_quarantine,
      [&s](const quarantine_row& q) {
        s.prepare("DELETE FROM quarantines WHERE key=?").bind(q.key.view()).run();
      },
      [&s](const quarantine_row& q) {
        s.prepare("INSERT OR REPLACE INTO quarantines VALUES(?,?,?,?,?)")
            .bind(q.key.view(), q.reason, q.since, q.next_probe, to_micros(q.interval))
            .run();
      });

  const auto key_of_cool_down = [](const cool_down_row& c) {
    return std::tie(c.project.value, c.model.value, c.quota);
  };
  const auto stored_cool_down = [](const cool_down_row& c) {
    return std::pair(to_micros(c.until), c.failures);
  };
  turn_into(
      health.cool_downs, std::move(before.cool_downs), key_of_cool_down, stored_cool_down,
      [&s](const cool_down_row& c) {
        s.prepare("DELETE FROM cool_downs WHERE project=? AND model=? AND quota=?")
            .bind(c.project.value, c.model.value, c.quota)
            .run();
      },
      [&s](const cool_down_row& c) {
        s.prepare("INSERT OR REPLACE INTO cool_downs VALUES(?,?,?,?,?)")
            .bind(c.project.value, c.model.value, c.quota, c.until, c.failures)
            .run();
      });

  const auto key_of_day = [](const day_count_row& d) {
    return std::pair(d.key.view(), std::string_view(d.model.value));
  };
  const auto stored_day = [](const day_count_row& d) {
    return std::pair(to_micros(d.day_end), d.requests);
  };
  turn_into(
      health.day_counts, std::move(before.day_counts), key_of_day, stored_day,
      [&s](const day_count_row& d) {
        s.prepare("DELETE FROM day_counts WHERE key=? AND model=?")
            .bind(d.key.view(), d.model.value)
            .run();
      },
      [&s](const day_count_row& d) {
        s.prepare("INSERT OR REPLACE INTO day_counts VALUES(?,?,?,?)")
            .bind(d.key.view(), d.model.value, d.day_end, d.requests)
            .run();
      });
}

health_rows health(session& s, pool::time_point now) {
  health_rows all;
  statement& quarantine =
      s.prepare("SELECT key,reason,since,next_probe,interval FROM quarantines ORDER BY key");
  while (quarantine.next()) {
    all.quarantines.push_back({id_of(quarantine.text(0)), quarantine.text(1), quarantine.time(2),
                               quarantine.time(3),
                               std::chrono::microseconds(quarantine.integer(4))});
  }
  statement& cool_down = s.prepare(
                              "SELECT project,model,quota,until,failures FROM cool_downs "
                              "WHERE until>? ORDER BY project,model,quota")
                             .bind(now);
  while (cool_down.next()) {
    all.cool_downs.push_back({pool::project_name(cool_down.text(0)),
                              pool::model_name(cool_down.text(1)), cool_down.text(2),
                              cool_down.time(3), static_cast<std::uint32_t>(cool_down.integer(4))});
  }
  statement& day = s.prepare(
                        "SELECT key,model,day_end,requests FROM day_counts WHERE day_end>? "
                        "ORDER BY key,model")
                       .bind(now);
  while (day.next()) {
    all.day_counts.push_back({id_of(day.text(0)), pool::model_name(day.text(1)), day.time(2),
                              static_cast<std::uint32_t>(day.integer(3))});
  }
  return all;
}

}  // namespace gemkeeper::store
