#include "net/signal.hpp"

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

signal::signal(deadline_list& deadlines) : deadlines_(deadlines), next_(deadlines.first_) {
  if (next_ != nullptr) next_->previous_ = this;
  deadlines.first_ = this;
}

signal::~signal() {
  if (deadlines_.cursor_ == this) deadlines_.cursor_ = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  (previous_ != nullptr ? previous_->next_ : deadlines_.first_) = next_;
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

template <class Wanted>
void deadline_list::notify_where(Wanted wanted) {
  for (signal* s = first_; s != nullptr; s = cursor_) {
    cursor_ = s->next_;
    if (wanted(*s)) s->notify();
  }
  cursor_ = nullptr;
}

void deadline_list::sweep(steady_time now) {
  notify_where([now](signal& s) {
    const bool late = !s.expired_ && s.deadline_ <= now;
    s.expired_ = s.expired_ || late;
    const bool first_long = !s.long_wait() && ++s.ticks_waited_ == signal::long_wait_ticks;
    return late || first_long;
  });
}

void deadline_list::notify_all() {
  notify_where([](signal&) { return true; });
}

}  // namespace gemkeeper::proxy
