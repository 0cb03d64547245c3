// "Did you mean …?"
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gemkeeper::app {

// The candidate that `name` is probably a slip of: the same last part in another section, or few
// letters off. Empty: none is near.
std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates);

// " (did you mean pool.policy?)", or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace gemkeeper::app
