#include "world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gemkeeper::sandbox {
namespace {

constexpr std::uint64_t first_project_number = 100'000'000'001;

std::unordered_map<std::string, account> open_accounts(const scenario& what) {
  std::unordered_map<std::string, account> accounts;
  std::unordered_map<std::string, std::uint64_t> numbers;
  for (const api_key& key : what.keys) {
    const std::string& name = key.project.empty() ? key.secret : key.project;
    const std::uint64_t number =
        numbers.try_emplace(name, first_project_number + numbers.size()).first->second;
    account opened{name, number, billing_tier::free, key.service};
    if (const auto declared = std::ranges::find(what.projects, name, &project::name);
        declared != what.projects.end()) {
      opened.tier = declared->tier;
      if (declared->number != 0) opened.project_number = declared->number;
    }
    if (key.secret.empty()) throw scenario_error("keys: a key is empty; give it any text");
    if (!accounts.emplace(key.secret, std::move(opened)).second) {
      throw scenario_error(
          fmt::format("keys: \"{}\" is declared twice; remove one of them", key.secret));
    }
  }
  return accounts;
}

}  // namespace

world::world(scenario what, std::shared_ptr<resource_shelf> shelf)
    : scenario_(std::move(what)),
      accounts_(open_accounts(scenario_)),
      models_(scenario_.models),
      faults_(scenario_.faults, scenario_.seed),
      quotas_(scenario_.quotas, scenario_.minute),
      shelf_(std::move(shelf)) {}

const account* world::find(std::string_view key) const {
  const auto found = accounts_.find(std::string(key));
  return found == accounts_.end() ? nullptr : &found->second;
}

const account* world::find_project(std::string_view name) const {
  const auto found = std::ranges::find_if(
      accounts_, [name](const auto& one) { return one.second.project == name; });
  return found == accounts_.end() ? nullptr : &found->second;
}

std::string world::next_response_id() {
  return fmt::format("sandbox{:015x}", responses_.fetch_add(1, std::memory_order_relaxed));
}

}  // namespace gemkeeper::sandbox
