// A worker's usage on its way to the database.
//
// A journal is a ring of records in memory that is mapped from a file: what `append` has returned
// from survives the end of the process, SIGKILL too, for the kernel keeps the pages. The database's
// thread takes the records out and commits them together with their last sequence number, so each
// counts exactly once wherever the process dies. The file's blocks are allocated when it is made,
// so that a full disk cannot hurt later.
#pragma once

#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/usage.hpp>
#include <gemkeeper/pool/usage_table.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace gemkeeper::store {

class journal_area;
class name_index;
class usage_backlog;
class wake_up;
struct journal_entry;

// One finished request, or a part of one that goes on. Views are read during `append` only.
struct usage_record {
  pool::time_point time{};
  // As `pool::make_key_id` makes it; anything but 12 lower-case hex digits means that no key was
  // used.
  pool::key_id key{};
  std::string_view project{};
  std::string_view model{};
  std::string_view client{};
  pool::usage_kind kind = pool::usage_kind::success;
  std::uint32_t calls = 1;  // 0: more of a call that was appended before
  // A count above 2^40 is taken as 2^40.
  pool::token_usage tokens{};
  // In 10^-6 USD; empty: the price is not known.
  std::optional<std::int64_t> cost_micros{};
};

struct journal_counts {
  std::uint64_t appended = 0;  // records in the ring, ever
  std::uint64_t waiting = 0;   // of which not committed yet
  std::uint64_t merged = 0;    // calls that met a full ring and were merged in memory
  std::uint64_t backlog = 0;   // rows of merged calls still in memory: these a SIGKILL would lose
  std::uint64_t folded = 0;    // calls whose names were too many, and were counted as "other"
  std::uint64_t lost = 0;      // calls for which there was no memory
};

// Thread-safety: `append` and `settle_backlog` belong to one thread, the worker's; `counts` may be
// called from any.
class usage_journal {
 public:
  // Distinct models by name; the rest counts as "other", for models are named by clients.
  static constexpr std::size_t max_models = 1024;
  // Names of all kinds, of at most `max_name_size` bytes each.
  static constexpr std::size_t max_names = 65'000;
  static constexpr std::size_t max_name_size = 255;
  // Rows of merged calls; beyond, their names fold into one.
  static constexpr std::size_t max_backlog = 16'384;

  // `wake` (may be null) is told when the ring is half full; it must outlive the journal.
  usage_journal(std::unique_ptr<journal_area> area, wake_up* wake);
  usage_journal(const usage_journal&) = delete;
  usage_journal& operator=(const usage_journal&) = delete;
  ~usage_journal();

  // No system call, no lock, and no allocation once its names are known; when the ring is full, the
  // record is added to a row by minute, key, project, model, client and kind in memory.
  void append(const usage_record& record) noexcept;
  // Moves merged rows into the ring as far as there is room. `append` does so too; a worker that
  // falls idle calls this from time to time.
  void settle_backlog() noexcept;

  [[nodiscard]] journal_counts counts() const;
  [[nodiscard]] journal_area& area() { return *area_; }

 private:
  bool put(journal_entry& entry) noexcept;
  void settle(std::size_t most) noexcept;
  void tell_when_half_full() noexcept;

  std::unique_ptr<journal_area> area_;
  std::unique_ptr<name_index> names_;
  std::unique_ptr<usage_backlog> backlog_;
  wake_up* wake_;
  std::uint64_t next_;     // sequence of the next record
  std::uint64_t drained_;  // as last seen
  std::uint64_t told_ = 0;
  std::atomic<std::uint64_t> appended_{0}, merged_{0}, waiting_rows_{0}, folded_{0}, lost_{0};
};

}  // namespace gemkeeper::store
