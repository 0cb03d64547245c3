// Limits as the store keeps them: by name.
#include <gemkeeper/pool/limits.hpp>
#include <gemkeeper/store/keys.hpp>

#include <algorithm>
#include <limits>

namespace gemkeeper::store {
namespace {

constexpr const char* quota_requests_per_minute = "quota.requests_per_minute";
constexpr const char* quota_requests_per_day = "quota.requests_per_day";
constexpr const char* quota_tokens_per_minute = "quota.tokens_per_minute";

std::uint64_t value(const limit_map& map, const char* name) {
  const auto found = map.find(name);
  return found == map.end() ? 0 : found->second;
}

std::uint32_t small_value(const limit_map& map, const char* name) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(value(map, name), std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

limit_map to_map(const pool::limit_set& limits, const pool::quota_set& quota) {
  limit_map map;
  for (std::size_t i = 0; i < pool::limit_kind_count; ++i) {
    const auto kind = static_cast<pool::limit_kind>(i);
    if (const auto limit = pool::value_of(limits, kind)) map.emplace(to_string(kind), limit);
  }
  if (quota.requests_per_minute != 0) {
    map.emplace(quota_requests_per_minute, quota.requests_per_minute);
  }
  if (quota.requests_per_day != 0) map.emplace(quota_requests_per_day, quota.requests_per_day);
  if (quota.tokens_per_minute != 0) map.emplace(quota_tokens_per_minute, quota.tokens_per_minute);
  return map;
}

pool::limit_set limits_in(const limit_map& map) {
  pool::limit_set limits;
  for (const auto& [name, limit] : map) {
    if (const auto kind = pool::parse_limit_kind(name)) pool::value_of(limits, *kind) = limit;
  }
  return limits;
}

pool::quota_set quota_in(const limit_map& map) {
  return {small_value(map, quota_requests_per_minute), small_value(map, quota_requests_per_day),
          value(map, quota_tokens_per_minute)};
}

}  // namespace gemkeeper::store
