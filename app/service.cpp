#include "service.hpp"

#include "start_memory.hpp"
#include <gemkeeper/proxy/memory_plan.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <unistd.h>

#include <csignal>
#include <utility>

namespace gemkeeper::app {

namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr std::chrono::milliseconds flush_interval{250};
constexpr unsigned flushes_per_look = 4;            // every second
constexpr unsigned flushes_per_removal = 4 * 3600;  // of what has expired: every hour
constexpr std::chrono::milliseconds drain_poll{5};

}  // namespace

service::service(config_inputs inputs, config initial,
                 std::span<const std::filesystem::path> watched, process_signals signals,
                 persistence lasting, supervision by)
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
    log_.info("listening", "the admin API listens", {{"address", address}, {"listener", "admin"}});
  }
  alerts_->start();
  supervisor_.serving(condition());
  flush_later();
}

void service::stop() {
  boost::asio::post(io_, [this] { drain(); });
}

void service::run() {
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

void service::tell_memory() {
  const proxy::memory_plan& plan = proxy::plan_memory_here();
  if (plan.limit == 0) return;
  log_.info("memory", "the memory of this container is limited: so are connections and bodies",
            {{"limit", static_cast<std::int64_t>(plan.limit)},
             {"connections", static_cast<std::int64_t>(plan.connections)},
             {"bodies", static_cast<std::int64_t>(plan.bodies)}});
}

void service::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    on_signal(number);
    await_signal();
  });
}

void service::on_signal(int number) {
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

void service::drain() {
  draining_ = true;
  log_.info("draining", "no more connections are accepted; requests in flight may end",
            {{"connections", static_cast<std::int64_t>(server_->connections())}});
  supervisor_.stopping(server_->connections());
  backend_->drain();
  server_->drain();
  drain_until_ = steady_clock::now() + config_.proxy.drain_timeout;
  await_drained();
}

void service::await_drained() {
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

void service::flush_later() {
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

service_condition service::condition() {
  if (!supervisor_.connected()) return {};
  const pool::pool_counts counts = keys_.counts(system_clock::now());
  return {counts.healthy, counts.total, server_->addresses().front()};
}

void service::restore_health() {
  const health_keeper::restored known = health_.restore(system_clock::now());
  if (known.quarantines + known.cool_downs == 0) return;
  log_.info("health", "what was known of keys before the restart holds on",
            {{"quarantined", static_cast<std::int64_t>(known.quarantines)},
             {"cooldowns", static_cast<std::int64_t>(known.cool_downs)}});
}

void service::look_after_storage() {
  health_.keep_changes(system_clock::now());
  storage_.look_after(log_);
}

}  // namespace gemkeeper::app
