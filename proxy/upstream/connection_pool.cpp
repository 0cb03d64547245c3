#include "upstream/connection_pool.hpp"

#include "upstream/connect.hpp"

#include <algorithm>
#include <utility>

namespace gemkeeper::proxy {

connection_pool::connection_pool(const executor& ex, const upstream_settings& settings,
                                 const client_tls_context* tls)
    : executor_(ex),
      settings_(settings),
      tls_(tls),
      addresses_(
          std::make_shared<address_book>(ex, settings.host, settings.port, settings.dns_refresh)) {}

connection_pool::~connection_pool() {
  close_idle();
}

upstream_ptr connection_pool::take_idle(steady_time now) {
  upstream_ptr found;
  while (!idle_.empty() && found == nullptr) {
    upstream_ptr last = std::move(idle_.back());
    idle_.pop_back();
    if (usable(*last, now)) found = std::move(last);
  }
  idle_count_.store(idle_.size(), std::memory_order_relaxed);
  return found;
}

awaitable<open_result> connection_pool::open(signal& owner) {
  open_result result;
  const auto start = std::chrono::steady_clock::now();
  owner.expire_at(start + 3 * settings_.connect_timeout);
  const endpoint_list addresses = co_await addresses_->get(owner);
  if (addresses.empty()) {
    result.status = owner.interrupted();
    if (result.status == io_result::ok) result.status = io_result::failed;
    result.problem = "look-up of " + settings_.host + ": " + addresses_->problem();
    co_return result;
  }
  connect_result connected =
      co_await connect_any(executor_, addresses, owner, settings_.connect_timeout);
  if (!connected.connected) {
    result.status = connected.status;
    result.problem = "connect: " + connected.problem;
    co_return result;
  }
  auto connection = std::make_unique<upstream_connection>();
  connection->opened = std::chrono::steady_clock::now();
  ssl_ptr tls = tls_ != nullptr ? tls_->connect_to(settings_.host, sessions_) : nullptr;
  connection->io =
      std::make_shared<stream>(executor_.context(), std::move(connected.connected), std::move(tls));
  connection->io->attach(&owner);
  if (tls_ != nullptr) {
    owner.expire_at(connection->opened + settings_.tls_timeout);
    result.status = co_await connection->io->handshake();
    if (result.status != io_result::ok) {
      const bool late = result.status == io_result::timed_out;
      result.problem = "tls " + (late ? "handshake: timed out" : connection->io->tls_problem());
      co_return result;
    }
  }
  result.connection = std::move(connection);
  co_return result;
}

void connection_pool::put_back(upstream_ptr c, steady_time now) {
  c->io->attach(nullptr);
  c->idle_since = now;
  c->reused = true;
  if (!usable(*c, now) || idle_.size() >= settings_.max_idle_connections) return;
  c->io->watch();
  idle_.push_back(std::move(c));
  idle_count_.store(idle_.size(), std::memory_order_relaxed);
}

bool connection_pool::usable(const upstream_connection& c, steady_time now) const {
  // Bytes nobody asked for would be taken for the next answer.
  return c.io->is_open() && c.io->ended() == io_result::ok && c.io->in().empty() &&
         now - c.opened < settings_.max_lifetime && now - c.idle_since < settings_.max_idle_time;
}

void connection_pool::sweep(steady_time now) {
  for (const upstream_ptr& c : idle_)
    c->io->look_for_end();
  std::erase_if(idle_, [&](const upstream_ptr& c) { return !usable(*c, now); });
  for (const upstream_ptr& c : idle_)
    c->io->trim();
  idle_count_.store(idle_.size(), std::memory_order_relaxed);
  addresses_->refresh(now);
}

void connection_pool::close_idle() {
  for (const upstream_ptr& c : idle_)
    c->io->shutdown_send();
  idle_.clear();
  idle_count_.store(0, std::memory_order_relaxed);
}

}  // namespace gemkeeper::proxy
