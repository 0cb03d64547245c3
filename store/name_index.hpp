// Numbers for names, on the side that appends: a small hash map into the journal's dictionary.
#pragma once

#include "journal_area.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gemkeeper::store {

enum class name_role : std::uint8_t { project, model, client };

// Allocates only when it grows, which a new name may make it do. Not thread-safe.
class name_index {
 public:
  explicit name_index(journal_area& area);

  struct found {
    std::uint16_t number = 0;
    bool folded = false;  // it stands for "other"
  };
  // The number of an empty name is 0, the first one's 1. May throw std::bad_alloc.
  found number_of(std::string_view name, name_role role);

 private:
  struct slot {
    std::uint32_t hash = 0;
    std::uint16_t number = 0;  // 0: free
  };
  [[nodiscard]] std::string_view text(std::uint16_t number) const;
  slot& look_up(std::string_view name, std::uint32_t hash);
  std::optional<std::uint16_t> add(std::string_view name);
  void grow();

  journal_area& area_;
  std::vector<slot> slots_;  // a power of two, at most half full
  std::vector<std::uint32_t> starts_;
  std::size_t models_ = 0;
};

}  // namespace gemkeeper::store
