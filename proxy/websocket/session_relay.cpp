#include "websocket/session_relay.hpp"

#include "worker.hpp"

#include <string>

namespace gemkeeper::proxy::websocket {

namespace {

// For the rest of the closing handshake.
constexpr std::chrono::seconds closing_time{5};

// Where no frame is cut in two by it.
void say_last(stream& to, const lane& way, sender as, const close_reason& why,
              std::uint32_t mask = 0) {
  if (!way.is_empty()) return;
  std::string frame;
  append_close(frame, as, why, mask);
  to.send_now(frame);
}

}  // namespace

awaitable<session_end> relay_session(worker& w, stream& client, stream& upstream, signal& wake,
                                     std::chrono::milliseconds idle, client_watch& of_client,
                                     server_watch& of_server, std::uint32_t mask) {
  using state = lane::state;
  using how = session_end::how;
  client.attach(&wake);
  upstream.attach(&wake);
  lane up(client, upstream, &of_client, lane::at_end::leave_open);
  lane down(upstream, client, &of_server, lane::at_end::leave_open);
  session_end result;
  bool closing = false;
  bool over = false;
  wake.expire_after(idle);
  while (!over) {
    const std::uint64_t before = up.moved() + down.moved();
    const state upward = up.move();
    const state downward = down.move();
    if (upward == state::to_lost) down.take_last_words();
    result.up = up.moved();
    result.down = down.moved();
    const bool server_gone = downward == state::ended || downward == state::from_lost ||
                             upward == state::to_lost || of_server.broken();
    const bool client_gone =
        upward == state::ended || upward == state::from_lost || downward == state::to_lost;
    over = true;
    if (of_server.closed() && down.is_empty() && (server_gone || client_gone)) {
      result.what = how::closed;
    } else if (server_gone) {
      result.what = how::upstream_left;
    } else if (client_gone) {
      // One that has said so owes nothing.
      result.what = of_client.closed() ? how::closed : how::client_left;
    } else {
      over = false;
    }
    if (over) break;

    if (!closing && (of_client.closed() || of_server.closed())) {
      closing = true;
      wake.expire_after(closing_time);
    }
    if (!closing && result.up + result.down != before) wake.expire_after(idle);
    if (upward == state::more || downward == state::more) {
      co_await let_others_work(w);
    } else {
      co_await wake.wait();
    }
    if (w.stopping()) {
      result.what = how::stopped;
      break;
    }
    if (wake.interrupted() != io_result::ok) {
      result.what = how::idle;
      if (of_server.closed()) result.what = how::closed;
      if (of_client.closed() && !of_server.closed()) result.what = how::upstream_left;
      break;
    }
  }

  close_reason why{close_code::going_away, "the client is gone"};
  if (result.what == how::idle) why.text = "the session was idle for too long";
  if (result.what == how::stopped) why.text = "gemkeeper is stopping";
  const bool tell_client = result.what == how::idle || result.what == how::stopped;
  if (tell_client && of_server.may_put_in()) {
    say_last(client, down, sender::server, why);
  }
  const bool tell_server = tell_client || result.what == how::client_left;
  if (tell_server && of_client.may_put_in()) {
    say_last(upstream, up, sender::client, why, mask);
  }
  co_return result;
}

}  // namespace gemkeeper::proxy::websocket
