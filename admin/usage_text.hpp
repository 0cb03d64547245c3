// How usage is written, and how questions about it are read.
#pragma once

#include "json_output.hpp"
#include <gemkeeper/admin/usage.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::admin {

// As members of the object that is being written: the cost, null where that of no call is known,
// and of how many calls it is not.
void write_cost(json_output& json, const pool::usage_counts& used);

// "2026-11-24", "2026-11-24T15:00:00Z", "…+01:00" (RFC 3339; without an offset: UTC), or seconds
// since 1970.
std::optional<pool::time_point> parse_time(std::string_view text);
// "%3A" as ':', '+' as it stands: times have one.
std::string percent_decoded(std::string_view text);

// The question in a query. Throws `refusal` 400 that names the parameter.
usage_question parse_usage_question(std::string_view query, pool::time_point now);

}  // namespace gemkeeper::admin
