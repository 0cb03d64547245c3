// The proxy with all that serves it: pool, storage, alerts, admin listener.
#pragma once

#include "admin_backend.hpp"
#include "alerts/alerts.hpp"
#include "pool_events.hpp"
#include <gemkeeper/admin/server.hpp>
#include <gemkeeper/app/affinity_keeper.hpp>
#include <gemkeeper/app/client_book.hpp>
#include <gemkeeper/app/config_watch.hpp>
#include <gemkeeper/app/health_keeper.hpp>
#include <gemkeeper/app/key_book.hpp>
#include <gemkeeper/app/limit_history.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/app/price_book.hpp>
#include <gemkeeper/app/result_keeper.hpp>
#include <gemkeeper/app/state_directory.hpp>
#include <gemkeeper/app/storage.hpp>
#include <gemkeeper/app/supervisor.hpp>
#include <gemkeeper/app/usage_ledger.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/proxy/listener_certificate.hpp>
#include <gemkeeper/proxy/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gemkeeper::app {

enum class process_signals : bool { left_alone, obeyed };

// Everything that lives as long as the proxy serves. One thread runs it; the workers have their
// own. Throws std::runtime_error that names the setting when it cannot start.
class service {
 public:
  service(config_inputs inputs, config initial, std::span<const std::filesystem::path> watched,
          process_signals signals, persistence lasting, supervision by = {});
  // Lets requests in flight end, then `run` returns. From any thread.
  void stop();
  [[nodiscard]] const std::vector<std::string>& addresses() const { return server_->addresses(); }
  void run();

 private:
  void tell_memory();
  void listen_for_admin();
  void make_admin_certificate();
  void start_alerts();
  void tell_limits_at(const std::vector<unsigned>& percents);
  void await_signal();
  void on_signal(int number);
  void drain();
  void await_drained();
  void flush_later();
  service_condition condition();
  void restore_health();
  void look_after_storage();
  void apply_keys(const config& from);
  void apply(const config& next);
  void reject(const std::vector<problem>& problems);

  boost::asio::io_context io_{1};
  std::vector<int> sockets_of_admin_;  // that listen already; the admin server gets them
  supervisor supervisor_;
  config config_;
  log log_;
  state_directory state_;
  storage storage_;
  request_log requests_;
  admin::recorder recorder_;
  admin::event_hub events_;
  usage_ledger ledger_;
  price_book prices_;
  request_feed feed_;
  pool::key_pool keys_;
  key_shelf shelf_;
  key_book book_;
  pool::client_table clients_;
  client_book client_book_;
  project_book project_book_;
  limit_history history_;
  health_keeper health_;
  affinity_keeper affinity_;
  result_keeper results_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer flush_;
  boost::asio::steady_timer drain_;
  config_watch watch_;
  std::optional<proxy::listener_certificate> certificate_;
  std::optional<alerts> alerts_;
  std::optional<proxy::server> server_;
  std::optional<admin_backend> backend_;
  std::optional<admin::server> admin_;
  std::vector<std::string> admin_addresses_;
  std::vector<std::string> unlink_paths_;
  unsigned flushes_ = 0;
  bool draining_ = false;
  std::chrono::steady_clock::time_point drain_until_{};
};

}  // namespace gemkeeper::app
