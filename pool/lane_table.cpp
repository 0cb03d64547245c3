#include "lane_table.hpp"

namespace gemkeeper::pool::detail {

// No model's name: keys declared for certain models do not serve what cannot be told apart.
constexpr std::string_view shared_lane = "*";

std::uint32_t lane_table::open(std::string_view model, std::size_t most, const roster& all,
                               policy p, time_point now) {
  const auto known = by_model_.find(model);
  if (known != by_model_.end()) return known->second;

  std::uint32_t index = static_cast<std::uint32_t>(lanes_.size());
  if (lanes_.size() >= most) {
    for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
      if (!lanes_[i]->idle()) continue;
      if (index == lanes_.size() || lanes_[i]->last_used < lanes_[index]->last_used) index = i;
    }
    if (index == lanes_.size() && model != shared_lane) {
      return open(shared_lane, most + 1, all, p, now);
    }
  }
  auto made = std::make_unique<lane>(std::string(model));
  made->rebuild(all, p, now);
  made->last_used = now;
  if (index == lanes_.size()) {
    lanes_.push_back(std::move(made));
  } else {
    by_model_.erase(lanes_[index]->model());
    lanes_[index] = std::move(made);
  }
  by_model_.emplace(model, index);
  return index;
}

lane* lane_table::find(std::string_view model) {
  const auto known = by_model_.find(model);
  return known == by_model_.end() ? nullptr : lanes_[known->second].get();
}

}  // namespace gemkeeper::pool::detail
