#include "quota_ledger.hpp"

#include "error_catalogue.hpp"

namespace gemkeeper::sandbox {
namespace {

using namespace std::chrono_literals;

// Google tells a short delay for a daily quota too.
constexpr milliseconds delay_of_a_day = 18s;
// And this one, for ever, for a request that no minute can hold.
constexpr milliseconds delay_of_the_impossible = 1s;

std::string quota_id(std::string_view limit, const spending& what) {
  const bool free = what.tier == billing_tier::free;
  if (limit == "Tokens") {
    return free ? "GenerateContentInputTokensPerModelPerMinute-FreeTier"
                : "GenerateContentPaidTierInputTokensPerModelPerMinute";
  }
  std::string id = what.family == quota_family::embed ? "EmbedContent" : "Generate";
  id += "RequestsPer";
  id += limit;
  id += "PerProjectPerModel";
  if (free) id += "-FreeTier";
  return id;
}

quota_violation violation(std::string_view limit_name, std::uint64_t limit, const spending& what) {
  quota_violation violated = violation_of(quota_id(limit_name, what));
  violated.limit = limit;
  return violated;
}

}  // namespace

std::chrono::local_days pacific_day(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto day = floor<days>(when);
  const year this_year = year_month_day(day).year();
  // Two in the morning local time, in UTC.
  const auto summer_begins = sys_days(Sunday[2] / March / this_year) + 10h;
  const auto summer_ends = sys_days(Sunday[1] / November / this_year) + 9h;
  const hours offset = when >= summer_begins && when < summer_ends ? -7h : -8h;
  return local_days(floor<days>(when + offset).time_since_epoch());
}

quota_ledger::quota_ledger(std::vector<quota> quotas, milliseconds minute)
    : quotas_(std::move(quotas)), minute_(minute) {}

std::optional<std::uint64_t> quota_ledger::limit(std::optional<std::uint64_t> quota::*which,
                                                 const spending& what) const {
  for (const quota& row : quotas_) {
    if (!row.project.empty() && row.project != what.project) continue;
    if (!row.model.empty() && row.model != what.model) continue;
    if (row.*which) return row.*which;
  }
  return std::nullopt;
}

quota_ledger::counters& quota_ledger::counters_of(const spending& what, time_point now) {
  std::string name(what.project);
  name += '\0';
  name += what.model;
  if (what.family == quota_family::vertex) name += std::string_view("\0vertex", 7);
  counters& used = counters_[name];
  if (now >= used.minute_begin + minute_) {
    used.minute_begin = now;
    used.requests_this_minute = 0;
    used.tokens_this_minute = 0;
  }
  if (const auto today = pacific_day(now); used.day != today) {
    used.day = today;
    used.requests_today = 0;
  }
  return used;
}

std::optional<quota_refusal> quota_ledger::admit(const spending& what, time_point now) {
  if (quotas_.empty()) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  counters& used = counters_of(what, now);
  const auto end_of_minute = std::chrono::duration_cast<milliseconds>(
      std::chrono::ceil<milliseconds>(used.minute_begin + minute_ - now));

  quota_refusal refusal;
  if (const auto tokens = limit(&quota::input_tokens_per_minute, what);
      tokens && what.family != quota_family::embed &&
      used.tokens_this_minute + what.tokens > *tokens) {
    refusal.violations.push_back(violation("Tokens", *tokens, what));
    refusal.retry_delay = what.tokens > *tokens ? delay_of_the_impossible : end_of_minute;
  }
  if (const auto requests = limit(&quota::requests_per_minute, what);
      requests && used.requests_this_minute >= *requests) {
    refusal.violations.push_back(violation("Minute", *requests, what));
    refusal.retry_delay = end_of_minute;
  }
  if (const auto requests = limit(&quota::requests_per_day, what);
      requests && used.requests_today >= *requests) {
    refusal.violations.push_back(violation("Day", *requests, what));
    if (refusal.retry_delay == 0ms) refusal.retry_delay = delay_of_a_day;
  }
  if (!refusal.violations.empty()) return refusal;

  ++used.requests_this_minute;
  ++used.requests_today;
  used.tokens_this_minute += what.tokens;
  return std::nullopt;
}

}  // namespace gemkeeper::sandbox
