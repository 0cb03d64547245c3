#include "journal_reader.hpp"

#include <gemkeeper/pool/usage_table.hpp>

#include <algorithm>
#include <cstring>

namespace gemkeeper::store {
namespace {

constexpr std::string_view lost_name = "unknown";
constexpr std::int64_t micros_per_second = 1'000'000;

}  // namespace

journal_reader::journal_reader(journal_area& area)
    : area_(area), released_(area.drained().load(std::memory_order_relaxed)), taken_(released_) {}

bool journal_reader::has_more() {
  const std::uint64_t next = taken_ + 1;
  return std::atomic_ref(area_.at(next).sequence).load(std::memory_order_acquire) == next;
}

void journal_reader::read_names() {
  const std::uint64_t used =
      std::min(area_.names_used().load(std::memory_order_acquire), area_.names_size());
  while (names_read_ + sizeof(name_head) <= used) {
    const char* const at = area_.names() + names_read_;
    name_head head;
    std::memcpy(&head, at, sizeof(head));
    if (names_read_ + padded_name(head.size) > used) {
      // A power cut lost this page; where the next name starts is lost with it.
      names_read_ = used;
      break;
    }
    const std::string_view text(at + sizeof(head), head.size);
    const bool whole = head.size != 0 && checksum_of(text, area_.id()) == head.checksum;
    names_.push_back({std::string(whole ? text : lost_name), -1});
    names_read_ += padded_name(head.size);
  }
}

std::int64_t journal_reader::id_of(session& s, name_table& names, std::uint16_t number) {
  if (number == 0) return 0;
  if (number > names_.size()) read_names();
  if (number > names_.size()) return names.id_of(s, lost_name);
  name& n = names_[number - 1U];
  if (n.id < 0) n.id = names.id_of(s, n.text);
  return n.id;
}

void journal_reader::add(session& s, name_table& names, const journal_entry& entry,
                         usage_batch& into) {
  usage_sums sums;
  sums.calls = entry.calls;
  const auto kind = static_cast<pool::usage_kind>(entry.key >> entry_kind_shift);
  sums.errors = kind == pool::usage_kind::error ? entry.calls : 0;
  sums.cancelled = kind == pool::usage_kind::cancelled ? entry.calls : 0;
  sums.unmetered = kind == pool::usage_kind::unmetered ? entry.calls : 0;
  if ((entry.key & entry_priced) != 0) {
    sums.cost_micros = entry.cost_micros;
  } else {
    sums.unpriced = entry.calls;
  }
  sums.tokens = entry.tokens;

  usage_place place;
  const std::int64_t seconds = std::max<std::int64_t>(0, entry.time) / micros_per_second;
  place.minute = seconds / 60 * 60;
  if ((entry.key & entry_has_key) != 0) {
    std::array<char, 12> hex;
    std::uint64_t bits = entry.key & entry_key_mask;
    for (auto digit = hex.rbegin(); digit != hex.rend(); ++digit, bits >>= 4U)
      *digit = "0123456789abcdef"[bits & 15U];
    place.key = names.id_of(s, {hex.data(), hex.size()});
  }
  place.project = id_of(s, names, entry.project);
  place.model = id_of(s, names, entry.model);
  place.client = id_of(s, names, entry.client);
  into.add(place, sums, entry.time);
  calls_ += entry.calls;
}

void journal_reader::read(session& s, name_table& names, usage_batch& into) {
  // No more than a ringful: the worker may be as fast as this.
  for (std::uint64_t most = area_.records(); most != 0 && has_more(); --most) {
    const journal_entry& entry = area_.at(++taken_);
    if (entry.checksum == checksum_of(entry, area_.id())) {
      add(s, names, entry, into);
    } else {
      ++torn_;
    }
  }
}

void journal_reader::replay(session& s, name_table& names, std::uint64_t committed,
                            usage_batch& into) {
  released_ = taken_ = committed;
  std::uint64_t last = committed;
  for (std::uint64_t i = 1; i <= area_.records(); ++i) {
    const journal_entry& entry = area_.at(committed + i);
    if (entry.sequence != committed + i) continue;
    last = committed + i;
    if (entry.checksum == checksum_of(entry, area_.id())) {
      add(s, names, entry, into);
    } else {
      ++torn_;
    }
  }
  taken_ = last;
}

void journal_reader::commit_in(session& s) {
  s.prepare(
       "INSERT INTO journals VALUES(?,?) ON CONFLICT DO UPDATE SET committed=excluded.committed")
      .bind(area_.id(), taken_)
      .run();
}

void journal_reader::release() {
  released_ = taken_;
  calls_ = 0;
  area_.drained().store(released_, std::memory_order_release);
}

void journal_reader::give_back() {
  taken_ = released_;
  calls_ = 0;
  for (name& n : names_)
    n.id = -1;
}

std::optional<std::uint64_t> committed_of(session& s, std::uint64_t journal) {
  statement& asked = s.prepare("SELECT committed FROM journals WHERE id=?").bind(journal);
  std::optional<std::uint64_t> committed;
  if (asked.next()) committed = asked.count(0);
  asked.rewind();
  return committed;
}

}  // namespace gemkeeper::store
