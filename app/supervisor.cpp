#include <gemkeeper/app/supervisor.hpp>
#include <gemkeeper/proxy/listener.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace gemkeeper::app {

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

// Worker threads have a turn every second; on a busy machine some later.
constexpr std::chrono::seconds least_patience{5};

}  // namespace

std::string status_text(const service_condition& now) {
  if (now.total == 0) return fmt::format("no API key; the proxy listens on {}", now.address);
  return fmt::format("{} of {} keys healthy; the proxy listens on {}", now.healthy, now.total,
                     now.address);
}

void supervisor::serving(const service_condition& now) {
  if (!connected()) return;
  told_ = status_text(now);
  manager_.ready(told_);
}

void supervisor::reloading() {
  // steady_clock is CLOCK_MONOTONIC here.
  manager_.reloading(
      std::chrono::duration_cast<microseconds>(steady_clock::now().time_since_epoch()));
}

void supervisor::stopping(std::size_t connections) {
  stopping_ = true;
  manager_.stopping(fmt::format("stopping; connections left: {}", connections));
}

void supervisor::condition_is(const service_condition& now) {
  if (!connected() || stopping_) return;
  std::string text = status_text(now);
  if (text == told_) return;
  told_ = std::move(text);
  manager_.status(told_);
}

void supervisor::turn(time_point last_turn, time_point now) {
  const auto limit = manager_.watchdog();
  if (!limit || now - fed_ < *limit / 3) return;
  if (now - last_turn > std::max<microseconds>(*limit / 2, least_patience)) return;
  fed_ = now;
  manager_.alive();
}

supervision take_over(config_inputs& inputs) {
  supervision by;
  by.manager = service_manager(inputs.variables, ::getpid());
  for (const inherited_socket& one : inherited_sockets(inputs.variables, ::getpid())) {
    const bool for_admin = role_of(one) == socket_role::admin;
    (for_admin ? by.admin_sockets : by.proxy_sockets).push_back(one.descriptor);
    (for_admin ? inputs.admin_sockets : inputs.proxy_sockets)
        .push_back(proxy::address_of(one.descriptor));
  }
  return by;
}

}  // namespace gemkeeper::app
