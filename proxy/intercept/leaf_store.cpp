#include "intercept/leaf_store.hpp"

#include <gemkeeper/proxy/host_names.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::chrono::seconds look_interval{1};
constexpr std::chrono::seconds retry_interval{1};

server_session begin(const leaf& with) {
  server_session session;
  session.tls.reset(SSL_new(with.context.get()));
  if (session.tls == nullptr) {
    ERR_clear_error();
    session.problem = "OpenSSL has no memory for another connection";
    return session;
  }
  SSL_set_accept_state(session.tls.get());
  return session;
}

server_session none(std::string problem) {
  server_session session;
  session.problem = std::move(problem);
  return session;
}

}  // namespace

// Shared by its coroutine and by what is posted to wake it, which may come after the coroutine let
// go. All but `context` is touched on the coroutine's own thread only.
struct leaf_store::waiter {
  waiter(asio::io_context& c, signal& o) : context(c), owner(&o) {}

  asio::io_context& context;
  signal* owner;  // nullptr: nobody waits any more
  bool done = false;
  leaf_ptr ready;
  std::string problem;
};

struct leaf_store::wake_up {
  std::shared_ptr<waiter> who;
  leaf_ptr ready;
  std::string problem;

  void operator()() {
    who->ready = std::move(ready);
    who->problem = std::move(problem);
    who->done = true;
    if (who->owner != nullptr) who->owner->notify();
  }
};

// While it exists, the store may post to the waiter's context: the coroutine keeps that alive.
struct leaf_store::waiting {
  waiting(leaf_store& s, const std::string& n, std::shared_ptr<waiter> w)
      : store(s), name(n), who(std::move(w)) {}
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;
  ~waiting() {
    who->owner = nullptr;
    store.forget(name, who);
  }

  leaf_store& store;
  const std::string& name;
  std::shared_ptr<waiter> who;
};

leaf_store::leaf_store(const proxy_settings& settings, clock now, std::size_t capacity)
    : now_(std::move(now)),
      capacity_(capacity),
      speaks_tls_(settings.tls != "off"),
      mint_(settings, now_()) {}

leaf_store::~leaf_store() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_all();
  if (thread_.joinable()) thread_.join();
}

awaitable<server_session> leaf_store::accept_for(std::string_view host, signal& owner,
                                                 asio::io_context& context) {
  std::string name = canonical_host_name(host);
  if (name.empty()) co_return none(fmt::format("\"{}\" is not a host name", host));
  co_return co_await accept(std::move(name), owner, context);
}

awaitable<server_session> leaf_store::accept_own(signal& owner, asio::io_context& context) {
  if (!speaks_tls_) co_return none("the proxy's port speaks no TLS (proxy.tls is \"off\")");
  co_return co_await accept(std::string(), owner, context);
}

awaitable<server_session> leaf_store::accept(std::string name, signal& owner,
                                             asio::io_context& context) {
  found at_once = look_up(name, owner, context);
  if (at_once.ready != nullptr) co_return begin(*at_once.ready);
  if (at_once.wait == nullptr) co_return none(std::move(at_once.problem));
  const waiting registered(*this, name, at_once.wait);
  const waiter& result = *at_once.wait;
  while (!result.done && owner.interrupted() == io_result::ok)
    co_await owner.wait();
  if (result.ready != nullptr) co_return begin(*result.ready);
  co_return none(result.done ? result.problem : "the certificate was not made in time");
}

leaf_store::found leaf_store::look_up(const std::string& name, signal& owner,
                                      asio::io_context& context) {
  const system_time now = now_();
  const std::lock_guard lock(mutex_);
  if (now >= look_again_ || now + 2 * look_interval < look_again_) {
    look_again_ = now + look_interval;
    look_ = thread_.joinable();
    if (look_) wanted_.notify_one();
  }
  auto at = entries_.find(name);
  if (at == entries_.end()) {
    if (!name.empty() && !make_room()) {
      return {nullptr, "too many certificates are being made (try again)", nullptr};
    }
    at = entries_.try_emplace(name).first;
  }
  entry& what = at->second;
  what.last_asked = ++asked_;
  const bool usable =
      what.ready != nullptr && now >= what.ready->not_before && now < what.ready->not_after;
  const bool fresh = usable && what.generation == generation_ && now < what.ready->renew_at;
  const bool may_try =
      what.problem.empty() || now >= what.retry_at || now + 2 * retry_interval < what.retry_at;
  if (!fresh && !what.queued && may_try) enqueue(name, what);
  if (usable) return {what.ready, {}, nullptr};
  if (!what.queued) return {nullptr, what.problem, nullptr};
  what.waiters.push_back(std::make_shared<waiter>(context, owner));
  return {nullptr, {}, what.waiters.back()};
}

void leaf_store::enqueue(const std::string& name, entry& what) {
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  queue_.push_back(name);
  what.queued = true;
  wanted_.notify_one();
}

bool leaf_store::make_room() {
  const auto kept = entries_.size() - entries_.count(std::string());
  if (kept < capacity_) return true;
  auto oldest = entries_.end();
  for (auto one = entries_.begin(); one != entries_.end(); ++one) {
    if (one->first.empty() || one->second.queued) continue;
    if (oldest == entries_.end() || one->second.last_asked < oldest->second.last_asked) {
      oldest = one;
    }
  }
  if (oldest == entries_.end()) return false;
  entries_.erase(oldest);
  return true;
}

void leaf_store::forget(const std::string& name, const std::shared_ptr<waiter>& who) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(name);
  if (at != entries_.end()) std::erase(at->second.waiters, who);
}

std::size_t leaf_store::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size() - entries_.count(std::string());
}

void leaf_store::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wanted_.wait(lock, [this] { return stopping_ || look_ || !queue_.empty(); });
    if (stopping_) return;
    look_ = false;
    lock.unlock();
    const bool changed = mint_.refresh(now_());
    lock.lock();
    if (changed) ++generation_;
    if (!queue_.empty()) mint_next(lock);
  }
}

void leaf_store::mint_next(std::unique_lock<std::mutex>& lock) {
  const std::string name = std::move(queue_.front());
  queue_.erase(queue_.begin());
  lock.unlock();
  const system_time now = now_();
  leaf_ptr made;
  std::string problem;
  try {
    made = name.empty() ? mint_.mint_own(now) : mint_.mint(name, now);
  } catch (const std::exception& e) {
    problem = e.what();
  }
  ERR_clear_error();
  lock.lock();
  entry& what = entries_.find(name)->second;  // what is queued stays
  what.queued = false;
  what.problem = problem;
  what.retry_at = now + retry_interval;
  if (made != nullptr) {
    what.ready = made;
    what.generation = generation_;
  }
  // Under the lock: none of these coroutines can end meanwhile, nor its context.
  for (const std::shared_ptr<waiter>& one : std::exchange(what.waiters, {})) {
    asio::post(one->context, wake_up{one, made, problem});
  }
}

}  // namespace gemkeeper::proxy
