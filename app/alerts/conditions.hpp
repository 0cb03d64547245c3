// What is worth an alert: rules on values. Free of I/O.
#pragma once

#include "alert_book.hpp"
#include <gemkeeper/admin/backend.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gemkeeper::app {

namespace alert_kind {
inline constexpr std::string_view key_quarantined = "key_quarantined";
inline constexpr std::string_view key_age = "key_age";
inline constexpr std::string_view project_exhausted = "project_exhausted";
inline constexpr std::string_view pool_empty = "pool_empty";
inline constexpr std::string_view pool_low = "pool_low";
inline constexpr std::string_view location_refused = "location_refused";
inline constexpr std::string_view limit_reached = "limit_reached";
inline constexpr std::string_view storage_failing = "storage_failing";
inline constexpr std::string_view certificate_expiring = "certificate_expiring";
}  // namespace alert_kind

// Keys of one kind of trouble beyond this are told of in one alert, whose subject is "others".
inline constexpr std::size_t max_alerts_of_kind = 50;

// When the secrets of keys were first seen.
using key_ages = std::unordered_map<pool::key_id, alert_time>;

// Of kinds key_quarantined, key_age and project_exhausted. `key_age` 0: no key is too old.
std::vector<condition> judge_keys(std::span<const admin::key_info> keys, const key_ages& since,
                                  std::chrono::milliseconds key_age, alert_time now);
// Of kinds pool_empty and pool_low.
std::vector<condition> judge_counts(const pool::pool_counts& counts);
// A certificate of `setting` that ends within two weeks, or has ended.
std::vector<condition> judge_certificate(std::string_view setting, alert_time not_after,
                                         alert_time now);
// `problem` empty: all is well.
std::vector<condition> judge_storage(std::string_view problem);
condition location_refused(alert_time now);
// Of `share` percent of a limit, in a period that ends then. `scope`: "key", "project", "client";
// `which`: "tokens_per_day".
condition limit_reached(std::string_view scope, std::string_view subject, std::string_view which,
                        unsigned share, alert_time ends);

}  // namespace gemkeeper::app
