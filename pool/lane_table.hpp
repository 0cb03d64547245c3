// The lanes, by service and model: a bounded number of them.
#pragma once

#include "lane.hpp"
#include <gemkeeper/pool/string_map.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace gemkeeper::pool::detail {

class lane_table {
 public:
  // The lane of `model` at `at`, made if need be. At `most` lanes the coldest idle one gives way,
  // and what it knew is forgotten; when none is idle, all further models of a service share one
  // lane.
  std::uint32_t open(service at, std::string_view model, std::size_t most, const roster& all,
                     policy p, time_point now);
  // Null: this model has no lane.
  lane* find(service at, std::string_view model);

  lane& operator[](std::uint32_t index) { return *lanes_[index]; }
  [[nodiscard]] auto begin() const { return lanes_.begin(); }
  [[nodiscard]] auto end() const { return lanes_.end(); }

 private:
  using models = string_map<std::uint32_t>;
  models& models_of(service at) { return by_model_[static_cast<std::size_t>(at)]; }

  std::vector<std::unique_ptr<lane>> lanes_;
  std::array<models, service_count> by_model_;
};

}  // namespace gemkeeper::pool::detail
