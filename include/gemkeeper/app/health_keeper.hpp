// What the pool learned of its keys, kept in the store: cool-downs, quarantine, counts of the day.
#pragma once

#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/store/database.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace gemkeeper::app {

// Used from one thread; the pool may be in use by others. Both outlive it.
class health_keeper {
 public:
  health_keeper(store::database& database, pool::key_pool& keys)
      : database_(database), keys_(keys) {}

  struct restored {
    std::size_t quarantines = 0, cool_downs = 0, day_counts = 0;
  };
  // Into a pool that holds its keys, before it is used. Throws store::error.
  restored restore(pool::time_point now);

  // Queues what changed since the last time, and what could not be written then; returns at once.
  // Nothing is queued while the former is being written.
  void keep_changes(pool::time_point now);
  // Waits until all is on the disk. Returns what went wrong.
  std::string keep_all(pool::time_point now);

 private:
  enum class writing : std::uint8_t { done, under_way, failed };

  store::database& database_;
  pool::key_pool& keys_;
  std::uint64_t kept_version_ = 0;
  // Shared with the store's thread, which may tell later than this lives.
  std::shared_ptr<std::atomic<writing>> last_ =
      std::make_shared<std::atomic<writing>>(writing::done);
};

}  // namespace gemkeeper::app
