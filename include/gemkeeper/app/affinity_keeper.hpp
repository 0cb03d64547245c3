// Which project owns which resource at Google, kept in the store.
#pragma once

#include <gemkeeper/pool/affinity.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/store/database.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace gemkeeper::app {

// The table may be in use by other threads; the other members are its owner's thread's. The
// database and the pool outlive it.
class affinity_keeper {
 public:
  // Takes what the store knows. Throws store::error.
  affinity_keeper(store::database& database, const pool::key_pool& keys, pool::time_point now);
  affinity_keeper(const affinity_keeper&) = delete;
  affinity_keeper& operator=(const affinity_keeper&) = delete;

  [[nodiscard]] pool::affinity_table& table() { return table_; }

  // Keys may be about to go: their projects are remembered by name. From any thread.
  void name_projects();
  // Queues what changed since the last time, and what could not be written then; returns at once.
  // Nothing is queued while the former is being written.
  void keep_changes();
  // Removes what Google has forgotten by now.
  void remove_expired(pool::time_point now);
  // Waits until all is on the disk. Returns what went wrong.
  std::string keep_all();

 private:
  struct changes;

  store::database& database_;
  const pool::key_pool& keys_;
  std::shared_ptr<changes>
      changes_;  // with the store's thread, which may tell later than this lives
  pool::affinity_table table_;
};

}  // namespace gemkeeper::app
