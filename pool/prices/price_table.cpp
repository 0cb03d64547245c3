#include "values.hpp"

#include <algorithm>
#include <utility>

namespace gemkeeper::pool {
namespace {

std::string_view without_prefix(std::string_view name) {
  constexpr std::string_view prefix = "models/";
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  return name;
}

bool lists(const model_prices& model, const std::string& name) {
  return std::ranges::find(model.names, name) != model.names.end();
}

}  // namespace

price_table::price_table(std::vector<model_prices> models) : models_(std::move(models)) {
  for (std::size_t i = 0; i < models_.size(); ++i) {
    for (const std::string& name : models_[i].names)
      by_name_.emplace(name, i);
    if (!models_[i].suffixes) continue;
    suffixes_.insert(suffixes_.end(), models_[i].suffixes->begin(), models_[i].suffixes->end());
  }
  std::ranges::sort(suffixes_, [](const std::string& a, const std::string& b) {
    return std::pair(a.size(), std::string_view(a)) < std::pair(b.size(), std::string_view(b));
  });
  suffixes_.erase(std::unique(suffixes_.begin(), suffixes_.end()), suffixes_.end());
}

const model_prices* price_table::find(std::string_view name) const {
  name = without_prefix(name);
  if (const auto exact = by_name_.find(name); exact != by_name_.end()) {
    return &models_[exact->second];
  }
  // The shortest suffix leaves the longest name.
  for (const std::string& suffix : suffixes_) {
    if (name.size() <= suffix.size()) break;
    const std::size_t stem = name.size() - suffix.size();
    if (!prices::completes(name.substr(stem), suffix)) continue;
    const auto found = by_name_.find(name.substr(0, stem));
    if (found == by_name_.end()) continue;
    const model_prices& model = models_[found->second];
    if (model.suffixes && std::ranges::find(*model.suffixes, suffix) != model.suffixes->end()) {
      return &model;
    }
  }
  return nullptr;
}

price_table price_table::overridden_by(const price_table& other) const {
  std::vector<model_prices> merged = other.models_;
  for (const model_prices& own : models_) {
    const auto replacing = std::ranges::find_if(
        merged, [&own](const model_prices& model) { return lists(model, own.names.front()); });
    std::vector<std::string> names_left;
    std::ranges::copy_if(own.names, std::back_inserter(names_left),
                         [&](const std::string& name) { return !other.by_name_.contains(name); });
    if (replacing == merged.end()) {
      merged.push_back(own);
      merged.back().names = std::move(names_left);
      continue;
    }
    std::ranges::move(names_left, std::back_inserter(replacing->names));
    if (!replacing->suffixes) replacing->suffixes = own.suffixes;
  }
  return price_table(std::move(merged));
}

std::string_view to_string(service_tier service) {
  switch (service) {
    case service_tier::standard:
      return "standard";
    case service_tier::batch:
      return "batch";
    case service_tier::flex:
      return "flex";
    case service_tier::priority:
      return "priority";
    case service_tier::other:
      return "other";
  }
  return "unknown";
}

std::optional<service_tier> parse_service_tier(std::string_view word) {
  for (const service_tier service :
       {service_tier::standard, service_tier::batch, service_tier::flex, service_tier::priority}) {
    if (word == to_string(service)) return service;
  }
  return std::nullopt;
}

std::string_view to_string(cost_basis basis) {
  switch (basis) {
    case cost_basis::list_price:
      return "list_price";
    case cost_basis::free_tier:
      return "free_tier";
    case cost_basis::unknown_model:
      return "unknown_model";
    case cost_basis::unknown_date:
      return "unknown_date";
    case cost_basis::unknown_service:
      return "unknown_service";
    case cost_basis::unknown_tokens:
      return "unknown_tokens";
    case cost_basis::no_usage:
      return "no_usage";
    case cost_basis::not_billed:
      return "not_billed";
  }
  return "unknown";
}

}  // namespace gemkeeper::pool
