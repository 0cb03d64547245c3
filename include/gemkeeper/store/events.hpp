// Alerts, and the audit trail. Texts hold no secret: that is up to who writes them. Within a
// transaction; throw `error`.
#pragma once

#include <gemkeeper/pool/key.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gemkeeper::store {

class session;

struct alert_row {
  std::int64_t id = 0;  // given by `add_alert`
  pool::time_point time{};
  std::string kind;     // "key_quarantined"
  std::string subject;  // what it is about: a key's id, a limit's name
  std::string message;
  std::optional<pool::time_point> resolved{};
};
std::int64_t add_alert(session& s, const alert_row& alert);
bool resolve_alert(session& s, std::int64_t id, pool::time_point when);
std::vector<alert_row> alerts(session& s, std::size_t most);  // newest first

struct audit_row {
  std::int64_t id = 0;  // given by `add_audit`
  pool::time_point time{};
  std::string actor;    // "admin", "config"
  std::string action;   // "key.add"
  std::string subject;  // a key's id, a client's id
  std::string detail;
};
std::int64_t add_audit(session& s, const audit_row& row);
// Newest first; `before`: only with a lower id, to page on.
std::vector<audit_row> audit(session& s, std::size_t most,
                             std::optional<std::int64_t> before = std::nullopt);

// Of both, resolved alerts only. Returns the rows removed.
std::size_t remove_events_before(session& s, pool::time_point time);

}  // namespace gemkeeper::store
