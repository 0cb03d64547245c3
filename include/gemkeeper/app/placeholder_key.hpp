// What clients are given as their API key: SDKs refuse to start without one.
#pragma once

#include <string_view>

namespace gemkeeper::app {

// Set by `gemkeeper run` and `gemkeeper env`, and no key when gemkeeper itself finds it.
inline constexpr std::string_view placeholder_key = "gemkeeper";

}  // namespace gemkeeper::app
