#include "net/container_limits.hpp"
#include "worker.hpp"
#include <gemkeeper/proxy/listener.hpp>
#include <gemkeeper/proxy/memory_plan.hpp>
#include <gemkeeper/proxy/server.hpp>

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace gemkeeper::proxy {
namespace {

// A worker that wakes runs at once, not when the thread that has its core (of the admin listener,
// of another process) has used its slice up: since Linux 6.12 the shorter slice preempts, by
// sched_setattr(2). It is no more of the core's time. Before 6.12 niceness preempts, and this is
// ignored.
void take_short_slices() {
  // struct sched_attr: <linux/sched/types.h> of Debian 12 cannot stand beside <sched.h>.
  struct {
    std::uint32_t size = 48;
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = ::getpriority(PRIO_PROCESS, 0);
    std::uint32_t priority = 0;
    std::uint64_t runtime = 200'000;  // of a slice, ns
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
  } wanted;
  ::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

}  // namespace

namespace {

constexpr std::size_t most_connections = 10'000;  // of a worker, unless the settings tell

// An even part for each worker: they share nothing, and the kernel spreads connections evenly.
worker_share share_of(const client_settings& settings, const memory_plan& plan,
                      std::size_t workers) {
  worker_share share;
  share.connections = settings.max_connections;
  if (share.connections == 0) {
    share.connections =
        plan.limit == 0 ? most_connections
                        : std::clamp<std::size_t>(plan.connections / workers, 1, most_connections);
  }
  const std::uint64_t bodies =
      settings.replay_memory_total != 0 ? settings.replay_memory_total : plan.bodies;
  if (bodies != 0) share.bodies = std::max<std::uint64_t>(1, bodies / workers);
  return share;
}

}  // namespace

struct server::impl {
  impl(const proxy_settings& settings, pool::key_pool& keys, request_observer& observer,
       const server_options& options)
      : shared(keys, observer, settings, options) {}

  shared_state shared;
  std::vector<std::unique_ptr<worker>> workers;
  std::vector<std::thread> threads;
  std::vector<std::string> addresses;
  std::vector<std::string> unlink_paths;
};

std::size_t worker_count(const proxy_settings& settings) {
  if (settings.workers != 0) return settings.workers;
  return workers_within(plan_memory_here().limit,
                        usable_cores(std::thread::hardware_concurrency(), cpu_quota()));
}

server::server(const proxy_settings& settings, pool::key_pool& keys, request_observer& observer,
               const server_options& options)
    : impl_(std::make_unique<impl>(settings, keys, observer, options)) {
  const auto current = std::make_shared<const proxy_settings>(settings);
  const std::size_t count = worker_count(settings);
  const auto prices = options.prices ? options.prices : std::make_shared<pool::price_table>();
  const worker_share share = share_of(settings.client, plan_memory_here(), count);
  for (std::size_t i = 0; i < count; ++i) {
    impl_->workers.push_back(
        std::make_unique<worker>(impl_->shared, static_cast<unsigned>(i), current, prices, share));
  }
  std::vector<listening> listeners;
  for (const int descriptor : options.sockets)
    listeners.push_back(listen_by(descriptor, count));
  if (options.sockets.empty()) {
    for (const listen_address& where : settings.listen)
      listeners.push_back(listen_on(where, count));
  }
  for (listening& opened : listeners) {
    for (std::size_t i = 0; i < count; ++i) {
      impl_->workers[i]->add_listener(opened.descriptors[i], opened.family);
    }
    impl_->addresses.push_back(std::move(opened.address));
    if (!opened.unlink_path.empty()) impl_->unlink_paths.push_back(std::move(opened.unlink_path));
  }
  for (const auto& w : impl_->workers) {
    impl_->threads.emplace_back([one = w.get()] {
      take_short_slices();
      one->run();
    });
  }
}

server::~server() {
  for (const auto& w : impl_->workers)
    w->stop();
  for (std::thread& t : impl_->threads)
    t.join();
  for (const std::string& path : impl_->unlink_paths)
    ::unlink(path.c_str());
}

const std::vector<std::string>& server::addresses() const {
  return impl_->addresses;
}

void server::reconfigure(const proxy_settings& settings) {
  const auto next = std::make_shared<const proxy_settings>(settings);
  impl_->shared.budget.configure(settings.retry.retry_budget, settings.retry.retry_reserve);
  const worker_share share = share_of(settings.client, plan_memory_here(), impl_->workers.size());
  for (const auto& w : impl_->workers)
    w->reconfigure(next, share);
}

void server::set_prices(std::shared_ptr<const pool::price_table> prices) {
  for (const auto& w : impl_->workers)
    w->set_prices(prices);
}

void server::drain() {
  for (const auto& w : impl_->workers)
    w->drain();
}

std::chrono::steady_clock::time_point server::last_turn() const {
  auto oldest = std::chrono::steady_clock::time_point::max();
  for (const auto& w : impl_->workers)
    oldest = std::min(oldest, w->last_turn());
  return oldest;
}

std::size_t server::connections() const {
  std::size_t sum = 0;
  for (const auto& w : impl_->workers)
    sum += w->connections();
  return sum;
}

pool::usage_table::snapshot server::usage() const {
  std::vector<const pool::usage_table*> tables;
  for (const auto& w : impl_->workers)
    tables.push_back(&w->usage_counts());
  return pool::usage_table::total(tables);
}

pool::traffic server::traffic() const {
  pool::traffic sum;
  for (const auto& w : impl_->workers) {
    const worker_load& one = std::as_const(*w).load();
    // Read one after the other, while they change.
    const std::uint64_t idle = one.upstream_idle.read();
    const std::uint64_t open = one.upstream_open.read();
    sum.connections_idle += idle;
    sum.connections_active += open - std::min(open, idle);
    sum.connections_connecting += one.upstream_connecting.read();
    sum.streams += one.streams.read();
    sum.websockets += one.websockets.read();
    sum.tunnels += one.tunnels.read();
    for (std::size_t i = 0; i < sum.rotations.size(); ++i)
      sum.rotations[i] += one.rotations[i].read();
  }
  return sum;
}

}  // namespace gemkeeper::proxy
