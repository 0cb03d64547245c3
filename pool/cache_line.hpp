#pragma once

#include <cstddef>

namespace gemkeeper::pool::detail {

// With thousands of keys, a key's records have left the caches when its turn comes. What of them a
// request touches is laid out in as few of these as can be.
inline constexpr std::size_t cache_line = 64;

}  // namespace gemkeeper::pool::detail
