#include "lane_table.hpp"

namespace gemkeeper::pool::detail {

// No model's name: keys declared for certain models do not serve what cannot be told apart.
constexpr std::string_view shared_lane = "*";

std::uint32_t lane_table::open(service at, std::string_view model, std::size_t most,
                               const roster& all, policy p, time_point now) {
  models& by_model = models_of(at);
  const auto known = by_model.find(model);
  if (known != by_model.end()) return known->second;

  std::uint32_t index = static_cast<std::uint32_t>(lanes_.size());
  if (lanes_.size() >= most) {
    for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
      if (!lanes_[i]->idle()) continue;
      if (index == lanes_.size() || lanes_[i]->last_used < lanes_[index]->last_used) index = i;
    }
    if (index == lanes_.size() && model != shared_lane) {
      return open(at, shared_lane, most + service_count, all, p, now);
    }
  }
  auto made = std::make_unique<lane>(at, std::string(model));
  made->rebuild(all, p, now);
  made->last_used = now;
  if (index == lanes_.size()) {
    lanes_.push_back(std::move(made));
  } else {
    models_of(lanes_[index]->service()).erase(lanes_[index]->model());
    lanes_[index] = std::move(made);
  }
  by_model.emplace(model, index);
  return index;
}

lane* lane_table::find(service at, std::string_view model) {
  const models& by_model = models_of(at);
  const auto known = by_model.find(model);
  return known == by_model.end() ? nullptr : lanes_[known->second].get();
}

}  // namespace gemkeeper::pool::detail
