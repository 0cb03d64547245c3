// What counts against limits and this process does not know of: it is in the ledger.
#pragma once

#include <gemkeeper/pool/clients.hpp>
#include <gemkeeper/pool/limits.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/store/database.hpp>

#include <string_view>

namespace gemkeeper::app {

// What it is given outlives it. Thread-safe. Reads the database: throws store::error.
class limit_history {
 public:
  limit_history(store::database& ledger, pool::key_pool& keys, pool::client_table& clients)
      : ledger_(ledger), keys_(keys), clients_(clients) {}

  // Of all that have limits of a day or a month: at the start, and after a reload.
  void recall(pool::time_point now);
  // Of one whose limits were set: a key's or client's id, a project's name.
  void recall(pool::limit_scope scope, std::string_view subject, pool::time_point now);

 private:
  void recall_those(const auto& wanted, pool::time_point now);

  store::database& ledger_;
  pool::key_pool& keys_;
  pool::client_table& clients_;
};

}  // namespace gemkeeper::app
