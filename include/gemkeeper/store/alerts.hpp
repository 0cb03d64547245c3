// Alerts, what of them a webhook is still owed, and since when keys are known. Texts hold no
// secret: that is up to who writes them. Within a transaction; throw `error`.
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
  std::int64_t id = 0;  // the writer's choice, unique
  pool::time_point time{};
  std::string kind;     // "key_quarantined"
  std::string subject;  // what it is about: a key's id, a limit's name
  std::string message;
  std::optional<pool::time_point> resolved{};
  std::uint8_t severity = 0;  // as the writer counts
  pool::time_point updated{};
  std::uint64_t count = 1;
  std::optional<pool::time_point> until{};
};
// New, or in place of the one with this id.
void put_alert(session& s, const alert_row& alert);
// Those that stand first, each part newest first.
std::vector<alert_row> alerts(session& s, std::size_t most);

struct delivery_row {
  std::int64_t id = 0;  // the writer's choice, in the order of sending
  std::int64_t alert = 0;
  std::string body;
  pool::time_point made{};
  std::uint32_t attempts = 0;
  pool::time_point next_try{};
};
void put_delivery(session& s, const delivery_row& delivery);
void remove_delivery(session& s, std::int64_t id);
std::vector<delivery_row> deliveries(session& s);  // by id

// When a key's secret was first seen; `fingerprint` tells a rotated one from that before.
struct key_age_row {
  pool::key_id key;
  std::string fingerprint;
  pool::time_point since{};
};
void put_key_age(session& s, const key_age_row& row);
std::vector<key_age_row> key_ages(session& s);

}  // namespace gemkeeper::store
