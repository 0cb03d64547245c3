// A scenario being played: who is known, what was spent, which faults were met.
#pragma once

#include "fault_plan.hpp"
#include "models.hpp"
#include "quota_ledger.hpp"
#include "resources/shelf.hpp"
#include <gemkeeper/sandbox/scenario.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gemkeeper::sandbox {

struct account {
  std::string project;
  std::uint64_t project_number = 0;
  billing_tier tier = billing_tier::free;
  api_service service = api_service::gemini;
};

// Thread-safe; replaced as a whole by the next scenario.
class world {
 public:
  // Throws scenario_error. What was made in another world stays, where its shelf is given.
  explicit world(scenario what,
                 std::shared_ptr<resource_shelf> shelf = std::make_shared<resource_shelf>());

  [[nodiscard]] const scenario& played() const { return scenario_; }
  [[nodiscard]] const account* find(std::string_view key) const;  // nullptr: unknown
  [[nodiscard]] const account* find_project(std::string_view name) const;
  [[nodiscard]] const model_catalogue& models() const { return models_; }
  fault_plan& faults() { return faults_; }
  quota_ledger& quotas() { return quotas_; }
  resource_shelf& shelf() { return *shelf_; }
  std::string next_response_id();

 private:
  scenario scenario_;
  std::unordered_map<std::string, account> accounts_;
  model_catalogue models_;
  fault_plan faults_;
  quota_ledger quotas_;
  std::shared_ptr<resource_shelf> shelf_;  // with the worlds before and after
  std::atomic<std::uint64_t> responses_ = 0;
};

}  // namespace gemkeeper::sandbox
