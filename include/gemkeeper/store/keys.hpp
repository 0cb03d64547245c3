// Keys that were added at run time, and what the pool learned of all keys.
//
// The functions work within a transaction of `database::read` or `database::write` and throw
// `error`; messages name keys by id or name, never by secret.
#pragma once

#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/store/sealing_key.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::store {

class session;

// Limits by name ("requests_per_minute"): a new kind needs no new column.
using limit_map = std::map<std::string, std::uint64_t>;
// Money in 10^-6 USD; a quota's under "quota.…". Names that are not known are left out.
limit_map to_map(const pool::limit_set& limits, const pool::quota_set& quota = {});
pool::limit_set limits_in(const limit_map& map);
pool::quota_set quota_in(const limit_map& map);

struct stored_key {
  pool::key_id id;
  std::string name;    // unique
  std::string secret;  // sealed
  std::string proxy;   // sealed; empty: none
  pool::project_name project;
  std::uint32_t weight = 1;
  std::int32_t priority = 0;
  std::vector<pool::model_name> models;
  limit_map limits;
  pool::tier tier = pool::tier::unknown;
  pool::service service = pool::service::gemini;
  bool enabled = true;
  std::string source;  // "admin"
  pool::time_point created{};
};

// The id stays when a secret is rotated: it is the key's name for its life, not its hash for ever.
stored_key seal(const pool::key_id& id, const pool::key_spec& spec, std::string_view source,
                pool::time_point created, const sealing_key& master);
// The caller wipes the secret when done with it.
pool::key_spec unseal(const stored_key& key, const sealing_key& master);

void add_key(session& s, const stored_key& key);     // `duplicate` by id or name
void update_key(session& s, const stored_key& key);  // all but id and `created`; `input`: none such
bool remove_key(session& s, const pool::key_id& id);  // with its health; usage stays
std::vector<stored_key> keys(session& s);             // by name
std::optional<stored_key> find_key(session& s, const pool::key_id& id);

// What the operator changed of a key that the configuration declares: values by the field's name.
using field_map = std::map<std::string, std::string>;
void put_key_changes(session& s, const pool::key_id& id, const field_map& all);  // for those before
std::map<pool::key_id, field_map> key_changes(session& s);

// The first master key of a database is remembered by its check value; another one is refused with
// `sealing`, and nothing is changed.
void verify_sealing_key(session& s, const sealing_key& master);
// Seals everything anew; all or nothing, as one transaction is. Returns the number of keys.
std::size_t reseal_all(session& s, const sealing_key& from, const sealing_key& to);

struct project_row {
  pool::project_name name;
  std::string google_project;  // "projects/123", when an error body named it
  pool::tier tier = pool::tier::unknown;
  limit_map limits;
  pool::time_point created{};
};
void put_project(session& s, const project_row& project);
bool remove_project(session& s, const pool::project_name& name);
std::vector<project_row> projects(session& s);

// What the pool learned and would have to learn anew, as it gives it and takes it back.
struct quarantine_row {
  pool::key_id key;
  std::string reason;
  pool::time_point since{}, next_probe{};
  pool::duration interval{};  // between probes, doubling
  friend bool operator==(const quarantine_row&, const quarantine_row&) = default;
};
struct cool_down_row {
  pool::project_name project;
  pool::model_name model;  // empty: the whole project
  std::string quota;
  pool::time_point until{};
  std::uint32_t failures = 0;  // in a row: the next cool-down's length
  friend bool operator==(const cool_down_row&, const cool_down_row&) = default;
};
struct day_count_row {
  pool::key_id key;
  pool::model_name model;
  pool::time_point day_end{};
  std::uint32_t requests = 0;
  friend bool operator==(const day_count_row&, const day_count_row&) = default;
};
struct health_rows {
  std::vector<quarantine_row> quarantines;
  std::vector<cool_down_row> cool_downs;
  std::vector<day_count_row> day_counts;
  friend bool operator==(const health_rows&, const health_rows&) = default;
};
void replace_health(session& s, const health_rows& health);
// Without what has ended by `now`.
health_rows health(session& s, pool::time_point now);

}  // namespace gemkeeper::store
