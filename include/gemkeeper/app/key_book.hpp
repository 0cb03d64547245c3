// All keys of the pool: those of the configuration, which a reload replaces, and those that the
// admin API added, which it does not. What the API changes is on the shelf before it is in force.
//
// Thread-safety: every member may be called from any thread; each change reaches the pool as one.
// `add`, `change`, `remove` and `rotate` wait for the disk; meanwhile the others do not.
#pragma once

#include <gemkeeper/admin/backend.hpp>
#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/key_shelf.hpp>
#include <gemkeeper/pool/pool.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::app {

class key_book {
 public:
  static constexpr std::size_t max_added = 10'000;

  // `hash_key` as the pool was given it. Takes what is on the shelf, which outlives it; the pool
  // has it with the first `configure`. Throws store::error.
  key_book(pool::key_pool& keys, std::string hash_key, key_shelf& shelf);
  key_book(const key_book&) = delete;
  key_book& operator=(const key_book&) = delete;
  ~key_book();  // wipes the secrets

  // Told before each change reaches the pool, of which it may ask; not of this book. At most one,
  // set before the book is shared.
  void before_change(std::function<void()> told) { before_change_ = std::move(told); }

  // The keys of the configuration instead of those before. What a PATCH changed of one stays. A
  // key that was added by the API as well is the configuration's, and the report says so.
  pool::apply_report configure(const std::vector<pool::key_spec>& keys,
                               const std::vector<key_origin>& origins);

  admin::change_result add(pool::key_spec key);
  admin::change_result change(const pool::key_id& id, const admin::key_changes& what);
  admin::change_result remove(const pool::key_id& id);
  admin::change_result rotate(const pool::key_id& id, std::string secret);

  // A rotated key is found by its former secrets too.
  [[nodiscard]] std::optional<pool::key_id> find(std::string_view secret) const;
  // With its secret.
  [[nodiscard]] std::optional<pool::key_spec> spec(const pool::key_id& id) const;
  [[nodiscard]] std::vector<admin::key_info> list() const;

 private:
  struct entry {
    pool::key_id id;
    pool::key_id of_secret;  // differs from `id` once the key was rotated
    pool::key_spec spec;
    std::string origin;
    bool from_api = false;
  };

  pool::apply_report apply();  // with both locks held
  [[nodiscard]] const entry* at(const pool::key_id& id) const;
  entry* added_at(const pool::key_id& id);
  [[nodiscard]] std::optional<pool::key_id> find_locked(const pool::key_id& of_secret) const;
  [[nodiscard]] admin::change_result why_not(const pool::key_id& id) const;
  [[nodiscard]] std::string free_name() const;
  [[nodiscard]] admin::change_result why_not_added(const pool::key_spec& key,
                                                   const pool::key_id& id) const;
  void say_what_is_doubled(pool::apply_report& report) const;
  static void wipe(std::vector<entry>& entries);

  pool::key_pool& keys_;
  const std::string hash_key_;
  key_shelf& shelf_;
  std::function<void()> before_change_;
  std::vector<std::string> load_problems_;
  std::mutex changing_;       // held by who changes, the disk included; taken before `mutex_`
  mutable std::mutex mutex_;  // of what follows; who holds `changing_` may read without it
  std::vector<entry> configured_;
  std::vector<entry> added_;
  std::map<pool::key_id, admin::key_changes> changes_;  // of configured keys
};

}  // namespace gemkeeper::app
