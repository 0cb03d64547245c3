#include "migrations.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace gemkeeper::store {
namespace {

constexpr std::int64_t application_id = 0x474d4b50;  // "GMKP"

// Times are microseconds since 1970, starts of usage rows seconds.
constexpr std::string_view declared = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE keys(
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  secret BLOB NOT NULL,   -- sealed
  proxy BLOB NOT NULL,    -- sealed, or empty
  project TEXT NOT NULL,
  weight INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  models TEXT NOT NULL,   -- one a line
  tier INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  source TEXT NOT NULL,
  created INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE projects(
  name TEXT PRIMARY KEY,
  google_project TEXT NOT NULL,
  tier INTEGER NOT NULL,
  created INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE clients(
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  token_hash BLOB NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  revoked INTEGER) WITHOUT ROWID;

-- Of keys, projects and clients; a new kind of limit is a new name, not a new column.
CREATE TABLE limits(
  scope TEXT NOT NULL,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY(scope, owner, name)) WITHOUT ROWID;

CREATE TABLE quarantines(
  key TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  next_probe INTEGER NOT NULL,
  interval INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE cool_downs(
  project TEXT NOT NULL,
  model TEXT NOT NULL,
  quota TEXT NOT NULL,
  until INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  PRIMARY KEY(project, model, quota)) WITHOUT ROWID;

CREATE TABLE day_counts(
  key TEXT NOT NULL,
  model TEXT NOT NULL,
  day_end INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  PRIMARY KEY(key, model)) WITHOUT ROWID;

CREATE TABLE alerts(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  message TEXT NOT NULL,
  resolved INTEGER);
CREATE INDEX alerts_by_time ON alerts(time);

CREATE TABLE audit(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL);
CREATE INDEX audit_by_time ON audit(time);
)sql";

// 26 counts of tokens: as reported, and by modality.
constexpr std::string_view sums =
    "calls INTEGER NOT NULL, errors INTEGER NOT NULL, cancelled INTEGER NOT NULL, "
    "unmetered INTEGER NOT NULL, unpriced INTEGER NOT NULL, cost_micros INTEGER NOT NULL, "
    "prompt INTEGER NOT NULL, cached INTEGER NOT NULL, tool_use INTEGER NOT NULL, "
    "candidates INTEGER NOT NULL, thoughts INTEGER NOT NULL, total INTEGER NOT NULL, "
    "prompt_text INTEGER NOT NULL, prompt_image INTEGER NOT NULL, "
    "prompt_audio INTEGER NOT NULL, prompt_video INTEGER NOT NULL, "
    "prompt_document INTEGER NOT NULL, "
    "cached_text INTEGER NOT NULL, cached_image INTEGER NOT NULL, "
    "cached_audio INTEGER NOT NULL, cached_video INTEGER NOT NULL, "
    "cached_document INTEGER NOT NULL, "
    "tool_use_text INTEGER NOT NULL, tool_use_image INTEGER NOT NULL, "
    "tool_use_audio INTEGER NOT NULL, tool_use_video INTEGER NOT NULL, "
    "tool_use_document INTEGER NOT NULL, "
    "candidates_text INTEGER NOT NULL, candidates_image INTEGER NOT NULL, "
    "candidates_audio INTEGER NOT NULL, candidates_video INTEGER NOT NULL, "
    "candidates_document INTEGER NOT NULL";

// `step`: 60, 3600 or 86400 seconds. `journals`: how much of each worker's journal is in here, with
// its rows, in the same transaction.
constexpr std::string_view usage_table = R"sql(
CREATE TABLE names(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE usage(
  step INTEGER NOT NULL, start INTEGER NOT NULL,
  key INTEGER NOT NULL, project INTEGER NOT NULL, model INTEGER NOT NULL, client INTEGER NOT NULL,
  {0},
  PRIMARY KEY(step, start, key, project, model, client)) WITHOUT ROWID;
CREATE TABLE journals(id INTEGER PRIMARY KEY, committed INTEGER NOT NULL);
)sql";

// `scope`: 0 all, 1 by key, 2 by project, 3 by model, 4 by client. `totals_of_keys`: what a key's
// reset takes off the other scopes.
constexpr std::string_view totals_table = R"sql(
CREATE TABLE totals(
  scope INTEGER NOT NULL, name INTEGER NOT NULL,
  {0},
  PRIMARY KEY(scope, name)) WITHOUT ROWID;
CREATE TABLE totals_of_keys(
  key INTEGER NOT NULL, project INTEGER NOT NULL, model INTEGER NOT NULL, client INTEGER NOT NULL,
  {0},
  PRIMARY KEY(key, project, model, client)) WITHOUT ROWID;
CREATE TABLE resets(key INTEGER PRIMARY KEY, since INTEGER NOT NULL);
CREATE TABLE last_used(key INTEGER PRIMARY KEY, time INTEGER NOT NULL);
)sql";

// `severity`: as the program counts. `deliveries`: what the webhook is still owed. `key_ages`: when
// a key with this secret was first seen.
constexpr std::string_view alert_details = R"sql(
ALTER TABLE alerts ADD COLUMN severity INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN updated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
ALTER TABLE alerts ADD COLUMN until INTEGER;
CREATE TABLE deliveries(
  id INTEGER PRIMARY KEY,
  alert INTEGER NOT NULL,
  body TEXT NOT NULL,
  made INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_try INTEGER NOT NULL);
CREATE TABLE key_ages(
  key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  since INTEGER NOT NULL) WITHOUT ROWID;
)sql";

constexpr std::string_view changes_of_keys = R"sql(
CREATE TABLE key_changes(
  key TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY(key, field)) WITHOUT ROWID;
)sql";

// `name`: of a secret its hash. `key` and `project`: either may be gone from the pool. `expires`:
// NULL is never.
constexpr std::string_view affinity = R"sql(
CREATE TABLE affinity(
  name TEXT PRIMARY KEY,
  key TEXT NOT NULL,
  project TEXT NOT NULL,
  expires INTEGER) WITHOUT ROWID;
CREATE INDEX affinity_by_end ON affinity(expires);
)sql";

// `service`: as the program counts; the keys that there were are the Gemini API's.
constexpr std::string_view services_of_keys =
    "ALTER TABLE keys ADD COLUMN service INTEGER NOT NULL DEFAULT 0;";

}  // namespace

std::span<const std::string> migration_steps() {
  static const std::vector<std::string> steps{
      std::string(declared),        fmt::format(usage_table, sums), fmt::format(totals_table, sums),
      std::string(alert_details),   std::string(changes_of_keys),   std::string(affinity),
      std::string(services_of_keys)};
  return steps;
}

int migrate(session& s, std::span<const std::string> all) {
  const auto found = static_cast<int>(s.number("PRAGMA user_version"));
  const auto newest = static_cast<int>(all.size());
  if (found > newest) {
    throw error(fault::newer_version,
                fmt::format("the database has version {}, this gemkeeper knows versions up to {}: "
                            "use the newer gemkeeper again, restore a backup made before it, or "
                            "choose another storage.path",
                            found, newest));
  }
  const bool empty = found == 0 && s.number("SELECT count(*) FROM sqlite_schema") == 0;
  if (!empty && s.number("PRAGMA application_id") != application_id) {
    throw error(fault::cannot_open,
                "the file is a database of another program: choose another storage.path");
  }
  for (int version = found; version < newest; ++version) {
    transaction step(s);
    if (version == 0) s.run(fmt::format("PRAGMA application_id = {}", application_id));
    s.run(all[static_cast<std::size_t>(version)]);
    s.run(fmt::format("PRAGMA user_version = {}", version + 1));
    step.commit();
  }
  return found;
}

}  // namespace gemkeeper::store
