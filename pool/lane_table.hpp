// The lanes, by model: a bounded number of them.
#pragma once

#include "lane.hpp"
#include <gemkeeper/pool/string_map.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
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
  std::vector<std::unique_ptr<lane>> lanes_;
  string_map<std::uint32_t> by_model_;
};

}  // namespace gemkeeper::pool::detail
