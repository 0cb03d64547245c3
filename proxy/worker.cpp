#include "worker.hpp"

#include "client_connection.hpp"
#include "prober.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <random>
#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::uint32_t breaker_threshold = 10;
constexpr std::chrono::seconds breaker_pause{5};
constexpr std::chrono::seconds sweep_interval{1};

std::uint64_t random_seed() {
  std::random_device source;
  return (std::uint64_t{source()} << 32) | source();
}

// Only a bug or the end of memory throws on the data path: it ends that connection, and is told.
void report(const std::exception_ptr& error) {
  if (error == nullptr) return;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gemkeeper: a connection ended by an internal error: %s\n", e.what());
  }
}

}  // namespace

shared_state::shared_state(pool::key_pool& k, request_observer& o, const proxy_settings& settings,
                           const server_options& options)
    : keys(k),
      clients(options.clients != nullptr ? *options.clients : nobody),
      observer(o),
      budget(settings.retry.retry_budget, settings.retry.retry_reserve),
      model_breakers{pool::circuit_breaker(breaker_threshold, breaker_pause),
                     pool::circuit_breaker(breaker_threshold, breaker_pause)},
      route_breaker(breaker_threshold, breaker_pause),
      to_proxies(settings.upstream.proxy_ca_file),
      via(fmt::format("gemkeeper-{:08x}", random_seed() & 0xffffffff)),
      guard(options.tunnel_exempt),
      leaves(settings),
      own_affinity(options.affinity == nullptr ? std::make_unique<pool::affinity_table>()
                                               : nullptr),
      affinity(options.affinity == nullptr ? *own_affinity : *options.affinity),
      own_counted(options.counted == nullptr ? std::make_unique<pool::counted_results>() : nullptr),
      counted(options.counted == nullptr ? *own_counted : *options.counted),
      token_secret(options.token_secret.empty()
                       ? fmt::format("{:016x}{:016x}", random_seed(), random_seed())
                       : options.token_secret) {
  if (settings.upstream.any_tls()) tls.emplace(settings.upstream.ca_file);
}

struct worker::ticked {
  worker* self;
  void operator()(const boost::system::error_code& error) const {
    if (!error) self->tick();
  }
};

worker::worker(shared_state& shared, unsigned number,
               std::shared_ptr<const proxy_settings> settings,
               std::shared_ptr<const pool::price_table> prices, worker_share share)
    : shared_(shared),
      number_(number),
      share_(share),
      bodies_(share.bodies),
      settings_(std::move(settings)),
      prices_(std::move(prices)),
      connect_rules_(std::make_shared<const tunnel_rules>(settings_->connect)),
      routes_(context_.get_executor(), settings_->upstream, settings_->upstream,
              shared.tls ? &*shared.tls : nullptr, shared.to_proxies, load_),
      tick_(context_.get_executor()),
      random_state_(random_seed()) {}

worker::~worker() = default;

void worker::add_listener(int descriptor, int address_family) {
  auto listening = std::make_unique<acceptor>(context_.get_executor());
  listening->assign(asio::generic::stream_protocol(address_family, 0), descriptor);
  acceptors_.push_back(std::move(listening));
}

route_table& worker::routes_to_vertex() {
  if (!vertex_routes_) {
    const upstream_settings& upstream = settings_->upstream;
    vertex_routes_.emplace(context_.get_executor(), upstream, upstream.vertex,
                           shared_.tls ? &*shared_.tls : nullptr, shared_.to_proxies, load_);
  }
  return *vertex_routes_;
}

void worker::run() {
  routes_.sweep(std::chrono::steady_clock::now());  // looks the upstream's addresses up
  for (const auto& a : acceptors_) {
    asio::co_spawn(context_, accept_from(*a), [](const std::exception_ptr& e) { report(e); });
  }
  start_tick();
  context_.run();
}

awaitable<void> worker::accept_from(acceptor& from) {
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable_t<executor>(), error);
  timer pause(context_.get_executor());
  while (!draining_) {
    if (connections_.load() >= share_.connections) {
      make_room(from);
      pause.expires_after(deadline_list::tick);
      co_await pause.async_wait(token);
      continue;
    }
    places_wanted_ = 0;
    co_await from.async_wait(acceptor::wait_read, token);
    if (error == asio::error::operation_aborted) co_return;
    unique_fd client(
        ::accept4(from.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client) {
      serve(std::move(client));
    } else if (errno != EAGAIN && errno != ECONNABORTED) {
      // Out of descriptors or memory: what is open may end and free some.
      pause.expires_after(deadline_list::tick);
      co_await pause.async_wait(token);
    }
  }
}

// Some at a time: who waits is not counted, and who idles may be about to ask.
void worker::make_room(acceptor& from) {
  constexpr std::size_t part = 8;
  pollfd waiting{from.native_handle(), POLLIN, 0};
  if (::poll(&waiting, 1, 0) != 1) {
    places_wanted_ = 0;
    return;
  }
  places_wanted_ = share_.connections / part + 1;
  deadlines_.notify_all();
}

bool worker::claims_place() {
  if (places_wanted_ == 0) return false;
  --places_wanted_;
  return true;
}

void worker::serve(unique_fd client) {
  const int on = 1;
  // Refused by Unix sockets, which know no delay.
  ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ++connections_;
  const bool slow = deadlines_.empty();
  asio::co_spawn(context_, serve_client(*this, std::move(client)),
                 [this](const std::exception_ptr& e) {
                   --connections_;
                   report(e);
                 });
  if (slow) start_tick();
}

// Often while somebody waits for a deadline, once a second otherwise.
void worker::start_tick() {
  if (stopping_ && deadlines_.empty()) return;
  if (deadlines_.empty()) {
    tick_.expires_after(sweep_interval);
  } else {
    tick_.expires_after(deadline_list::tick);
  }
  tick_.async_wait(ticked{this});
}

void worker::tick() {
  const auto now = std::chrono::steady_clock::now();
  // At the end every deadline has come: some waits end by nothing else.
  deadlines_.sweep(stopping_ ? steady_time::max() : now);
  if (now >= next_sweep_ && !stopping_) {
    next_sweep_ = now + sweep_interval;
    last_turn_.store(now, std::memory_order_relaxed);
    routes_.sweep(now);
    if (vertex_routes_) vertex_routes_->sweep(now);
    probe_if_due();
    shared_.observer.still_there(number_);
  }
  start_tick();
}

void worker::probe_if_due() {
  if (probing_ || draining_) return;
  const auto due = shared_.keys.next_probe_due();
  if (!due || *due > std::chrono::system_clock::now()) return;
  probing_ = true;
  asio::co_spawn(context_, probe_due_keys(*this), [this](const std::exception_ptr& e) {
    probing_ = false;
    report(e);
  });
}

void worker::reconfigure(std::shared_ptr<const proxy_settings> settings, worker_share share) {
  auto rules = std::make_shared<const tunnel_rules>(settings->connect);
  asio::post(context_,
             [this, next = std::move(settings), next_rules = std::move(rules), share]() mutable {
               settings_ = std::move(next);
               connect_rules_ = std::move(next_rules);
               share_ = share;
               bodies_.resize(share.bodies);
             });
}

void worker::set_prices(std::shared_ptr<const pool::price_table> prices) {
  asio::post(context_, [this, next = std::move(prices)]() mutable { prices_ = std::move(next); });
}

void worker::drain() {
  asio::post(context_, [this] {
    draining_ = true;
    for (const auto& a : acceptors_) {
      boost::system::error_code ignored;
      a->close(ignored);
    }
    deadlines_.notify_all();
  });
}

void worker::stop() {
  drain();
  asio::post(context_, [this] {
    stopping_ = true;
    deadlines_.notify_all();
    routes_.close_idle();
    if (vertex_routes_) vertex_routes_->close_idle();
    tick_.cancel();
    tick();  // and again, until nobody waits any more
  });
}

void worker::new_request_id(std::span<char, 16> out) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::uint64_t bits = random();
  for (char& c : out) {
    c = digits[bits & 0xf];
    bits >>= 4;
  }
}

double worker::random_unit() {
  return static_cast<double>(random() >> 11) * 0x1.0p-53;
}

// SplitMix64 (Steele, Lea, Flood 2014): request ids and jitter need speed, not secrecy.
std::uint64_t worker::random() {
  std::uint64_t z = (random_state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace gemkeeper::proxy
