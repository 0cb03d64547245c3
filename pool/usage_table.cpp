#include <gemkeeper/pool/usage_table.hpp>

#include <algorithm>

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

std::size_t usage_table::index_of(std::string_view model) {
  if (const auto known = indices_.find(model); known != indices_.end()) return known->second;
  // "other" itself needs room: the last place is kept for it.
  const bool full = models_.size() + 1 >= max_models;
  if (full && model != other_models) return index_of(other_models);
  models_.emplace_back(model);
  return indices_.try_emplace(std::string(model), models_.size() - 1).first->second;
}

void usage_table::record(const key_id& key, std::string_view model, usage_kind kind,
                         const token_usage& tokens) {
  const std::lock_guard lock(mutex_);
  const std::size_t index = index_of(model);
  // Among many keys each further row in a bucket is a cache miss.
  if (rows_.empty()) rows_.max_load_factor(0.25F);
  std::vector<row>& rows = rows_[key];
  auto found = std::ranges::find(rows, index, &row::model);
  if (found == rows.end()) found = rows.insert(found, row{index, {}});
  usage_counts& counts = found->counts;
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
    for (const auto& [key, rows] : table->rows_) {
      for (const row& r : rows)
        sum[{key, model_name(table->models_[r.model])}] += r.counts;
    }
  }
  return sum;
}

}  // namespace gemkeeper::pool
