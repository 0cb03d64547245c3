// The side of a journal that takes records out.
#pragma once

#include "journal_area.hpp"
#include "usage_batch.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gemkeeper::store {

// Belongs to the store's thread. Reads within a transaction, which also gets `commit_in`; only once
// that is committed, `release` gives the room back.
class journal_reader {
 public:
  explicit journal_reader(journal_area& area);

  [[nodiscard]] bool has_more();
  // Of a journal that is being written: all that is there, in order.
  void read(session& s, name_table& names, usage_batch& into);
  // Of a dead process's: whatever is whole after `committed`, in any order, for a power cut may
  // have kept later pages and lost earlier ones.
  void replay(session& s, name_table& names, std::uint64_t committed, usage_batch& into);

  void commit_in(session& s);
  void release();
  // The transaction was rolled back.
  void give_back();

  [[nodiscard]] std::uint64_t taken() const { return taken_ - released_; }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] std::uint64_t torn() const { return torn_; }

 private:
  struct name {
    std::string text;
    std::int64_t id = -1;  // in the database, once asked for
  };
  void read_names();
  std::int64_t id_of(session& s, name_table& names, std::uint16_t number);
  void add(session& s, name_table& names, const journal_entry& entry, usage_batch& into);

  journal_area& area_;
  std::vector<name> names_;
  std::uint64_t names_read_ = 0;  // bytes
  std::uint64_t released_;        // sequence
  std::uint64_t taken_;
  std::uint64_t calls_ = 0;  // since the last release
  std::uint64_t torn_ = 0;
};

// The sequence up to which a journal is in the database; empty: it was never committed.
std::optional<std::uint64_t> committed_of(session& s, std::uint64_t journal);

}  // namespace gemkeeper::store
