#include "upstream/connection_pool.hpp"

#include "upstream/connect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::chrono::minutes news_interval{1};

}  // namespace

connection_pool::connection_pool(const executor& ex, const upstream_settings& settings,
                                 const origin& to, const client_tls_context* tls, worker_load& load,
                                 std::string name, std::unique_ptr<proxy_dialer> via)
    : executor_(ex),
      settings_(settings),
      to_(to),
      tls_(to.tls ? tls : nullptr),
      load_(load),
      name_(std::move(name)),
      via_(std::move(via)) {
  if (via_ != nullptr) return;
  addresses_ = std::make_shared<address_book>(ex, to_.host, to_.port, settings.dns_refresh);
}

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
  count_idle();
  return found;
}

void connection_pool::count_idle() {
  load_.upstream_idle.move(counted_idle_, idle_.size());
  counted_idle_ = idle_.size();
}

const std::string& connection_pool::label() const {
  return via_ != nullptr ? via_->label() : to_.host;
}

std::string connection_pool::why_broken() const {
  if (!last_problem_.empty() || via_ == nullptr) return last_problem_;
  return fmt::format("upstream proxy {}: it failed again and again; check {}", label(),
                     via_->setting());
}

bool connection_pool::has_news(steady_time now) {
  const bool broken = !last_problem_.empty();
  if (broken == told_broken_ || (broken && now < next_news_)) return false;
  told_broken_ = broken;
  if (broken) next_news_ = now + news_interval;
  return true;
}

// A connected stream to the upstream, without its TLS.
awaitable<dial_result> connection_pool::dial(signal& owner) {
  if (via_ != nullptr) co_return co_await via_->dial(to_.host, to_.port, owner);
  dial_result result;
  connect_result connected =
      co_await connect_by_name(executor_, addresses_, owner, settings_.connect_timeout);
  result.status = connected.status;
  if (!connected.connected) {
    result.problem = std::move(connected.problem);
    co_return result;
  }
  result.io = std::make_shared<stream>(executor_.context(), std::move(connected.connected));
  result.io->attach(&owner);
  co_return result;
}

awaitable<open_result> connection_pool::open(signal& owner) {
  open_result result;
  const counted connecting(load_.upstream_connecting);
  dial_result dialled = co_await dial(owner);
  result.status = dialled.status;
  result.failed = via_ != nullptr ? leg::proxy : leg::upstream;
  result.problem = std::move(dialled.problem);
  if (dialled.io == nullptr) {
    if (result.status != io_result::cancelled) last_problem_ = result.problem;
    co_return result;
  }

  auto connection = std::make_unique<upstream_connection>(load_.upstream_open);
  connection->opened = std::chrono::steady_clock::now();
  connection->io = std::move(dialled.io);
  stream& io = *connection->io;
  // The upstream never speaks first: what is there was made up on the way.
  if (!io.in().empty()) {
    result.status = io_result::failed;
    result.problem = fmt::format("upstream proxy {}: it sends bytes of its own; check {}",
                                 via_->label(), via_->setting());
  } else if (tls_ != nullptr) {
    io.start_tls(tls_->connect_to(to_.host, sessions_));
    owner.expire_at(connection->opened + settings_.tls_timeout);
    result.status = co_await io.handshake();
    if (result.status != io_result::ok) {
      const bool late = result.status == io_result::timed_out;
      result.failed = leg::upstream_tls;
      result.problem = "tls " + (late ? "handshake: timed out" : io.tls_problem());
      if (via_ != nullptr) result.problem += " (through the upstream proxy " + label() + ")";
    }
  }
  if (result.status == io_result::ok) result.connection = std::move(connection);
  if (result.status != io_result::cancelled) last_problem_ = result.problem;
  co_return result;
}

void connection_pool::put_back(upstream_ptr c, steady_time now) {
  c->io->attach(nullptr);
  c->idle_since = now;
  c->reused = true;
  if (!usable(*c, now) || idle_.size() >= settings_.max_idle_connections) return;
  c->io->watch();
  idle_.push_back(std::move(c));
  count_idle();
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
  count_idle();
  if (via_ != nullptr) {
    via_->refresh(now);
  } else {
    addresses_->refresh(now);
  }
}

void connection_pool::close_idle() {
  for (const upstream_ptr& c : idle_)
    c->io->shutdown_send();
  idle_.clear();
  count_idle();
}

}  // namespace gemkeeper::proxy
