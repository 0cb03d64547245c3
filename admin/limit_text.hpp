// Limits and quota in JSON, shared by the endpoints of keys, clients and projects.
#pragma once

#include "json_input.hpp"
#include "json_output.hpp"
#include <gemkeeper/pool/limits.hpp>

#include <span>
#include <string_view>

namespace gemkeeper::admin {

// As members "limits", "quota", "usage_of_limits" of the object that is being written.
void write_limits(json_output& json, const pool::limit_set& limits);
void write_quota(json_output& json, const pool::quota_set& quota);
void write_limit_usage(json_output& json, std::span<const pool::limit_view> limits);
// As member "usage_of_quota": of each model that was asked for.
void write_quota_usage(json_output& json, std::span<const pool::quota_view> quota);
// {"scope", "subject", "name", "limit", …}, in the array that is being written.
void write_limit_rows(json_output& json, pool::limit_scope scope, std::string_view subject,
                      std::string_view name, std::span<const pool::limit_view> limits);

// What is not named is no limit. Money: a number, in US dollars.
std::optional<pool::limit_set> read_limits(members& from);
std::optional<pool::quota_set> read_quota(members& from);

}  // namespace gemkeeper::admin
