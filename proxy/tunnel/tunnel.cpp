#include "tunnel/tunnel.hpp"

#include "tunnel/lane.hpp"
#include "worker.hpp"
#include <gemkeeper/proxy/request_record.hpp>

namespace gemkeeper::proxy {

awaitable<tunnel_bytes> relay_tunnel(worker& w, stream& client, stream& target, signal& wake,
                                     std::chrono::milliseconds idle) {
  client.attach(&wake);
  target.attach(&wake);
  lane up(client, target);
  lane down(target, client);
  tunnel_bytes result;
  wake.expire_after(idle);
  for (;;) {
    const std::uint64_t before = up.moved() + down.moved();
    const lane::state upward = up.move();
    const lane::state downward = down.move();
    if (upward == lane::state::to_lost) down.take_last_words();
    if (downward == lane::state::to_lost) up.take_last_words();
    result.up = up.moved();
    result.down = down.moved();
    if (is_lost(upward) || is_lost(downward)) break;
    if (upward == lane::state::ended && downward == lane::state::ended) {
      result.whole = true;
      break;
    }
    if (result.up + result.down != before) wake.expire_after(idle);
    if (upward == lane::state::more || downward == lane::state::more) {
      co_await let_others_work(w);
    } else {
      co_await wake.wait();
    }
    if (w.stopping()) break;
    if (wake.interrupted() != io_result::ok) {
      result.whole = up.is_empty() && down.is_empty();
      break;
    }
  }
  co_return result;
}

awaitable<void> serve_tunnel(worker& w, stream& client, signal& wake, const opened_tunnel& opened) {
  const counted open(w.load().tunnels);
  stream& target = *opened.target;
  const tunnel_bytes moved =
      co_await relay_tunnel(w, client, target, wake, w.settings()->connect.idle_timeout);
  if (moved.whole) {
    for (stream* side : {&client, &target}) {
      side->shutdown_send();
      side->close();
    }
  } else {
    client.abort();
    target.abort();
  }
  request_record record;
  record.request_id = {opened.request_id.data(), opened.request_id.size()};
  record.method = "CONNECT";
  record.route = "tunnel";
  record.target = opened.authority;
  if (opened.caller != nullptr) {
    record.client = opened.caller->id();
    record.client_name = opened.caller->name();
  }
  record.status = 200;
  record.outcome = moved.whole ? "tunnelled" : "cut_off";
  record.bytes_in = moved.up;
  record.bytes_out = moved.down;
  record.total = since(opened.started);
  record.first_byte = opened.first_byte;
  record.ended = std::chrono::system_clock::now();
  record.worker = w.number();
  w.shared().observer.finished(record);
}

}  // namespace gemkeeper::proxy
