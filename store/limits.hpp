// Limits of keys, projects and clients, in one table.
#pragma once

#include <gemkeeper/store/keys.hpp>

#include <string_view>

namespace gemkeeper::store {

limit_map limits_of(session& s, std::string_view scope, std::string_view owner);
void put_limits(session& s, std::string_view scope, std::string_view owner,
                const limit_map& limits);

pool::key_id id_of(std::string_view text);

}  // namespace gemkeeper::store
