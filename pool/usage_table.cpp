#include <gemkeeper/pool/usage_table.hpp>

namespace gemkeeper::pool {

constexpr std::string_view other_models = "other";

usage_counts& usage_counts::operator+=(const usage_counts& other) {
  calls += other.calls;
  errors += other.errors;
  cancelled += other.cancelled;
  unmetered += other.unmetered;
  tokens += other.tokens;
  return *this;
}

void usage_table::record(const key_id& key, std::string_view model, usage_kind kind,
                         const token_usage& tokens) {
  const std::lock_guard lock(mutex_);
  string_map<usage_counts>& models = rows_[key];
  auto row = models.find(model);
  if (row == models.end()) {
    // "other" itself needs room: the last place is kept for it.
    const bool full = models.size() + 1 >= max_models_per_key;
    row = models.try_emplace(std::string(full ? other_models : model)).first;
  }
  usage_counts& counts = row->second;
  ++counts.calls;
  counts.errors += kind == usage_kind::error;
  counts.cancelled += kind == usage_kind::cancelled;
  counts.unmetered += kind == usage_kind::unmetered;
  counts.tokens += tokens;
}

usage_table::snapshot usage_table::read() const {
  const usage_table* self = this;
  return total({&self, 1});
}

usage_table::snapshot usage_table::total(std::span<const usage_table* const> tables) {
  snapshot sum;
  for (const usage_table* table : tables) {
    const std::lock_guard lock(table->mutex_);
    for (const auto& [key, models] : table->rows_) {
      for (const auto& [model, counts] : models)
        sum[{key, model_name(model)}] += counts;
    }
  }
  return sum;
}

}  // namespace gemkeeper::pool
