#include "net/signal.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace gemkeeper::proxy {

// std::chrono::steady_clock is CLOCK_MONOTONIC in libstdc++, and this is the same time scale.
steady_time coarse_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return steady_time(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

// Stateless, with the signal as an argument: GCC 12 destroys captures of an awaited initiation
// twice.
struct signal::suspend {
  void operator()(handler resume, signal* self) const { self->waiting_.emplace(std::move(resume)); }
};

signal::signal(deadline_list& deadlines) : deadlines_(deadlines) {
  deadlines_.link(*this, deadlines_.near_);
}

signal::~signal() {
  deadlines_.unlink(*this);
}

void signal::come_near() {
  deadlines_.unlink(*this);
  far_ = false;
  deadlines_.link(*this, deadlines_.near_);
}

awaitable<void> signal::wait() {
  return asio::async_initiate<const token, void()>(suspend{}, asio::use_awaitable_t<executor>{},
                                                   this);
}

void signal::notify() {
  if (!waiting_) return;
  handler resume = std::move(*waiting_);
  waiting_.reset();
  std::move(resume)();
}

void deadline_list::link(signal& s, signal*& into) {
  s.previous_ = nullptr;
  s.next_ = into;
  if (into != nullptr) into->previous_ = &s;
  into = &s;
}

void deadline_list::unlink(signal& s) {
  if (cursor_ == &s) cursor_ = s.next_;
  if (s.next_ != nullptr) s.next_->previous_ = s.previous_;
  (s.previous_ != nullptr ? s.previous_->next_ : s.far_ ? far_ : near_) = s.next_;
}

template <class Act>
void deadline_list::for_each(signal* first, Act act) {
  for (signal* s = first; s != nullptr; s = cursor_) {
    cursor_ = s->next_;
    act(*s);
  }
  cursor_ = nullptr;
}

void deadline_list::sweep(steady_time now) {
  // `now` may be the end of time.
  const std::chrono::seconds soon = 2 * far_interval;
  const auto is_soon = [now, soon](const signal& s) { return s.deadline_ - soon <= now; };
  if (now >= next_far_sweep_) {
    next_far_sweep_ = std::min(now, steady_time::max() - far_interval) + far_interval;
    for_each(far_, [&](signal& s) {
      if (!s.expired_ && is_soon(s)) s.come_near();
    });
  }
  for_each(near_, [&](signal& s) {
    const bool late = !s.expired_ && s.deadline_ <= now;
    s.expired_ = s.expired_ || late;
    const bool first_long = !s.long_wait() && ++s.ticks_waited_ == signal::long_wait_ticks;
    if (late || first_long) {
      s.notify();  // which may be its end
    } else if (s.long_wait() && (s.expired_ || !is_soon(s))) {
      unlink(s);
      s.far_ = true;
      link(s, far_);
    }
  });
}

void deadline_list::notify_all() {
  for_each(near_, [](signal& s) { s.notify(); });
  for_each(far_, [](signal& s) { s.notify(); });
}

}  // namespace gemkeeper::proxy
