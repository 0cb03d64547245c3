#include <gemkeeper/pool/data_path_first.hpp>
#include <gemkeeper/pool/usage_table.hpp>

#include <algorithm>
#include <mutex>

namespace gemkeeper::pool {

constexpr std::string_view other_models = "other";

usage_counts& usage_counts::operator+=(const usage_counts& other) {
  calls += other.calls;
  errors += other.errors;
  cancelled += other.cancelled;
  unmetered += other.unmetered;
  unpriced += other.unpriced;
  cost_micros += other.cost_micros;
  tokens += other.tokens;
  return *this;
}

std::uint32_t usage_table::index_of(std::string_view model) {
  if (const auto known = indices_.find(model); known != indices_.end()) return known->second;
  // "other" itself needs room: the last place is kept for it.
  const bool full = models_.size() + 1 >= max_models;
  if (full && model != other_models) return index_of(other_models);
  const auto index = static_cast<std::uint32_t>(models_.size());
  models_.emplace_back(model);
  indices_.try_emplace(std::string(model), index);
  return index;
}

usage_counts& usage_table::counts_of(std::uint32_t slot, const key_id& key, std::uint32_t model) {
  if (slot >= places_.size()) places_.resize(slot + 1);
  place& p = places_[slot];
  if (p.key != key) {
    if (p.first.counts != usage_counts{}) former_.emplace_back(p.key, p.first);
    for (const row& r : p.more)
      former_.emplace_back(p.key, r);
    p = place{key, {model, {}}, {}};
  }
  if (p.first.model == model) return p.first.counts;
  auto found = std::ranges::find(p.more, model, &row::model);
  if (found == p.more.end()) found = p.more.insert(found, row{model, {}});
  return found->counts;
}

void usage_table::record(std::uint32_t slot, const key_id& key, std::string_view model,
                         usage_kind kind, const token_usage& tokens,
                         std::optional<std::int64_t> cost_micros, std::uint32_t calls) {
  const std::lock_guard lock(mutex_);
  usage_counts& counts = counts_of(slot, key, index_of(model));
  counts.calls += calls;
  if (kind == usage_kind::error) counts.errors += calls;
  if (kind == usage_kind::cancelled) counts.cancelled += calls;
  if (kind == usage_kind::unmetered) counts.unmetered += calls;
  if (!cost_micros) counts.unpriced += calls;
  counts.cost_micros += cost_micros.value_or(0);
  counts.tokens += tokens;
}

usage_table::snapshot usage_table::read() const {
  const usage_table* self = this;
  return total({&self, 1});
}

usage_table::snapshot usage_table::total(std::span<const usage_table* const> tables) {
  snapshot sum;
  rows read;
  std::vector<std::string> models;
  data_path_first others(64);
  for (const usage_table* table : tables) {
    table->read_rows(read, models);
    for (const auto& [key, r] : read) {
      sum[{key, model_name(models[r.model])}] += r.counts;
      others.next_round();
    }
  }
  return sum;
}

void usage_table::read_rows(rows& into, std::vector<std::string>& models) const {
  const auto add = [&](const key_id& key, const row& r) {
    if (r.counts != usage_counts{}) into.emplace_back(key, r);
  };
  const std::lock_guard lock(mutex_);
  std::size_t former = 0;
  // What leaves its place meanwhile may be among those that were read, or not.
  do {
    into.clear();
    former = former_.size();
    for (std::size_t slot = 0; slot < places_.size() && former == former_.size();
         ++slot, mutex_.let_others_in()) {
      const place& p = places_[slot];
      add(p.key, p.first);
      for (const row& r : p.more)
        add(p.key, r);
    }
  } while (former != former_.size());
  for (const auto& [key, r] : former_)
    add(key, r);
  models = models_;
}

}  // namespace gemkeeper::pool
