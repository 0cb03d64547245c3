// The words for limits: in settings, JSON, logs and the store.
#include <gemkeeper/pool/limits.hpp>

namespace gemkeeper::pool {
namespace {

constexpr std::array<std::string_view, limit_kind_count> kinds{
    "requests_in_flight", "requests_per_minute", "requests_per_day", "tokens_per_minute",
    "tokens_per_day",     "tokens_per_month",    "usd_per_day",      "usd_per_month"};

constexpr std::array<std::uint64_t limit_set::*, limit_kind_count> members{
    &limit_set::requests_in_flight, &limit_set::requests_per_minute, &limit_set::requests_per_day,
    &limit_set::tokens_per_minute,  &limit_set::tokens_per_day,      &limit_set::tokens_per_month,
    &limit_set::usd_per_day,        &limit_set::usd_per_month};

}  // namespace

std::uint64_t& value_of(limit_set& limits, limit_kind which) {
  return limits.*members[static_cast<std::size_t>(which)];
}

std::uint64_t value_of(const limit_set& limits, limit_kind which) {
  return limits.*members[static_cast<std::size_t>(which)];
}

std::string_view to_string(limit_kind k) {
  return kinds[static_cast<std::size_t>(k)];
}

std::optional<limit_kind> parse_limit_kind(std::string_view name) {
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] == name) return static_cast<limit_kind>(i);
  }
  return std::nullopt;
}

std::string_view to_string(limit_scope s) {
  switch (s) {
    case limit_scope::key:
      return "key";
    case limit_scope::project:
      return "project";
    case limit_scope::client:
      return "client";
  }
  return "unknown";
}

double limit_view::share() const {
  return limit == 0 ? 0 : static_cast<double>(used) / static_cast<double>(limit);
}

}  // namespace gemkeeper::pool
