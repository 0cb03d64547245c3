// The audit trail. Texts hold no secret: that is up to who writes them. Within a
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

// Of alerts (alerts.hpp) too, but for those that stand. Returns the rows removed.
std::size_t remove_events_before(session& s, pool::time_point time);

}  // namespace gemkeeper::store
