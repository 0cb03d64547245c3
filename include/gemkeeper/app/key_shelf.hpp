// What the admin API did to keys, in the store: those it added, sealed, and what it changed of the
// configuration's.
#pragma once

#include <gemkeeper/admin/backend.hpp>
#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/store/database.hpp>
#include <gemkeeper/store/sealing_key.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gemkeeper::app {

enum class shelf_kind : std::uint8_t { durable, in_memory };

// Thread-safety: every member may be called from any thread. Each change returns once it is on the
// disk, with what went wrong, and then nothing is changed; empty: done. No text holds a secret.
class key_shelf {
 public:
  // Both outlive it.
  key_shelf(store::database& database, const store::sealing_key& master, shelf_kind kind)
      : database_(database), master_(master), kind_(kind) {}

  [[nodiscard]] bool durable() const { return kind_ == shelf_kind::durable; }

  struct content {
    std::vector<std::pair<pool::key_id, pool::key_spec>> keys;  // in the order they were added
    std::map<pool::key_id, admin::key_changes> changes;         // of the configuration's keys
    std::vector<std::string> problems;  // keys that are stored but cannot be opened
  };
  // The caller wipes the secrets. Throws store::error.
  [[nodiscard]] content load() const;

  std::string add(const pool::key_id& id, const pool::key_spec& key);
  std::string update(const pool::key_id& id, const pool::key_spec& key);
  std::string remove(const pool::key_id& id);
  // Of a key of the configuration: all that is changed of it, not only what is new.
  std::string change(const pool::key_id& id, const admin::key_changes& all);

 private:
  std::string write(store::database::change what);

  store::database& database_;
  const store::sealing_key& master_;
  const shelf_kind kind_;
};

}  // namespace gemkeeper::app
