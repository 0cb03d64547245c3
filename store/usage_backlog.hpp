// Calls that met a full ring: merged by minute, key, names and kind until there is room.
#pragma once

#include "journal_area.hpp"

#include <compare>
#include <cstddef>
#include <unordered_map>

namespace gemkeeper::store {

class usage_backlog {
 public:
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }

  enum class merge : std::uint8_t { kept, folded };
  // May throw std::bad_alloc, and is then unchanged.
  merge add(const journal_entry& entry);

  [[nodiscard]] journal_entry& any() { return rows_.begin()->second; }
  void drop_any() { rows_.erase(rows_.begin()); }

 private:
  struct row_key {
    std::int64_t minute = 0;
    std::uint64_t key = 0, names = 0;
    friend bool operator==(const row_key&, const row_key&) = default;
  };
  struct row_hash {
    std::size_t operator()(const row_key& k) const;
  };
  std::unordered_map<row_key, journal_entry, row_hash> rows_;
  std::int64_t folded_minute_ = 0;
};

// Clamps nothing and loses nothing: counts are at most 2^40 for each call.
void add_to(journal_entry& row, const journal_entry& entry);

}  // namespace gemkeeper::store
