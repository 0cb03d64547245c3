// Limits that the operator sets for a key, a project or a client, over all models; and Google's own
// quota, where the operator declares it.
//
// Plain values. Days and months are those of America/Los_Angeles, as Google's quota is. A minute is
// any sixty seconds, to the second. Money is in 10^-6 USD. docs/limits.md says what counts when.
#pragma once

#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/pool/key.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::pool {

// From `start` up to, not including, `end`.
struct time_span {
  time_point start{}, end{};
  [[nodiscard]] bool holds(time_point t) const { return t >= start && t < end; }
};
// The day and the month of America/Los_Angeles that `now` is in.
time_span day_of(time_point now);
time_span month_of(time_point now);

enum class limit_kind : std::uint8_t {
  requests_in_flight,
  requests_per_minute,
  requests_per_day,
  tokens_per_minute,
  tokens_per_day,
  tokens_per_month,
  usd_per_day,
  usd_per_month,
};
inline constexpr std::size_t limit_kind_count = 8;
std::string_view to_string(limit_kind);  // "requests_per_minute": in settings, JSON and the store
std::optional<limit_kind> parse_limit_kind(std::string_view name);
constexpr bool is_money(limit_kind k) {
  return k == limit_kind::usd_per_day || k == limit_kind::usd_per_month;
}

// The member that a kind names.
std::uint64_t& value_of(limit_set& limits, limit_kind which);
std::uint64_t value_of(const limit_set& limits, limit_kind which);

enum class limit_scope : std::uint8_t { key, project, client };
std::string_view to_string(limit_scope);

// One limit as it stands.
struct limit_view {
  limit_kind which = limit_kind::requests_in_flight;
  std::uint64_t limit = 0;
  std::uint64_t used = 0;
  std::uint64_t reserved = 0;           // by requests under way, as an estimate
  std::optional<time_point> resets_at;  // of a day or a month

  [[nodiscard]] double share() const;  // of `used`
};

// How far a declared quota of Google's is used up for one model: of a key alone, or of its project.
struct quota_view {
  limit_scope scope = limit_scope::project;
  model_name model;
  limit_view use;  // requests or input tokens of a minute, requests of a day
};

// The shares of a limit, in percent, at which a `limit_event` is told.
class limit_shares {
 public:
  limit_shares();                                             // 50, 80, 100
  explicit limit_shares(std::span<const unsigned> percents);  // what is not 1 to 100 is left out

  // The highest of them that `percent` reaches; 0: none.
  [[nodiscard]] unsigned reached(unsigned percent) const;

 private:
  std::array<std::uint64_t, 2> bits_{};  // by percent
};

// A limit was used to one of those shares: told once in each day or month, and for a limit per
// minute at most once a minute; of several reached at once, the highest. Requests in flight tell
// nothing.
struct limit_event {
  limit_scope scope = limit_scope::key;
  std::string subject;  // a key's or client's id, a project's name
  std::string name;     // of the key or client
  limit_kind which = limit_kind::requests_per_day;
  unsigned percent = 0;  // the share
  std::uint64_t used = 0;
  std::uint64_t limit = 0;
  time_point ends{};  // of the day, the month or the minute
};

// What a subject has used of a day or month before this process began.
struct past_usage {
  std::uint64_t requests = 0;
  std::uint64_t tokens = 0;
  std::uint64_t micro_usd = 0;
};

struct project_spec {
  project_name name;  // as keys declare it, or as Google names it: "projects/123"
  limit_set limits;
  quota_set quota;
  friend bool operator==(const project_spec&, const project_spec&) = default;
};

struct project_view {
  project_spec spec;
  std::size_t keys = 0;
  std::uint32_t in_flight = 0;
  std::optional<time_point> exhausted_until;
  std::vector<limit_view> limits;
  std::vector<quota_view> quota;  // of each model that was asked for
};

}  // namespace gemkeeper::pool
