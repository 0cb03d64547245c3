// How a connection's coroutine sleeps and is woken.
//
// One coroutine tells the whole story of a connection, so it waits for one thing at a time. All
// that may end its wait (bytes, writability, a deadline, a client that leaves, a key that recovers)
// notifies the same signal; the coroutine wakes up and looks at the state of what it waited for.
// Waits are therefore loops over a condition, and a needless wake-up does no harm.
#pragma once

#include "net/executor.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace gemkeeper::proxy {

class deadline_list;

// The steady clock as of the kernel's last tick, a few milliseconds ago: enough for deadlines, and
// a fifth of the price.
steady_time coarse_now();

// Something beside time that ends a wait: the client of an exchange that went away.
class interrupter {
 public:
  virtual io_result interrupted() = 0;  // `ok`: go on

 protected:
  ~interrupter() = default;
};

// Not thread-safe: it lives and dies on its worker's thread.
class signal {
 public:
  explicit signal(deadline_list& deadlines);
  signal(const signal&) = delete;
  signal& operator=(const signal&) = delete;
  ~signal();

  // Suspends until `notify`. Only one coroutine may wait.
  awaitable<void> wait();
  // Two ticks after its deadline was set, a coroutine that waits is woken once without a reason, to
  // ask for what no event tells.
  [[nodiscard]] bool long_wait() const { return ticks_waited_ == long_wait_ticks; }
  void notify();

  // The deadline is checked about every `deadline_list::tick`; it stays until it is set anew.
  void expire_at(steady_time when) {
    deadline_ = when;
    expired_ = false;
    ticks_waited_ = 0;
    if (far_) come_near();
  }
  void expire_after(std::chrono::milliseconds wait) { expire_at(coarse_now() + wait); }

  // Whom to ask whether the wait still makes sense; nullptr: nobody.
  void set_interrupter(interrupter* who) { interrupter_ = who; }
  // `ok`, or why the coroutine must not go on waiting.
  io_result interrupted() {
    const io_result why = interrupter_ != nullptr ? interrupter_->interrupted() : io_result::ok;
    return why == io_result::ok && expired_ ? io_result::timed_out : why;
  }

 private:
  friend class deadline_list;
  using token = asio::use_awaitable_t<executor>;
  using handler = typename asio::async_result<token, void()>::handler_type;
  struct suspend;

  static constexpr std::uint8_t long_wait_ticks = 2;
  void come_near();

  deadline_list& deadlines_;
  signal* previous_ = nullptr;
  signal* next_ = nullptr;
  steady_time deadline_ = steady_time::max();
  bool expired_ = false;
  bool far_ = false;  // in which of the lists
  std::uint8_t ticks_waited_ = 0;
  interrupter* interrupter_ = nullptr;
  std::optional<handler> waiting_;
};

// The signals of a worker, swept for passed deadlines: one timer for all connections, and setting a
// deadline is one store. Signals that rest (nothing was set for some ticks, and the deadline is
// seconds away) are looked at once a second: thousands of idle connections cost next to nothing.
class deadline_list {
 public:
  static constexpr std::chrono::milliseconds tick{50};

  // Notifies every signal whose deadline has passed.
  void sweep(steady_time now);
  // Notifies all, so that every coroutine looks at the world again.
  void notify_all();
  [[nodiscard]] bool empty() const { return near_ == nullptr && far_ == nullptr; }

 private:
  friend class signal;
  static constexpr std::chrono::seconds far_interval{1};

  void link(signal& s, signal*& into);
  void unlink(signal& s);
  // Calls `act` for each signal of the list; it may remove any.
  template <class Act>
  void for_each(signal* first, Act act);

  signal* near_ = nullptr;
  signal* far_ = nullptr;
  signal* cursor_ = nullptr;  // the next one of the sweep under way; a removed signal moves it
  steady_time next_far_sweep_ = steady_time::min();
};

}  // namespace gemkeeper::proxy
