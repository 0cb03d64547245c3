// What the admin API asks of the program around it: keys, usage, configuration, readiness.
#pragma once

#include <gemkeeper/admin/alert.hpp>
#include <gemkeeper/admin/usage.hpp>
#include <gemkeeper/pool/clients.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/pool/traffic.hpp>
#include <gemkeeper/pool/usage_table.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::admin {

// A key as the pool has it, and as it was declared.
struct key_info {
  pool::key_view view;
  std::uint32_t weight = 1;
  std::int32_t priority = 0;
  std::vector<pool::model_name> models;
  pool::limit_set limits;
  pool::quota_set quota;
  pool::tier tier = pool::tier::unknown;
  bool from_api = false;  // added by the API: it can be rotated and removed by it
  bool durable = true;    // it is there after a restart
  std::string origin;     // "admin API", or the file or variable that it comes from
  // When this gemkeeper first had the secret that it has now; not known in the first second.
  std::optional<pool::time_point> first_seen = std::nullopt;
};

// What a PATCH changes; what is not set stays.
struct key_changes {
  std::optional<bool> enabled;
  std::optional<std::uint32_t> weight;
  std::optional<std::int32_t> priority;
  std::optional<std::string> project;  // empty: a project of its own
  std::optional<pool::service> service;
  std::optional<std::vector<pool::model_name>> models;
  std::optional<pool::limit_set> limits;
  std::optional<pool::quota_set> quota;
};

enum class change_error : std::uint8_t {
  none,
  no_such_key,
  duplicate_key,   // the pool has this secret already: `id`
  duplicate_name,  // another key has this name
  configured,      // the key comes from the configuration: `origin` is where to change it
  too_many_keys,
  storage_failed,  // `problem`; nothing is changed
};
struct change_result {
  change_error error = change_error::none;
  pool::key_id id;        // of the key in question
  std::string origin;     // with `configured`
  std::string problem{};  // with `storage_failed`
};

// A client of the proxy, never with its token.
struct client_info {
  pool::client_view view;
  pool::limit_set limits;
  bool from_api = false;  // made by the API: it can be changed and removed by it
  std::string origin;     // "admin API", or the file or variable of its token
  std::optional<pool::time_point> created;
};

// What a POST or a PATCH says of a client; what is not set stays.
struct client_edit {
  std::optional<std::string> name;
  std::optional<pool::limit_set> limits;
  std::optional<bool> enabled;
};

enum class client_error : std::uint8_t {
  none,
  unknown,         // no such client
  duplicate_name,  // another client has it: `id`
  configured,      // it comes from the configuration: `origin` is where to change it
  too_many,
  not_stored,  // the store says why: `problem`; nothing has changed
};
struct client_change {
  client_error error = client_error::none;
  std::string id;
  std::string origin;
  std::string problem;
  std::string token;  // a secret, told once: of a new or rotated client
};

struct project_info {
  pool::project_view view;
  bool configured = false;
};
struct project_edit {
  std::optional<pool::limit_set> limits;
  std::optional<pool::quota_set> quota;
};

// Google's word on a key.
struct key_answer {
  enum class answer : std::uint8_t { valid, invalid, unknown } is = answer::unknown;
  std::string reason;                 // short and stable: "API_KEY_INVALID", "unreachable"
  std::string problem;                // a sentence; also a remark on a valid key
  std::optional<std::size_t> models;  // nothing: its service lists none
};

struct readiness {
  bool listening = false;
  bool draining = false;
  pool::pool_counts counts;
  bool storage_works = true;  // the last write did
};

// What an operator did.
struct audit_entry {
  std::int64_t id = 0;  // grows
  pool::time_point time{};
  std::string actor;    // who: "127.0.0.1", "admin token from 10.0.0.3"
  std::string action;   // "key_added"
  std::string subject;  // what it was done to: a key's id; empty: no single thing
  std::string detail;
};

// Implemented by the program. Thread-safety: every member may be called from any thread of the
// admin server. Blocking: `validate` and `probe` wait for Google, half a minute at most, and
// `test_webhook` for its receiver; what changes keys waits for the disk, and some for the store;
// the others return at once. Nothing but the arguments of `add`, `rotate` and `validate` holds a
// secret.
class backend {
 public:
  virtual ~backend() = default;

  virtual std::vector<key_info> keys() = 0;
  virtual pool::pool_counts counts() = 0;
  // Since the start, by key and model.
  virtual pool::usage_table::snapshot usage() = 0;

  // From the store, which these wait for: they throw `store_failed`. What was answered before is in
  // it.
  virtual usage_totals totals() = 0;
  virtual std::vector<key_times> times_of_keys() = 0;
  // Also throw `bad_question`.
  virtual usage_series usage_over_time(const usage_question& what) = 0;
  virtual std::string usage_csv(const usage_question& what) = 0;
  // Totals start at zero, of all or of one key; history stays.
  virtual void reset_totals(const std::optional<pool::key_id>& key, pool::time_point now) = 0;
  virtual ledger_state ledger() = 0;  // does not wait

  virtual price_list prices() = 0;
  // Replaces the overrides by this price file (docs/prices.md). Throws `pool::price_error`, whose
  // text begins with the place, and `store_failed`; then nothing is changed.
  virtual void put_prices(const std::string& json) = 0;

  virtual change_result add(pool::key_spec key) = 0;
  virtual change_result change(const pool::key_id& id, const key_changes& what) = 0;
  // Requests under way keep the key; nobody gets it any more.
  virtual change_result remove(const pool::key_id& id) = 0;
  // Another secret for the same key: identity, project and counts stay.
  virtual change_result rotate(const pool::key_id& id, std::string secret) = 0;
  // Lifts cool-downs and quarantine. False: no such key.
  virtual bool reset(const pool::key_id& id) = 0;

  virtual std::vector<client_info> clients() = 0;
  virtual client_change add_client(const client_edit& what) = 0;
  virtual client_change change_client(std::string_view id, const client_edit& what) = 0;
  virtual client_change remove_client(std::string_view id) = 0;
  virtual client_change rotate_client(std::string_view id) = 0;
  virtual std::vector<project_info> projects() = 0;
  virtual client_change change_project(std::string_view name, const project_edit& what) = 0;

  // Why text cannot be a key; empty: it may be one. Never repeats it.
  virtual std::string check_secret(std::string_view secret) = 0;
  // Is the secret, or would it be, that of a known key?
  virtual std::optional<pool::key_id> find(std::string_view secret) = 0;
  virtual key_answer validate(std::string_view secret, pool::service of) = 0;
  // Asks Google about a key of the pool, and ends its quarantine when it is valid again. nullopt:
  // no such key.
  virtual std::optional<key_answer> probe(const pool::key_id& id) = 0;

  // The certificates that clients of the forward proxy must trust, as PEM; a CA is made where there
  // is none yet. Empty: it cannot be.
  virtual std::string ca_pem() = 0;
  // The configuration in effect as a JSON object, secrets hidden.
  virtual std::string config_json() = 0;
  virtual readiness ready() = 0;
  // nullopt: the pool knows no such key any more.
  virtual std::optional<pool::key_label> label_of(const pool::key_id& id) = 0;
  virtual pool::traffic traffic() = 0;
  // Client connections of the proxy.
  virtual std::size_t connections() = 0;

  // Those that stand, and recent ones.
  virtual alert_report alerts() = 0;
  // Sends a test alert, and waits for the receiver: alerts.webhook_timeout at most.
  virtual webhook_answer test_webhook() = 0;

  // What an operator did, for the log and the audit trail; never with a secret. `event`: a stable
  // word ("key_added"); `subject`: the id of a key or a client, or empty.
  virtual void note(std::string_view event, std::string_view message, std::string_view subject,
                    std::string_view actor) = 0;
  // The newest first, at most `most`; `before`: only those with a lower id, to page on.
  virtual std::vector<audit_entry> audit(std::size_t most, std::optional<std::int64_t> before) = 0;
};

}  // namespace gemkeeper::admin
