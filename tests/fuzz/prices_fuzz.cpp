// Price files: any text is refused with price_error or makes a table that can be asked and merged.
#include "fuzz_input.hpp"
#include <gemkeeper/pool/prices.hpp>

using namespace gemkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::input input(data, size);
  pool::price_table table;
  try {
    table = pool::price_table::parse(input.text, "fuzz");
  } catch (const pool::price_error&) {
    return 0;
  }
  pool::token_usage usage{.prompt = 1'000'000, .cached = input.cut, .thoughts = input.choice};
  usage.prompt_by[input.choice % pool::modality_count] = input.cut;
  const auto merged = table.overridden_by(table);
  for (const pool::model_prices& model : table.models()) {
    for (const std::string& name : model.names) {
      fuzz::require(table.find(name) == &model);
      fuzz::require(merged.find(name) != nullptr);
      const auto service = static_cast<pool::service_tier>(input.choice % pool::service_tier_count);
      // 2026-11-24
      const pool::time_point when{std::chrono::seconds(1'795'500'000)};
      const auto estimate = table.cost({"", name, usage, service, pool::tier::paid, when});
      fuzz::require(estimate.model == &model);
      fuzz::require(estimate.cost.has_value() == (estimate.basis == pool::cost_basis::list_price));
    }
  }
  return 0;
}
