// The proxy: listeners and workers.
#pragma once

#include <gemkeeper/pool/affinity.hpp>
#include <gemkeeper/pool/clients.hpp>
#include <gemkeeper/pool/counted_results.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/pool/prices.hpp>
#include <gemkeeper/pool/traffic.hpp>
#include <gemkeeper/pool/usage_table.hpp>
#include <gemkeeper/proxy/request_record.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace gemkeeper::proxy {

// What no setting leads to.
struct server_options {
  // Numeric addresses that tunnels may lead to although they are not public: {"127.0.0.1"}. For
  // tests and benchmarks that run a server in their own process.
  std::vector<std::string> tunnel_exempt;
  // Whom tokens belong to; outlives the server. Null: there are no clients.
  const pool::client_table* clients = nullptr;
  // Shared by the workers, each of which holds it. Null: no cost is known.
  std::shared_ptr<const pool::price_table> prices;
  // Sockets that listen already, in place of settings.listen; the server owns them.
  std::vector<int> sockets = {};
  // Which project owns what; outlives the server. Null: one of its own, forgotten with it.
  pool::affinity_table* affinity = nullptr;
  // Which results' usage was counted; outlives the server. Null: its own, forgotten with it.
  pool::counted_results* counted = nullptr;
  // What page tokens and addresses of uploads are authenticated with; they are good as long as it
  // stays. Empty: random.
  std::string token_secret = {};
};

// proxy.workers, or as many as there are cores, or as the control group's CPU quota gives time for
// and its memory has room for.
std::size_t worker_count(const proxy_settings& settings);

// Starts its own threads. Its members are called from one thread, the owner's; `keys` and
// `observer` are used from all workers and must outlive it.
class server {
 public:
  // Binds every address and starts to serve. Throws std::runtime_error that names the setting and
  // the remedy: an address in use, no permission, an unreadable CA file, a malformed host in
  // connect.allow.
  server(const proxy_settings& settings, pool::key_pool& keys, request_observer& observer,
         const server_options& options = {});
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  // Stops at once.
  ~server();

  // Where it listens, with the ports that were picked: "127.0.0.1:8001", "unix:/run/x.sock".
  [[nodiscard]] const std::vector<std::string>& addresses() const;

  // For the requests that begin from now on. Throws as the constructor does, and nothing changes.
  // Listeners, workers and [upstream] stay as they are.
  void reconfigure(const proxy_settings& settings);
  // For the requests that end from now on. From any thread.
  void set_prices(std::shared_ptr<const pool::price_table> prices);

  // Accepts no more connections and ends those that exist when their request is answered.
  void drain();
  // When the worker that is furthest behind last had a turn: about a second ago when all is well.
  // From any thread.
  [[nodiscard]] std::chrono::steady_clock::time_point last_turn() const;
  // How many are left. From any thread.
  [[nodiscard]] std::size_t connections() const;

  // Since the start, over all workers. From any thread.
  [[nodiscard]] pool::usage_table::snapshot usage() const;
  // From any thread.
  [[nodiscard]] pool::traffic traffic() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gemkeeper::proxy
