#pragma once

#include <gemkeeper/gemini/resource.hpp>

#include <string>

namespace gemkeeper::test {

// "files/a cachedContents/b"
inline std::string list(const gemini::resource_set& set) {
  std::string all;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i != 0) all += ' ';
    all += set[i];
  }
  return all;
}

}  // namespace gemkeeper::test
