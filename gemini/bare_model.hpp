#pragma once

#include <string_view>

namespace gemkeeper::gemini {

// A model's name as the pool knows it: without "models/".
inline std::string_view bare_model(std::string_view name) {
  constexpr std::string_view prefix = "models/";
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

}  // namespace gemkeeper::gemini
