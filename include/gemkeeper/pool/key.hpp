// A key as the operator declared it, and as the pool shows it.
#pragma once

#include <gemkeeper/pool/ids.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::pool {

// Wall-clock time: daily quotas end by the calendar. The pool never reads a clock; every call that
// needs the time is told it.
using time_point = std::chrono::system_clock::time_point;
using duration = std::chrono::system_clock::duration;

enum class tier : std::uint8_t { unknown, free, paid };

// Which of Google's services a key is for; the other rejects it. Vertex AI takes API keys in its
// express mode alone (protocol document, 1.8).
enum class service : std::uint8_t { gemini, vertex };
inline constexpr std::size_t service_count = 2;
std::string_view to_string(service);
std::optional<service> parse_service(std::string_view);

// Limits that the operator sets, over all models; 0 means none. Money is in 10^-6 USD.
struct limit_set {
  std::uint64_t requests_in_flight = 0;
  std::uint64_t requests_per_minute = 0;
  std::uint64_t requests_per_day = 0;
  std::uint64_t tokens_per_minute = 0;
  std::uint64_t tokens_per_day = 0;
  std::uint64_t tokens_per_month = 0;
  std::uint64_t usd_per_day = 0;
  std::uint64_t usd_per_month = 0;

  [[nodiscard]] bool empty() const { return *this == limit_set{}; }
  friend bool operator==(const limit_set&, const limit_set&) = default;
};

// Google's own quota, per model, declared so that a 429 is avoided and not met; 0 means unknown. A
// request counts from the moment it gets the key, whatever comes of it.
struct quota_set {
  std::uint32_t requests_per_minute = 0;  // within any 60 seconds
  std::uint32_t requests_per_day = 0;     // days end at midnight in America/Los_Angeles
  std::uint64_t tokens_per_minute = 0;    // of input, as Google meters

  [[nodiscard]] bool empty() const { return *this == quota_set{}; }
  friend bool operator==(const quota_set&, const quota_set&) = default;
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
  limit_set limits;
  quota_set quota;  // of this key alone
  pool::tier tier = pool::tier::unknown;
  pool::service service = pool::service::gemini;
  bool enabled = true;
  // By which proxy its requests leave; a secret, which the pool hands on as it is. Empty: by the
  // same as everybody's.
  std::string proxy;
};

// Cooling: its project is, for one model at least; others may do. Exhausted: it or its project is
// over a limit that the operator set. Disabled wins over quarantined, that over exhausted, and that
// over cooling.
enum class key_state : std::uint8_t { healthy, cooling, exhausted, quarantined, disabled };
std::string_view to_string(key_state);

}  // namespace gemkeeper::pool
