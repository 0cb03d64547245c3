#include "usage_backlog.hpp"

#include <gemkeeper/store/usage_journal.hpp>

namespace gemkeeper::store {
namespace {

constexpr std::int64_t micros_per_minute = 60'000'000;
constexpr std::uint16_t other_number = 1;

}  // namespace

std::size_t usage_backlog::row_hash::operator()(const row_key& k) const {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
  std::uint64_t h = static_cast<std::uint64_t>(k.minute) * odd;
  h = (h ^ k.key ^ (h >> 31U)) * odd;
  h = (h ^ k.names ^ (h >> 29U)) * odd;
  return h ^ (h >> 32U);
}

void add_to(journal_entry& row, const journal_entry& entry) {
  if (entry.time > row.time) row.time = entry.time;
  row.calls += entry.calls;
  row.cost_micros += entry.cost_micros;
  row.tokens += entry.tokens;
}

usage_backlog::merge usage_backlog::add(const journal_entry& entry) {
  const auto key_of = [](const journal_entry& e) {
    const std::int64_t minute = e.time / micros_per_minute;
    return row_key{minute, e.key,
                   e.project | std::uint64_t{e.model} << 16U | std::uint64_t{e.client} << 32U};
  };
  const row_key whole = key_of(entry);
  if (const auto found = rows_.find(whole); found != rows_.end()) {
    add_to(found->second, entry);
    return merge::kept;
  }
  if (rows_.size() < usage_journal::max_backlog) {
    rows_.emplace(whole, entry);
    return merge::kept;
  }
  // A handful of rows more: one for each kind, priced or not, all in one minute.
  journal_entry folded = entry;
  if (folded_minute_ == 0) folded_minute_ = entry.time;
  folded.time = folded_minute_;
  folded.key &= ~(std::uint64_t{entry_key_mask} | entry_has_key);
  folded.project = folded.model = folded.client = other_number;
  const auto [row, fresh] = rows_.try_emplace(key_of(folded), folded);
  if (!fresh) add_to(row->second, folded);
  return merge::folded;
}

}  // namespace gemkeeper::store
