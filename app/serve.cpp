#include "admin_backend.hpp"
#include "alerts/alerts.hpp"
#include "pool_events.hpp"
#include "small_heap.hpp"
#include "start_memory.hpp"
#include <gemkeeper/admin/server.hpp>
#include <gemkeeper/app/affinity_keeper.hpp>
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/client_book.hpp>
#include <gemkeeper/app/config_watch.hpp>
#include <gemkeeper/app/health_keeper.hpp>
#include <gemkeeper/app/key_book.hpp>
#include <gemkeeper/app/limit_history.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/app/price_book.hpp>
#include <gemkeeper/app/process.hpp>
#include <gemkeeper/app/result_keeper.hpp>
#include <gemkeeper/app/serve.hpp>
#include <gemkeeper/app/state_directory.hpp>
#include <gemkeeper/app/storage.hpp>
#include <gemkeeper/app/supervisor.hpp>
#include <gemkeeper/app/usage_ledger.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/proxy/listener.hpp>
#include <gemkeeper/proxy/listener_certificate.hpp>
#include <gemkeeper/proxy/memory_plan.hpp>
#include <gemkeeper/proxy/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gemkeeper::app {

namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr std::chrono::milliseconds flush_interval{250};
constexpr unsigned flushes_per_look = 4;            // every second
constexpr unsigned flushes_per_removal = 4 * 3600;  // of what has expired: every hour
constexpr std::chrono::milliseconds drain_poll{5};

enum class process_signals : bool { left_alone, obeyed };

// Everything that lives as long as the proxy serves. One thread runs it; the workers have their
// own.
class service {
 public:
  service(config_inputs inputs, config initial, std::span<const std::filesystem::path> watched,
          process_signals signals, persistence lasting, supervision by = {})
      : sockets_of_admin_(std::move(by.admin_sockets)),
        supervisor_(std::move(by.manager)),
        config_(std::move(initial)),
        log_(config_.log),
        state_(open_state_directory(inputs.variables, config_.storage_path)),
        storage_(config_, inputs.variables, state_, lasting),
        requests_(log_),
        recorder_(config_.metrics.max_models),
        ledger_(storage_.database()),
        prices_(config_.prices, storage_.database(), log_),
        feed_(requests_, recorder_, ledger_),
        keys_(config_.pool, state_.hash_key),
        shelf_(storage_.database(), storage_.sealing_key(),
               storage_.durable() ? shelf_kind::durable : shelf_kind::in_memory),
        book_(keys_, state_.hash_key, shelf_),
        client_book_(clients_, storage_.database()),
        project_book_(keys_, storage_.database()),
        history_(storage_.database(), keys_, clients_),
        health_(storage_.database(), keys_),
        affinity_(storage_.database(), keys_, system_clock::now()),
        results_(storage_.database(), storage_.path()),
        signals_(io_),
        flush_(io_),
        drain_(io_),
        watch_(io_, std::move(inputs), watched,
               {[this](const config& next) { apply(next); },
                [this](const std::vector<problem>& problems) { reject(problems); }}) {
    // Before anybody is told that it runs.
    if (signals == process_signals::obeyed) {
      for (const int number : {SIGTERM, SIGINT, SIGHUP})
        signals_.add(number);
      await_signal();
    }
    config_.proxy.intercept.ca_directory = state_.ca_directory();
    make_admin_certificate();
    start_alerts();
    keys_.on_event([this](const pool::pool_event& event) {
      tell(log_, event);
      alerts_->on_event(event);
      publish(events_, event);
    });
    const auto tell_limit = [this](const pool::limit_event& event) {
      tell(log_, event);
      if (!is_of_a_minute(event.which)) {
        alerts_->limit_reached(pool::to_string(event.scope),
                               event.name.empty() ? event.subject : event.name,
                               pool::to_string(event.which), event.percent, event.ends);
      }
      publish(events_, event);
    };
    keys_.on_limit(tell_limit);
    clients_.on_limit(tell_limit);
    tell_limits_at(config_.alerts.thresholds);
    book_.before_change([this] { affinity_.name_projects(); });
    apply_keys(config_);
    client_book_.configure(config_);
    project_book_.configure(config_);
    restore_health();
    history_.recall(system_clock::now());
    if (config_.proxy.client.token_required && clients_.empty()) {
      log_.warn("no_clients",
                "clients.required is set and there is no client: nobody is served "
                "(gemkeeper clients add)");
    }
    proxy::server_options options;
    options.clients = &clients_;
    options.prices = prices_.effective();
    options.sockets = std::move(by.proxy_sockets);
    options.affinity = &affinity_.table();
    options.counted = &results_.counted();
    options.token_secret = storage_.sealing_key().derived("page tokens and upload addresses");
    server_.emplace(config_.proxy, keys_, feed_, options);
    prices_.on_change([this](price_book::table next) { server_->set_prices(std::move(next)); });
    listen_for_admin();
    for (const std::string& warning : config_.warnings)
      log_.warn("config", warning);
    if (!state_.warning.empty()) log_.warn("state", state_.warning);
    storage_.tell(log_);
    if (keys_.counts(system_clock::now()).total == 0) {
      log_.warn("no_keys",
                "no API key is configured: set GEMINI_API_KEYS, [[keys]] or pool.keys_dir");
    }
    tell_memory();
    for (const std::string& address : server_->addresses()) {
      log_.info("listening", "the proxy listens", {{"address", address}});
    }
    for (const std::string& address : admin_addresses_) {
      log_.info("listening", "the admin API listens",
                {{"address", address}, {"listener", "admin"}});
    }
    alerts_->start();
    supervisor_.serving(condition());
    flush_later();
  }

  // Lets requests in flight end, then `run` returns. From any thread.
  void stop() {
    asio::post(io_, [this] { drain(); });
  }

  [[nodiscard]] const std::vector<std::string>& addresses() const { return server_->addresses(); }

  void run() {
    io_.run();
    alerts_->stop();
    admin_.reset();
    for (const std::string& path : unlink_paths_)
      ::unlink(path.c_str());
    server_.reset();
    alerts_.reset();
    if (const std::string problem = health_.keep_all(system_clock::now()); !problem.empty()) {
      log_.error("storage", fmt::format("the health of keys could not be kept: {}", problem));
    }
    if (const std::string problem = affinity_.keep_all(); !problem.empty()) {
      log_.error("storage", fmt::format("the owners of files could not be kept: {}", problem));
    }
    storage_.close(log_);
    log_.info("stopped", "the proxy stopped");
  }

 private:
  void tell_memory() {
    const proxy::memory_plan plan = proxy::plan_memory_here();
    if (plan.limit == 0) return;
    log_.info("memory", "the memory of this container is limited: so are connections and bodies",
              {{"limit", static_cast<std::int64_t>(plan.limit)},
               {"connections", static_cast<std::int64_t>(plan.connections)},
               {"bodies", static_cast<std::int64_t>(plan.bodies)}});
  }

  void listen_for_admin() {
    backend_.emplace(config_, book_, client_book_, project_book_, history_, keys_, *server_,
                     *alerts_, storage_, ledger_, prices_, log_);
    admin::server_settings settings;
    settings.token = config_.admin.token;
    settings.version = GEMKEEPER_VERSION;
    if (certificate_) {
      settings.tls = [this] { return certificate_->context(std::chrono::system_clock::now()); };
    }
    settings.metrics = config_.metrics;
    std::vector<proxy::listening> listeners;
    for (const int descriptor : sockets_of_admin_)
      listeners.push_back(proxy::listen_by(descriptor, 1));
    if (sockets_of_admin_.empty()) {
      for (const proxy::listen_address& where : config_.admin.listen)
        listeners.push_back(proxy::listen_on(where, 1, "admin.listen"));
    }
    for (proxy::listening& opened : listeners) {
      settings.sockets.push_back({opened.descriptors.front(), opened.family});
      admin_addresses_.push_back(std::move(opened.address));
      if (!opened.unlink_path.empty()) unlink_paths_.push_back(std::move(opened.unlink_path));
    }
    if (settings.sockets.empty()) return;
    admin_.emplace(std::move(settings), *backend_, recorder_, events_);
  }

  void make_admin_certificate() {
    if (config_.admin.tls == "off") return;
    certificate_.emplace(config_.proxy,
                         proxy::listener_tls{config_.admin.tls, config_.admin.listen, "admin.tls"},
                         std::chrono::system_clock::now());
  }

  void start_alerts() {
    alert_surroundings around{book_, keys_, log_, events_, &storage_.database(), {}};
    const auto watch = [&](std::string_view setting, const std::string& file) {
      if (file == "auto" || file == "off") return;
      around.certificates.push_back(
          {setting, [setting, file] { return proxy::end_of_certificate(setting, file); }});
    };
    watch("proxy.tls", config_.proxy.tls);
    watch("admin.tls", config_.admin.tls);
    alerts_.emplace(io_, config_.alerts, std::move(around));
    feed_.set_alerts(*alerts_);
  }

  void tell_limits_at(const std::vector<unsigned>& percents) {
    const pool::limit_shares shares(percents);
    keys_.tell_limits_at(shares);
    clients_.tell_limits_at(shares);
  }

  void await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      on_signal(number);
      await_signal();
    });
  }

  void on_signal(int number) {
    if (number == SIGHUP) {
      supervisor_.reloading();
      log_.reopen();
      watch_.reload();
      supervisor_.serving(condition());
      return;
    }
    if (draining_) {
      log_.warn("stopping", "a second signal: stopping at once");
      log_.flush();
      ::_exit(128 + number);
    }
    drain();
  }

  void drain() {
    draining_ = true;
    log_.info("draining", "no more connections are accepted; requests in flight may end",
              {{"connections", static_cast<std::int64_t>(server_->connections())}});
    supervisor_.stopping(server_->connections());
    backend_->drain();
    server_->drain();
    drain_until_ = steady_clock::now() + config_.proxy.drain_timeout;
    await_drained();
  }

  void await_drained() {
    drain_.expires_after(drain_poll);
    drain_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      const std::size_t left = server_->connections();
      if (left != 0 && steady_clock::now() < drain_until_) {
        await_drained();
        return;
      }
      if (left != 0) {
        log_.warn("drain_timeout", "requests are cut off (proxy.drain_timeout)",
                  {{"connections", static_cast<std::int64_t>(left)}});
      }
      io_.stop();
    });
  }

  void flush_later() {
    flush_.expires_after(flush_interval);
    flush_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      ledger_.watch(log_);
      log_.flush();
      affinity_.keep_changes();
      results_.keep();
      supervisor_.turn(server_->last_turn());
      if (++flushes_ == 1) release_start_memory();
      if (flushes_ % flushes_per_look == 0) {
        look_after_storage();
        supervisor_.condition_is(condition());
      }
      if (flushes_ % flushes_per_removal == 0) affinity_.remove_expired(system_clock::now());
      flush_later();
    });
  }

  service_condition condition() {
    if (!supervisor_.connected()) return {};
    const pool::pool_counts counts = keys_.counts(system_clock::now());
    return {counts.healthy, counts.total, server_->addresses().front()};
  }

  void restore_health() {
    const health_keeper::restored known = health_.restore(system_clock::now());
    if (known.quarantines + known.cool_downs == 0) return;
    log_.info("health", "what was known of keys before the restart holds on",
              {{"quarantined", static_cast<std::int64_t>(known.quarantines)},
               {"cooldowns", static_cast<std::int64_t>(known.cool_downs)}});
  }

  void look_after_storage() {
    health_.keep_changes(system_clock::now());
    storage_.look_after(log_);
  }

  void apply_keys(const config& from) {
    const pool::apply_report report = book_.configure(from.keys, from.key_origins);
    for (const std::string& what : report.problems)
      log_.warn("keys", what);
    log_.info("keys", "the key pool is set",
              {{"added", static_cast<std::int64_t>(report.added)},
               {"kept", static_cast<std::int64_t>(report.kept)},
               {"removed", static_cast<std::int64_t>(report.removed)}});
  }

  void apply(const config& next) {
    for (const std::string_view name : restart_only_changes(config_, next)) {
      log_.warn("config", fmt::format("{} changed: it takes effect at the next start", name));
    }
    for (const std::string& warning : next.warnings)
      log_.warn("config", warning);
    log_.configure(next.log);
    keys_.configure(next.pool);
    prices_.configure(next.prices);
    apply_keys(next);
    client_book_.configure(next);
    project_book_.configure(next);
    try {
      history_.recall(system_clock::now());
    } catch (const store::error& e) {
      log_.warn("usage_unread", e.what());
    }
    // Connections to the old upstream exist, and certificates were made: they stay until the next
    // start.
    proxy::proxy_settings settings = next.proxy;
    settings.upstream = config_.proxy.upstream;
    settings.intercept = config_.proxy.intercept;
    settings.tls = config_.proxy.tls;
    server_->reconfigure(settings);
    config_ = next;
    config_.proxy = std::move(settings);
    backend_->configure(config_);
    alerts_->configure(config_.alerts);
    tell_limits_at(config_.alerts.thresholds);
    log_.info("reloaded", "the configuration was reloaded");
  }

  void reject(const std::vector<problem>& problems) {
    for (const problem& p : problems)
      log_.error("config", p.text());
    log_.error("config", "the new configuration is invalid: the running one stays");
  }

  asio::io_context io_{1};
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
  asio::signal_set signals_;
  asio::steady_timer flush_;
  asio::steady_timer drain_;
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
  steady_clock::time_point drain_until_{};
};

}  // namespace

int serve(const config_inputs& given, persistence lasting,
          const std::function<void(const std::vector<std::string>&)>& started) {
  harden_process();
  if (proxy::plan_memory_here().limit != 0) keep_heap_small();
  try {
    config_inputs inputs = given;
    supervision by = take_over(inputs);
    load_result loaded = load_config(inputs);
    if (!loaded.value) {
      std::fputs(describe(loaded.problems).c_str(), stderr);
      return exit_usage;
    }
    service running(std::move(inputs), std::move(*loaded.value), loaded.watched,
                    process_signals::obeyed, lasting, std::move(by));
    if (started) started(running.addresses());
    running.run();
    return exit_done;
  } catch (const std::exception& e) {
    fmt::print(stderr, "gemkeeper: {}\n", e.what());
    return exit_failed;
  }
}

struct background_proxy::impl {
  impl(const config_inputs& inputs, load_result loaded)
      : running(inputs, std::move(*loaded.value), loaded.watched, process_signals::left_alone,
                persistence::until_end),
        thread([this] { run(); }) {}

  void run() {
    try {
      running.run();
    } catch (const std::exception& e) {
      fmt::print(stderr, "gemkeeper: the proxy has failed: {}\n", e.what());
    }
  }

  service running;
  std::thread thread;
};

background_proxy::background_proxy(const config_inputs& inputs) {
  load_result loaded = load_config(inputs);
  if (!loaded.value) throw std::runtime_error(describe(loaded.problems));
  impl_ = std::make_unique<impl>(inputs, std::move(loaded));
}

background_proxy::~background_proxy() {
  impl_->running.stop();
  impl_->thread.join();
}

const std::vector<std::string>& background_proxy::addresses() const {
  return impl_->running.addresses();
}

}  // namespace gemkeeper::app
