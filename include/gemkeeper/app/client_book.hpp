// All clients of the proxy and what is declared of projects: those of the configuration, which a
// reload replaces, and those that the admin API made, which are kept in the store. Of two with one
// name, or one token, the configuration's counts.
//
// Thread-safety: every member may be called from any thread; each change reaches the proxy as one.
// What changes the store waits until it is on the disk.
#pragma once

#include <gemkeeper/admin/backend.hpp>
#include <gemkeeper/app/config.hpp>
#include <gemkeeper/pool/clients.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/store/database.hpp>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::app {

// "gk_" and 43 characters of base64url (RFC 4648): 256 bits of OpenSSL's chance. Throws
// std::runtime_error when there is none.
std::string new_client_token();

class client_book {
 public:
  static constexpr std::size_t max_added = 10'000;

  client_book(pool::client_table& clients, store::database& kept);
  client_book(const client_book&) = delete;
  client_book& operator=(const client_book&) = delete;

  void configure(const config& from);

  [[nodiscard]] std::vector<admin::client_info> list() const;
  // The token in the answer is the only trace of it.
  admin::client_change add(const admin::client_edit& what);
  admin::client_change change(std::string_view id, const admin::client_edit& what);
  admin::client_change remove(std::string_view id);
  admin::client_change rotate(std::string_view id);

 private:
  struct entry {
    pool::client_spec spec;
    pool::time_point created{};
    std::string origin;  // empty: the admin API
  };
  void apply();
  [[nodiscard]] const entry* at(std::string_view id) const;
  [[nodiscard]] admin::client_change why_not_change(std::string_view id) const;
  [[nodiscard]] const entry* named(std::string_view name) const;
  admin::client_change keep(entry& of, pool::client_spec next);

  pool::client_table& table_;
  store::database& kept_;
  mutable std::mutex mutex_;
  std::vector<entry> configured_;
  std::vector<entry> added_;
};

class project_book {
 public:
  project_book(pool::key_pool& keys, store::database& kept);
  project_book(const project_book&) = delete;
  project_book& operator=(const project_book&) = delete;

  void configure(const config& from);
  [[nodiscard]] std::vector<admin::project_info> list() const;
  // Of any name: keys of it may come later. Without limits and quota nothing is kept of it.
  admin::client_change change(std::string_view name, const admin::project_edit& what);

 private:
  void apply();
  pool::key_pool& keys_;
  store::database& kept_;
  mutable std::mutex mutex_;
  std::vector<pool::project_spec> configured_;
  std::vector<pool::project_spec> kept_specs_;
};

}  // namespace gemkeeper::app
