// What gemkeeper remembers: one SQLite database (WAL), a usage journal for each worker, and the
// thread that owns both.
//
// Changes wait in a bounded queue and are committed in groups, each group in one transaction with
// all usage that the journals hold. A commit is on the disk when it is reported
// (synchronous=FULL: https://sqlite.org/pragma.html#pragma_synchronous). So the end of the process,
// SIGKILL too, loses nothing that was reported or appended; a power cut loses at most the usage
// since the last commit (`commit_interval`).
#pragma once

#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/store/error.hpp>
#include <gemkeeper/store/ledger.hpp>
#include <gemkeeper/store/usage_journal.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace gemkeeper::store {

// One connection within one transaction: what the functions of `keys.hpp`, `ledger.hpp` and so on
// work with. Valid during the call that gave it.
class session;

struct database_settings {
  // ":memory:" keeps all in memory. The directory must exist; files beside PATH: PATH-wal, PATH-shm
  // (SQLite), PATH.lock, PATH.usage-N. All have mode 0600.
  std::filesystem::path path;
  std::size_t workers = 1;  // journals
  // Records in a journal, 256 bytes each, a power of two. Half of them should outlast a commit.
  std::size_t journal_records = 8192;
  std::size_t journal_names_size = 1U << 20U;  // bytes for names in a journal
  std::chrono::milliseconds commit_interval{500};
  std::chrono::milliseconds busy_timeout{5000};  // for locks of other programs
  std::size_t max_queued = 1024;                 // changes
  retention_settings retention{};                // applied at start and every hour
  std::function<pool::time_point()> now = std::chrono::system_clock::now;
  // For tests: called on the store's thread (at opening: on the caller's) after "replay committed",
  // "replay removed", "begun", "applied", "committed", "released".
  std::function<void(std::string_view)> on_step{};
};

struct opening_report {
  bool created = false;
  int found_version = 0;  // of the schema, before it was brought to the newest
  // Where the damaged database went, and why it was found so. A new one is in its place.
  std::optional<std::filesystem::path> set_aside{};
  std::string damage{};
  std::uint64_t replayed_calls = 0;  // of a process that died
  std::uint64_t torn_records = 0;    // that it did not finish, or that a power cut spoiled
  std::vector<std::filesystem::path> damaged_journals{};  // set aside too
};

struct storage_health {
  std::string problem;  // of the last commit; empty: all is well
  std::optional<pool::time_point> last_commit;
  std::size_t queued = 0;          // changes
  std::uint64_t torn_records = 0;  // in memory that something else wrote to
  journal_counts journals;         // of all workers
};

struct closing_report {
  std::uint64_t kept =
      0;  // records that could not be committed: the journals keep them for the next start
  std::uint64_t lost = 0;  // rows of merged calls for which there was no room even there
  std::string problem;
};

// The answer to a queued change, for one thread to wait for. Errors cross threads as values.
class pending_change {
 public:
  void get();  // throws `error`; once only
  void wait() const { told_.wait(); }

 private:
  friend class database;
  struct problem {
    fault kind;
    std::string message;
  };
  explicit pending_change(std::future<std::optional<problem>> told) : told_(std::move(told)) {}
  std::future<std::optional<problem>> told_;
};

// Thread-safety: every member but `close` and the destructor may be called from any thread.
class database {
 public:
  // Opens or makes it, brings its schema up, replays the journals of a process that died. A damaged
  // database is set aside. Throws `error`.
  explicit database(const database_settings& settings);
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  // Closes. Workers have stopped appending.
  ~database();

  [[nodiscard]] const opening_report& opening() const;

  // `worker` below `database_settings::workers`; its thread alone appends. Lives as long as this.
  usage_journal& journal(std::size_t worker);

  // Queues a change. `done` is told on the store's thread, with null once it is on the disk, else
  // with what went wrong; then nothing of it is stored. It must not throw. A full queue is told at
  // once, on this thread (`overloaded`).
  using change = std::function<void(session&)>;
  void write(change what, std::function<void(const error*)> done);
  pending_change write(change what);

  // Runs `f(session&)` on this thread, on a connection for reading that all readers take turns
  // with; it sees one state of the database. What was appended or queued just now may not be in it.
  template <class F>
  auto read(F&& f) {
    using result = std::invoke_result_t<F&, session&>;
    std::optional<result> got;
    read_with([&](session& s) { got.emplace(f(s)); });
    return std::move(*got);
  }

  // Returns when all that was appended and queued before is committed. Throws `error`.
  void flush();

  void set_retention(const retention_settings& r);  // from the next hour on
  // A whole copy, made while it is in use, with mode 0600; nothing may be at `to`. Throws `error`.
  void back_up(const std::filesystem::path& to);

  [[nodiscard]] storage_health health() const;

  // Commits what is there and ends the thread; only `read` and `health` are left.
  closing_report close();

 private:
  class state;
  void read_with(const std::function<void(session&)>& f);
  std::unique_ptr<state> state_;
};

}  // namespace gemkeeper::store
