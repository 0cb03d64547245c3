// How far back usage of each precision goes.
#pragma once

#include <cstdint>
#include <string>

namespace gemkeeper::store {

// In `meta`: rows of this step (seconds) that began before have been removed.
std::string kept_from_name(std::int64_t step);

}  // namespace gemkeeper::store
