// The lanes, by model: a bounded number of them.
#pragma once

#include "lane.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gemkeeper::pool::detail {

class lane_table {
 public:
  // The lane of `model`, made if need be. At `most` lanes the coldest idle one gives way, and what
  // it knew is forgotten; when none is idle, all further models share one lane.
  std::uint32_t open(std::string_view model, std::size_t most, const roster& all, policy p,
                     time_point now);
  // Null: this model has no lane.
  lane* find(std::string_view model);

  lane& operator[](std::uint32_t index) { return *lanes_[index]; }
  [[nodiscard]] auto begin() const { return lanes_.begin(); }
  [[nodiscard]] auto end() const { return lanes_.end(); }

 private:
  struct string_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  std::vector<std::unique_ptr<lane>> lanes_;
  std::unordered_map<std::string, std::uint32_t, string_hash, std::equal_to<>> by_model_;
};

}  // namespace gemkeeper::pool::detail
