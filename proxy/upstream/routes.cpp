#include "upstream/routes.hpp"

#include <gemkeeper/proxy/egress.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <functional>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace gemkeeper::proxy {

namespace {

// Beyond the life of its idle connections, for the sake of its TLS sessions.
constexpr std::chrono::minutes unused_route_life{5};

std::unique_ptr<proxy_dialer> dialer_for(const executor& ex, const egress& via, std::string setting,
                                         const upstream_settings& settings, proxy_tls& tls) {
  if (via.kind == egress::protocol::direct) return nullptr;
  return std::make_unique<proxy_dialer>(ex, via, std::move(setting), settings, tls);
}

std::unique_ptr<proxy_dialer> dialer_for_all(const executor& ex, const upstream_settings& settings,
                                             proxy_tls& tls) {
  if (settings.proxy.empty()) return nullptr;
  egress via;
  if (auto wrong = parse_egress(settings.proxy, via); !wrong.empty()) {
    throw std::runtime_error("upstream.proxy: " + wrong);
  }
  return dialer_for(ex, via, "upstream.proxy", settings, tls);
}

}  // namespace

route_table::route_table(const executor& ex, const upstream_settings& settings, const origin& to,
                         const client_tls_context* tls, proxy_tls& to_proxies, worker_load& load)
    : executor_(ex),
      settings_(settings),
      to_(to),
      tls_(tls),
      to_proxies_(to_proxies),
      load_(load),
      default_(ex, settings, to, tls, load, to.host, dialer_for_all(ex, settings, to_proxies)),
      everybodys_(std::shared_ptr<void>(), &default_) {}

route_table::~route_table() {
  for (auto route = of_keys_.begin(); route != of_keys_.end();)
    route = forget(route);
}

std::shared_ptr<connection_pool> route_table::of_key(std::string_view proxy) {
  if (proxy == settings_.proxy) return everybodys_;
  std::string text(proxy);
  const auto now = std::chrono::steady_clock::now();
  if (const auto known = of_keys_.find(text); known != of_keys_.end()) {
    known->second.last_used = now;
    return known->second.pool;
  }
  egress via;
  // Whoever made the key has looked at it. Should it be wrong all the same, the key must not go out
  // another way: an address of port 0 leads nowhere.
  if (!parse_egress(proxy, via).empty()) via.kind = egress::protocol::http;
  if (via.kind == egress::protocol::direct && default_.via() == nullptr) return everybodys_;
  // By the whole text, for one proxy may take one user and not the other.
  auto made = std::make_shared<connection_pool>(
      executor_, settings_, to_, tls_, load_,
      fmt::format("{} by {}#{:x}", to_.host, via.label(), std::hash<std::string_view>()(proxy)),
      dialer_for(executor_, via, "proxy in [[keys]]", settings_, to_proxies_));
  of_keys_.emplace(std::move(text), key_route{made, now});
  return made;
}

void route_table::sweep(steady_time now) {
  default_.sweep(now);
  for (auto route = of_keys_.begin(); route != of_keys_.end();) {
    const auto& [pool, last_used] = route->second;
    const bool unused = pool.use_count() == 1 && now - last_used > unused_route_life;
    pool->sweep(now);
    if (unused && pool->idle() == 0) {
      route = forget(route);
    } else {
      ++route;
    }
  }
}

void route_table::close_idle() {
  default_.close_idle();
  for (const auto& [proxy, route] : of_keys_)
    route.pool->close_idle();
}

route_table::key_routes::iterator route_table::forget(key_routes::iterator route) {
  const auto next = std::next(route);
  auto taken = of_keys_.extract(route);
  OPENSSL_cleanse(taken.key().data(), taken.key().size());
  return next;
}

}  // namespace gemkeeper::proxy
