#include "limits.hpp"
#include "sql.hpp"
#include <gemkeeper/store/keys.hpp>

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

void replace_health(session& s, const health_rows& health) {
  s.run("DELETE FROM quarantines; DELETE FROM cool_downs; DELETE FROM day_counts");
  statement& quarantine = s.prepare("INSERT OR REPLACE INTO quarantines VALUES(?,?,?,?,?)");
  for (const auto& q : health.quarantines) {
    const auto interval = std::chrono::floor<std::chrono::microseconds>(q.interval).count();
    quarantine.bind(q.key.view(), q.reason, q.since, q.next_probe, interval).run();
  }
  statement& cool_down = s.prepare("INSERT OR REPLACE INTO cool_downs VALUES(?,?,?,?,?)");
  for (const auto& c : health.cool_downs)
    cool_down.bind(c.project.value, c.model.value, c.quota, c.until, c.failures).run();
  statement& day = s.prepare("INSERT OR REPLACE INTO day_counts VALUES(?,?,?,?)");
  for (const auto& d : health.day_counts)
    day.bind(d.key.view(), d.model.value, d.day_end, d.requests).run();
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
