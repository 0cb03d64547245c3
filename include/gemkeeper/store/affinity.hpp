// Which project owns which resource at Google, over restarts. Within a transaction; throw `error`.
#pragma once

#include <gemkeeper/pool/affinity_record.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace gemkeeper::store {

class session;

// As `pool::affinity_table` tells its changes: learned ones replace what was known, forgotten ones
// (`expires` is time_point{}) go.
void put_affinity(session& s, std::span<const pool::affinity_record> changes);
// For `pool::affinity_table::load`: what has not expired, the latest to expire last, at most so
// many.
std::vector<pool::affinity_record> affinity(session& s, pool::time_point now, std::size_t most);
// Returns the rows removed.
std::size_t remove_expired_affinity(session& s, pool::time_point now);

}  // namespace gemkeeper::store
