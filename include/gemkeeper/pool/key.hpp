// A key as the operator declared it, and as the pool shows it.
#pragma once

#include <gemkeeper/pool/ids.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gemkeeper::pool {

// Wall-clock time: daily quotas end by the calendar. The pool never reads a clock; every call that
// needs the time is told it.
using time_point = std::chrono::system_clock::time_point;
using duration = std::chrono::system_clock::duration;

enum class tier : std::uint8_t { unknown, free, paid };

// Limits the operator declares for a key, per model; 0 means none. A request counts from the
// moment it gets the key, whatever comes of it.
struct key_limits {
  std::uint32_t requests_in_flight = 0;
  std::uint32_t requests_per_minute = 0;  // within any 60 seconds
  std::uint32_t requests_per_day = 0;     // days end at midnight in America/Los_Angeles
};

struct key_spec {
  std::string secret;
  // Of a key that has been given another secret: the identity that it keeps, with its project,
  // health and counts. Not set: made from the secret.
  std::optional<key_id> id{};
  std::string name;                // unique; "key-1" … when not declared
  project_name project;            // empty: a project of its own
  std::uint32_t weight = 1;        // policy `weighted`; at least 1
  std::int32_t priority = 0;       // policy `priority`; higher goes first
  std::vector<model_name> models;  // empty: all; a trailing `*` matches the rest of a name
  key_limits limits;
  pool::tier tier = pool::tier::unknown;
  bool enabled = true;
  // By which proxy its requests leave; a secret, which the pool hands on as it is. Empty: by the
  // same as everybody's.
  std::string proxy;
};

// Cooling: its project is, for one model at least; others may do. Disabled wins over quarantined,
// and that over cooling.
enum class key_state : std::uint8_t { healthy, cooling, quarantined, disabled };
std::string_view to_string(key_state);

}  // namespace gemkeeper::pool
