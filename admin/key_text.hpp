// Keys as JSON, shared by the endpoints that show them.
#pragma once

#include "json_output.hpp"
#include <gemkeeper/admin/backend.hpp>

namespace gemkeeper::admin {

void write_key(json_output& json, const key_info& key);
void write_cool_downs(json_output& json, const pool::key_view& of);
// 12 hex digits; throws `refusal` 404.
pool::key_id parse_key_id(std::string_view text);
std::string key_event(const pool::key_id& id, std::string_view what);

}  // namespace gemkeeper::admin
