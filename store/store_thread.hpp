// The thread that owns the connection for writing: takes changes and journals, commits both.
#pragma once

#include "journal_reader.hpp"
#include "sql.hpp"
#include "wake_up.hpp"
#include <gemkeeper/store/database.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace gemkeeper::store {

struct queued_change {
  database::change what;
  std::function<void(const error*)> done;
};

class store_thread {
 public:
  store_thread(const database_settings& settings, std::unique_ptr<session> writer);
  store_thread(const store_thread&) = delete;
  store_thread& operator=(const store_thread&) = delete;
  ~store_thread();

  // Before `start`; the journal lives as long as this.
  usage_journal& add_journal(std::unique_ptr<journal_area> area);
  usage_journal& journal(std::size_t worker) { return *journals_.at(worker)->writer; }
  void start();
  // Commits what is there. Workers have stopped.
  closing_report stop();

  // False: the queue is full, or this is closed.
  bool queue(queued_change&& change);
  void set_retention(const retention_settings& r);
  [[nodiscard]] storage_health health() const;

  // With the connection for writing, between two commits.
  void with_writer(const std::function<void(session&)>& f);

 private:
  struct worker_journal {
    explicit worker_journal(std::unique_ptr<journal_area> area, wake_up* wake)
        : writer(std::make_unique<usage_journal>(std::move(area), wake)), reader(writer->area()) {}
    std::unique_ptr<usage_journal> writer;
    journal_reader reader;
  };

  void run();
  void commit_all();
  // Within a transaction. What goes wrong with usage is kept for the next commit.
  std::optional<error> take_usage();
  void give_usage_back();
  void make_changes(std::vector<queued_change>& changes,
                    std::vector<std::optional<error>>& failures);
  void keep_retention(pool::time_point now);
  void step(std::string_view name) const {
    if (settings_.on_step) settings_.on_step(name);
  }

  const database_settings settings_;
  wake_up wake_;
  std::mutex writer_mutex_;
  std::unique_ptr<session> writer_;
  name_table names_;
  std::vector<std::unique_ptr<worker_journal>> journals_;
  std::optional<pool::time_point> last_retention_;

  mutable std::mutex mutex_;  // of what follows; never held while the disk is waited for
  std::vector<queued_change> queue_;
  retention_settings retention_;
  bool stopping_ = false;
  std::string problem_;
  std::optional<pool::time_point> last_commit_;
  std::uint64_t torn_ = 0;

  std::thread thread_;
};

}  // namespace gemkeeper::store
