// A service's configuration, when it starts and when it is another.
#include "service.hpp"
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/store/error.hpp>

#include <fmt/format.h>

namespace gemkeeper::app {

using std::chrono::system_clock;

void service::apply_keys(const config& from) {
  const pool::apply_report report = book_.configure(from.keys, from.key_origins);
  for (const std::string& what : report.problems)
    log_.warn("keys", what);
  log_.info("keys", "the key pool is set",
            {{"added", static_cast<std::int64_t>(report.added)},
             {"kept", static_cast<std::int64_t>(report.kept)},
             {"removed", static_cast<std::int64_t>(report.removed)}});
}

void service::apply(const config& next) {
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

void service::reject(const std::vector<problem>& problems) {
  for (const problem& p : problems)
    log_.error("config", p.text());
  log_.error("config", "the new configuration is invalid: the running one stays");
}

void service::tell_limits_at(const std::vector<unsigned>& percents) {
  const pool::limit_shares shares(percents);
  keys_.tell_limits_at(shares);
  clients_.tell_limits_at(shares);
}

}  // namespace gemkeeper::app
