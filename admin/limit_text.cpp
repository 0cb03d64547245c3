#include "limit_text.hpp"

#include <limits>
#include <string>

namespace gemkeeper::admin {
namespace {

constexpr double micros = 1e6;
constexpr std::int64_t most = 1'000'000'000'000'000;

double dollars(std::uint64_t micro_usd) {
  return static_cast<double>(micro_usd) / micros;
}

void amount(json_output& json, std::string_view name, pool::limit_kind which, std::uint64_t value) {
  json.key(name);
  pool::is_money(which) ? json.value(dollars(value)) : json.value(value);
}

void write_standing(json_output& json, const pool::limit_view& one) {
  amount(json, "limit", one.which, one.limit);
  amount(json, "used", one.which, one.used);
  amount(json, "reserved", one.which, one.reserved);
  json.member("share", one.share());
  json.member("resets_at", one.resets_at);
}

}  // namespace

void write_limits(json_output& json, const pool::limit_set& limits) {
  json.key("limits").begin_object();
  for (std::size_t i = 0; i < pool::limit_kind_count; ++i) {
    const auto kind = static_cast<pool::limit_kind>(i);
    amount(json, pool::to_string(kind), kind, pool::value_of(limits, kind));
  }
  json.end_object();
}

void write_quota(json_output& json, const pool::quota_set& quota) {
  json.key("quota").begin_object();
  json.member("requests_per_minute", quota.requests_per_minute);
  json.member("requests_per_day", quota.requests_per_day);
  json.member("tokens_per_minute", quota.tokens_per_minute);
  json.end_object();
}

void write_limit_usage(json_output& json, std::span<const pool::limit_view> limits) {
  json.key("usage_of_limits").begin_object();
  for (const pool::limit_view& one : limits) {
    json.key(pool::to_string(one.which)).begin_object();
    write_standing(json, one);
    json.end_object();
  }
  json.end_object();
}

void write_quota_usage(json_output& json, std::span<const pool::quota_view> quota) {
  json.key("usage_of_quota").begin_array();
  for (const pool::quota_view& one : quota) {
    json.begin_object();
    json.member("scope", pool::to_string(one.scope));
    json.member("model", one.model.value);
    json.member("which", pool::to_string(one.use.which));
    write_standing(json, one.use);
    json.end_object();
  }
  json.end_array();
}

void write_limit_rows(json_output& json, pool::limit_scope scope, std::string_view subject,
                      std::string_view name, std::span<const pool::limit_view> limits) {
  for (const pool::limit_view& one : limits) {
    json.begin_object();
    json.member("scope", pool::to_string(scope));
    json.member("subject", subject);
    json.member("name", name);
    json.member("which", pool::to_string(one.which));
    write_standing(json, one);
    json.end_object();
  }
}

std::optional<pool::limit_set> read_limits(members& from) {
  const rapidjson::Value* object = from.object("limits");
  if (object == nullptr) return std::nullopt;
  members limits(*object, from.path("limits."));
  pool::limit_set read;
  for (std::size_t i = 0; i < pool::limit_kind_count; ++i) {
    const auto kind = static_cast<pool::limit_kind>(i);
    const char* const name = pool::to_string(kind).data();  // a literal
    if (pool::is_money(kind)) {
      constexpr double most_dollars = 1e9;
      const double given = limits.decimal(name, 0, most_dollars).value_or(0);
      pool::value_of(read, kind) = static_cast<std::uint64_t>(given * micros + 0.5);
    } else {
      pool::value_of(read, kind) =
          static_cast<std::uint64_t>(limits.integer(name, 0, most).value_or(0));
    }
  }
  limits.finish();
  return read;
}

std::optional<pool::quota_set> read_quota(members& from) {
  const rapidjson::Value* object = from.object("quota");
  if (object == nullptr) return std::nullopt;
  members quota(*object, from.path("quota."));
  const auto count = [&](const char* name) {
    constexpr std::int64_t most_requests = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(quota.integer(name, 0, most_requests).value_or(0));
  };
  pool::quota_set read;
  read.requests_per_minute = count("requests_per_minute");
  read.requests_per_day = count("requests_per_day");
  read.tokens_per_minute =
      static_cast<std::uint64_t>(quota.integer("tokens_per_minute", 0, most).value_or(0));
  quota.finish();
  return read;
}

}  // namespace gemkeeper::admin
