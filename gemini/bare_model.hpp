#pragma once

#include <string_view>

namespace gemkeeper::gemini {

// A model's name as the pool knows it: without "models/", or Vertex AI's
// "publishers/google/models/".
inline std::string_view bare_model(std::string_view name) {
  constexpr std::string_view publisher = "publishers/google/", prefix = "models/";
  if (name.starts_with(publisher)) name.remove_prefix(publisher.size());
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

}  // namespace gemkeeper::gemini
