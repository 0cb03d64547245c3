#include "journal_area.hpp"
#include "name_index.hpp"
#include "sql.hpp"
#include "usage_backlog.hpp"
#include "wake_up.hpp"
#include <gemkeeper/store/usage_journal.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>

namespace gemkeeper::store {
namespace {

constexpr std::uint64_t most_tokens = std::uint64_t{1} << 40U;
constexpr std::int64_t most_cost = std::int64_t{1} << 50U;

// 12 hex digits as 48 bits; without the flag when they are none.
std::uint64_t packed(const pool::key_id& key) {
  std::uint64_t bits = 0;
  for (const char c : key.hex) {
    const auto digit = static_cast<unsigned>(c - '0'), letter = static_cast<unsigned>(c - 'a');
    if (digit > 9 && letter > 5) return 0;
    bits = bits << 4U | (digit <= 9 ? digit : letter + 10);
  }
  return bits | entry_has_key;
}

// Absurd counts, of an answer that lies, would overflow the sums of all others.
void clamp(pool::token_usage& tokens) {
  auto counts = std::bit_cast<std::array<std::uint64_t, sizeof(pool::token_usage) / 8>>(tokens);
  std::uint64_t any = 0;
  for (const std::uint64_t count : counts)
    any |= count;
  if (any <= most_tokens) return;
  for (std::uint64_t& count : counts)
    count = std::min(count, most_tokens);
  tokens = std::bit_cast<pool::token_usage>(counts);
}

// The place of the next record: the ring is larger than the caches, and until then there is time.
void fetch_ahead(journal_entry& place) {
  constexpr std::size_t line = 64;
  for (std::size_t at = 0; at < sizeof(place); at += line)
    __builtin_prefetch(reinterpret_cast<char*>(&place) + at, 1);
}

}  // namespace

usage_journal::usage_journal(std::unique_ptr<journal_area> area, wake_up* wake)
    : area_(std::move(area)),
      names_(std::make_unique<name_index>(*area_)),
      backlog_(std::make_unique<usage_backlog>()),
      wake_(wake),
      next_(1),
      drained_(0) {}

usage_journal::~usage_journal() = default;

void usage_journal::append(const usage_record& record) noexcept {
  try {
    journal_entry entry;
    entry.time = to_micros(record.time);
    entry.key = packed(record.key) | std::uint64_t{static_cast<std::uint8_t>(record.kind)}
                                         << entry_kind_shift;
    if (record.cost_micros) {
      entry.key |= entry_priced;
      entry.cost_micros = std::clamp(*record.cost_micros, -most_cost, most_cost);
    }
    entry.calls = record.calls;
    const auto project = names_->number_of(record.project, name_role::project);
    const auto model = names_->number_of(record.model, name_role::model);
    const auto client = names_->number_of(record.client, name_role::client);
    entry.project = project.number;
    entry.model = model.number;
    entry.client = client.number;
    entry.tokens = record.tokens;
    clamp(entry.tokens);
    bool folded = project.folded || model.folded || client.folded;

    // In order, as far as that is cheap: what waits goes first.
    if (backlog_->rows() != 0) settle(4);
    if (backlog_->rows() != 0 || !put(entry)) {
      folded |= backlog_->add(entry) == usage_backlog::merge::folded;
      merged_.fetch_add(1, std::memory_order_relaxed);
      waiting_rows_.store(backlog_->rows(), std::memory_order_relaxed);
    }
    if (folded) folded_.fetch_add(1, std::memory_order_relaxed);
  } catch (const std::bad_alloc&) {
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

void usage_journal::settle_backlog() noexcept {
  settle(backlog_->rows());
}

void usage_journal::settle(std::size_t most) noexcept {
  for (; most != 0 && backlog_->rows() != 0 && put(backlog_->any()); --most)
    backlog_->drop_any();
  waiting_rows_.store(backlog_->rows(), std::memory_order_relaxed);
}

bool usage_journal::put(journal_entry& entry) noexcept {
  const std::uint64_t records = area_->records();
  if (next_ - drained_ > records) {
    drained_ = area_->drained().load(std::memory_order_acquire);
    if (next_ - drained_ > records) {
      tell_when_half_full();
      return false;
    }
  }
  entry.sequence = next_;
  entry.checksum = checksum_of(entry, area_->id());
  journal_entry& slot = area_->at(next_);
  constexpr std::size_t head = sizeof(entry.sequence);
  std::memcpy(reinterpret_cast<char*>(&slot) + head, reinterpret_cast<const char*>(&entry) + head,
              sizeof(entry) - head);
  // From here on the record counts, whatever becomes of this process.
  std::atomic_ref(slot.sequence).store(next_, std::memory_order_release);
  ++next_;
  fetch_ahead(area_->at(next_));
  appended_.store(next_ - 1, std::memory_order_relaxed);
  if ((next_ - drained_) * 2 > records) tell_when_half_full();
  return true;
}

void usage_journal::tell_when_half_full() noexcept {
  drained_ = area_->drained().load(std::memory_order_acquire);
  const std::uint64_t records = area_->records();
  // Once for each quarter: telling is a system call.
  if (wake_ == nullptr || (next_ - drained_) * 2 <= records || next_ - told_ < records / 4) return;
  told_ = next_;
  wake_->notify();
}

journal_counts usage_journal::counts() const {
  journal_counts c;
  c.appended = appended_.load(std::memory_order_relaxed);
  const std::uint64_t drained = area_->drained().load(std::memory_order_relaxed);
  c.waiting = c.appended > drained ? c.appended - drained : 0;
  c.merged = merged_.load(std::memory_order_relaxed);
  c.backlog = waiting_rows_.load(std::memory_order_relaxed);
  c.folded = folded_.load(std::memory_order_relaxed);
  c.lost = lost_.load(std::memory_order_relaxed);
  return c;
}

}  // namespace gemkeeper::store
