// Single values by name: "totals.since", "sealing.check". Within a transaction; throw `error`.
#pragma once

#include <string>
#include <string_view>

namespace gemkeeper::store {

class session;

std::string meta(session& s, std::string_view name);  // empty: not set
void set_meta(session& s, std::string_view name, std::string_view value);

}  // namespace gemkeeper::store
