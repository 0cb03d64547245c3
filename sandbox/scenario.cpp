#include <gemkeeper/sandbox/scenario.hpp>

#include <fmt/format.h>

namespace gemkeeper::sandbox {

std::vector<api_key> default_keys(std::size_t count) {
  std::vector<api_key> keys;
  for (std::size_t i = 1; i <= count; ++i) {
    keys.push_back({fmt::format("sandbox-key-{}", i), fmt::format("sandbox-project-{}", i)});
  }
  return keys;
}

}  // namespace gemkeeper::sandbox
