// One worker: a thread, its io_context, its client and upstream connections. Nothing of it is
// touched from another thread, but for what says so.
#pragma once

#include "exchange/body_room.hpp"
#include "intercept/leaf_store.hpp"
#include "net/executor.hpp"
#include "net/signal.hpp"
#include "net/tls_context.hpp"
#include "tunnel/address_guard.hpp"
#include "tunnel/tunnel_rules.hpp"
#include "upstream/routes.hpp"
#include "worker_load.hpp"
#include <gemkeeper/pool/affinity.hpp>
#include <gemkeeper/pool/clients.hpp>
#include <gemkeeper/pool/counted_results.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/pool/recent_projects.hpp>
#include <gemkeeper/pool/retry.hpp>
#include <gemkeeper/pool/usage_table.hpp>
#include <gemkeeper/proxy/request_record.hpp>
#include <gemkeeper/proxy/server.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gemkeeper::proxy {

// What all workers share. Each part is thread-safe.
struct shared_state {
  shared_state(pool::key_pool& keys, request_observer& observer, const proxy_settings& settings,
               const server_options& options);

  pool::key_pool& keys;
  const pool::client_table nobody{};  // where there are no clients
  const pool::client_table& clients;
  request_observer& observer;
  pool::retry_budget budget;
  std::array<pool::circuit_breaker, pool::service_count> model_breakers;
  pool::circuit_breaker route_breaker;
  std::optional<client_tls_context> tls;  // none: all upstreams are plain HTTP
  proxy_tls to_proxies;
  std::string via;                                     // this process's name in Via
  address_guard guard;                                 // of tunnels
  leaf_store leaves;                                   // for TLS that ends here
  std::unique_ptr<pool::affinity_table> own_affinity;  // unless one was given
  pool::affinity_table& affinity;
  pool::recent_projects recent;
  std::unique_ptr<pool::counted_results> own_counted;  // unless one was given
  pool::counted_results& counted;
  std::string token_secret;
};

// A worker's part of what all have.
struct worker_share {
  std::size_t connections = 0;                  // at one time; beyond, new ones wait unaccepted
  std::uint64_t bodies = body_room::unbounded;  // bytes
};

class worker {
 public:
  worker(shared_state& shared, unsigned number, std::shared_ptr<const proxy_settings> settings,
         std::shared_ptr<const pool::price_table> prices, worker_share share);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker();

  // Takes ownership of a listening socket. Before `run`.
  void add_listener(int descriptor, int address_family);
  // The thread's body; returns after `stop`.
  void run();

  // From any thread:
  void reconfigure(std::shared_ptr<const proxy_settings> settings, worker_share share);
  void set_prices(std::shared_ptr<const pool::price_table> prices);
  void drain();  // accept no more; connections end when their request is answered
  void stop();   // end all that is left, and return from `run`
  [[nodiscard]] std::size_t connections() const { return connections_.load(); }
  [[nodiscard]] const pool::usage_table& usage_counts() const { return usage_; }
  [[nodiscard]] const worker_load& load() const { return load_; }
  [[nodiscard]] steady_time last_turn() const { return last_turn_.load(std::memory_order_relaxed); }

  // From its own thread:
  [[nodiscard]] asio::io_context& context() { return context_; }
  [[nodiscard]] shared_state& shared() { return shared_; }
  [[nodiscard]] const std::shared_ptr<const proxy_settings>& settings() const { return settings_; }
  [[nodiscard]] const std::shared_ptr<const tunnel_rules>& connect_rules() const {
    return connect_rules_;
  }
  [[nodiscard]] deadline_list& deadlines() { return deadlines_; }
  [[nodiscard]] route_table& routes(pool::service to = pool::service::gemini) {
    return to == pool::service::gemini ? routes_ : routes_to_vertex();
  }
  [[nodiscard]] pool::usage_table& usage() { return usage_; }
  [[nodiscard]] worker_load& load() { return load_; }
  [[nodiscard]] const pool::price_table& prices() const { return *prices_; }
  [[nodiscard]] unsigned number() const { return number_; }
  [[nodiscard]] body_room& bodies() { return bodies_; }
  [[nodiscard]] bool draining() const { return draining_; }
  // Asked by a connection that idles: true if it should end, for one that waits to be accepted.
  [[nodiscard]] bool claims_place();
  [[nodiscard]] bool stopping() const { return stopping_; }
  void new_request_id(std::span<char, 16> out);
  double random_unit();  // uniform in [0, 1)

 private:
  using acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, executor>;
  using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, executor>;
  struct ticked;

  awaitable<void> accept_from(acceptor& from);
  void make_room(acceptor& from);
  void serve(unique_fd client);
  void start_tick();
  void tick();
  void probe_if_due();
  route_table& routes_to_vertex();
  std::uint64_t random();

  worker_load load_;  // outlives all that is counted in it
  // Only this thread touches descriptors; what other threads post is locked.
  asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  shared_state& shared_;
  const unsigned number_;
  worker_share share_;
  body_room bodies_;
  std::size_t places_wanted_ = 0;  // of connections that idle
  std::shared_ptr<const proxy_settings> settings_;
  std::shared_ptr<const pool::price_table> prices_;  // shared with the other workers; never null
  std::shared_ptr<const tunnel_rules> connect_rules_;
  deadline_list deadlines_;
  route_table routes_;
  std::optional<route_table> vertex_routes_;  // once somebody asked for it
  pool::usage_table usage_;
  timer tick_;
  steady_time next_sweep_{};
  std::atomic<steady_time> last_turn_{std::chrono::steady_clock::now()};
  std::vector<std::unique_ptr<acceptor>> acceptors_;
  std::atomic<std::size_t> connections_{0};
  std::uint64_t random_state_;
  bool draining_ = false;
  bool stopping_ = false;
  bool probing_ = false;
};

}  // namespace gemkeeper::proxy
