// What a service has for its operators: the admin listener and alerts.
#include "service.hpp"
#include <gemkeeper/proxy/listener.hpp>

#include <utility>

namespace gemkeeper::app {

void service::listen_for_admin() {
  backend_.emplace(config_, book_, client_book_, project_book_, history_, keys_, *server_, *alerts_,
                   storage_, ledger_, prices_, log_);
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

void service::make_admin_certificate() {
  if (config_.admin.tls == "off") return;
  certificate_.emplace(config_.proxy,
                       proxy::listener_tls{config_.admin.tls, config_.admin.listen, "admin.tls"},
                       std::chrono::system_clock::now());
}

void service::start_alerts() {
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

}  // namespace gemkeeper::app
