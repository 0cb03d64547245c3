#include "exchange/exchange.hpp"

#include "exchange/live_session.hpp"
#include "worker.hpp"

#include <utility>

namespace gemkeeper::proxy {

exchange::exchange(worker& w, stream& client, signal& wake)
    : worker_(w), client_(client), wake_(wake), body_(w.bodies()) {
  wake_.set_interrupter(this);
}

exchange::~exchange() {
  wake_.set_interrupter(nullptr);
  drop_upstream();
}

awaitable<exchange::fate> exchange::run() {
  begin();
  step next = co_await read_head();
  if (next == step::secure) next = co_await secure_connection();
  if (next == step::go_on) next = admit();
  if (next == step::go_on) next = streams_upload() ? step::upload : start_body();
  if (next == step::more) next = co_await await_body();
  if (next == step::go_on && live_ != nullptr) next = co_await open_live();
  if (next == step::go_on) next = place_request();
  if (next == step::go_on) next = plan_list();
  if (next == step::go_on && list_ != nullptr) {
    next = co_await serve_list();
  } else if (next == step::go_on) {
    next = co_await try_keys();
  }
  if (next == step::upload) next = co_await serve_upload();
  if (next == step::connect) next = co_await start_tunnel();
  if (next == step::intercept) next = co_await intercept();
  if (next == step::refused) co_await send_refusal();
  if (next == step::gone) leave_live();
  finish(next);
  co_return fate_;
}

// One key after the other, until an answer is the client's to see.
awaitable<exchange::step> exchange::try_keys() {
  phase_ = phase::working;
  client_.watch();
  worker_.shared().budget.deposit();
  for (;;) {
    std::optional<pool::no_key> none = take_key();
    if (none) none = co_await wait_in_queue(*none);
    if (none) {
      if (wake_.interrupted() == io_result::cancelled) co_return step::gone;
      const step last = without_key(*none);
      if (last == step::answered) co_return co_await send_held();
      co_return last;
    }

    last_verdict_ = co_await ask_upstream();
    if (last_verdict_.next == pool::next_step::relay) co_return co_await relay();

    settle(last_verdict_);
    if (search_ == search_state::denied) last_verdict_.next = pool::next_step::next_project;
    if (last_verdict_.kind == pool::outcome::cancelled) co_return step::gone;
    if (!may_go_on(last_verdict_)) {
      const step last = spent();
      if (last == step::answered) co_return co_await send_held();
      co_return last;
    }
    if (const step waited = co_await back_off(); waited != step::go_on) co_return waited;
  }
}

// A client that sent its end may have half-closed, or be gone. While it waits for its answer, an
// interim one tells: every HTTP/1.1 client must ignore it (RFC 9110, 15.2), and one that is gone
// answers with a reset. An end in the middle of the answer means that it left: who half-closes does
// so after the request, or after several, of which the others still wait for theirs.
io_result exchange::interrupted() {
  if (worker_.stopping()) return io_result::cancelled;
  switch (phase_) {
    case phase::idle:
      return client_.in().empty() && (worker_.draining() || gives_place()) ? io_result::cancelled
                                                                           : io_result::ok;
    case phase::receiving:
    case phase::upgraded:
      return io_result::ok;
    case phase::connecting:
      client_.watch_readable();
      if (client_.is_readable()) client_.look_for_end();
      return client_.ended() == io_result::failed ? io_result::cancelled : io_result::ok;
    case phase::working:
    case phase::answering:
      break;
  }
  if (live_ != nullptr && phase_ == phase::working) return live_interrupted();
  if (wake_.long_wait()) client_.look_for_end();
  if (client_.ended() == io_result::failed) return io_result::cancelled;
  if (client_.ended() == io_result::ok) {
    client_.watch();
  } else if (!probed_) {
    const bool last = client_.in().empty();
    if (phase_ == phase::answering && last) return io_result::cancelled;
    probed_ = true;
    if (last) fate_ = fate::close;
    client_.watch_for_reset();
    const bool may_ask = phase_ == phase::working && !http10_;
    if (may_ask && !client_.send_now("HTTP/1.1 100 Continue\r\n\r\n")) return io_result::cancelled;
  }
  return io_result::ok;
}

// A client that has just had an answer is likely to ask again, at the moment that it would be
// closed.
bool exchange::gives_place() {
  constexpr std::chrono::seconds settled{1};
  return coarse_now() - started_ >= settled && worker_.claims_place();
}

std::optional<milliseconds> exchange::deadline_left() const {
  const auto allowed = image_.server_timeout();
  if (!allowed) return std::nullopt;
  const auto spent =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - started_);
  return *allowed - spent;
}

void exchange::wait_at_most(milliseconds stage) {
  steady_time until = coarse_now() + stage;
  // Once the answer flows, only standing still ends it.
  if (const auto allowed = image_.server_timeout(); allowed && phase_ == phase::working) {
    until = std::min(until, started_ + *allowed);
  }
  wake_.expire_at(until);
}

}  // namespace gemkeeper::proxy
