#include "exchange/key_wait.hpp"

#include "worker.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <memory>

namespace gemkeeper::proxy {

namespace {

// Shared by the coroutine that waits and by wake-ups on their way from other threads, which may
// arrive when it waits no more.
struct wake_target {
  signal* owner;
};

}  // namespace

awaitable<std::variant<pool::lease, pool::no_key>> wait_for_key(worker& w, signal& owner,
                                                                const pool::request_traits& traits,
                                                                steady_time until) {
  pool::key_pool& keys = w.shared().keys;
  const auto target = std::make_shared<wake_target>(wake_target{&owner});
  const executor ex = w.context().get_executor();
  pool::waiter place([target, ex] {
    asio::post(ex, [target] {
      if (target->owner != nullptr) target->owner->notify();
    });
  });
  keys.wait(traits, place);
  for (;;) {
    const auto now = std::chrono::system_clock::now();
    auto got = keys.acquire(traits, place, now);
    const auto* none = std::get_if<pool::no_key>(&got);
    const auto steady_now = std::chrono::steady_clock::now();
    bool give_up = none == nullptr || steady_now >= until;
    if (!give_up) {
      steady_time wake_at = until;
      if (none->earliest && *none->earliest > now) {
        wake_at = std::min(wake_at, steady_now + (*none->earliest - now));
      }
      owner.expire_at(wake_at);
      co_await owner.wait();
      give_up = owner.interrupted() == io_result::cancelled;
    }
    if (give_up) {
      target->owner = nullptr;
      co_return got;
    }
  }
}

}  // namespace gemkeeper::proxy
