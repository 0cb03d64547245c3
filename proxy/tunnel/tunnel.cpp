#include "tunnel/tunnel.hpp"

#include "net/thread_room.hpp"
#include "worker.hpp"
#include <gemkeeper/proxy/request_record.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

namespace gemkeeper::proxy {

namespace {

// What one read takes. Large reads save wake-ups: by measurement (bench/tunnels), 256 KiB cost a
// fifth less CPU than 128 KiB. A side that does not take them makes them small, so that little is
// kept for it.
constexpr std::size_t room_size = 256 * 1024;
constexpr std::size_t first_read = 64 * 1024;
constexpr std::size_t least_read = 16 * 1024;
// Reads in a row before other connections have their turn.
constexpr unsigned fair_share = 4;

// Per thread: filled and sent without a suspension between.
thread_local thread_room read_room(room_size);

// One direction.
class lane {
 public:
  enum class state : std::uint8_t {
    waiting,    // for bytes, or for room; both will be told
    more,       // had its share
    ended,      // all that `from` had to say is with `to`
    from_lost,  // reset, or as good as
    to_lost,
  };

  lane(stream& from, stream& to) : from_(from), to_(to) {}

  // Moves what goes without waiting.
  state move() {
    if (ended_) return from_.ended() == io_result::failed ? state::from_lost : state::ended;
    const std::span<char> room = read_room.bytes();
    for (unsigned turn = 0; turn < fair_share; ++turn) {
      if (const io_result sent = send_kept(); sent != io_result::ok) return after_send(sent);
      std::size_t got = 0;
      // Nothing was told: a read would find nothing.
      const bool quiet = from_.is_watched() && from_.ended() == io_result::ok;
      const io_result read = quiet ? io_result::blocked : from_.read_some(room.first(size_), got);
      if (read == io_result::blocked) {
        from_.watch_readable();
        return from_.ended() == io_result::failed ? state::from_lost : state::waiting;
      }
      if (read == io_result::eof) {
        ended_ = true;
        to_.shutdown_send();
        from_.watch_for_reset();
        return state::ended;
      }
      if (read != io_result::ok) return state::from_lost;
      std::string_view bytes(room.data(), got);
      const io_result sent = to_.send_some(bytes);
      moved_ += got - bytes.size();
      if (sent == io_result::ok) {
        if (got == size_) size_ = std::min(2 * size_, room_size);
        continue;
      }
      size_ = std::max(size_ / 2, least_read);
      keep(bytes);
      return after_send(sent);
    }
    return state::more;
  }

  // A side that is gone may have said why before it went, and that is still to be had: a server
  // that answers in the middle of a request, and closes. It may not be told yet, and the end behind
  // it is no good one.
  void take_last_words() {
    const std::span<char> room = read_room.bytes();
    while (send_kept() == io_result::ok) {
      std::size_t got = 0;
      if (from_.read_some(room, got) != io_result::ok) return;
      std::string_view bytes(room.data(), got);
      const io_result sent = to_.send_some(bytes);
      moved_ += got - bytes.size();
      if (sent != io_result::ok) return;
    }
  }

  [[nodiscard]] std::uint64_t moved() const { return moved_; }
  [[nodiscard]] bool is_empty() const { return !full_ && from_.in().empty(); }

 private:
  // What was read before and not taken stands in `from_.in()`.
  io_result send_kept() {
    if (is_empty()) return io_result::ok;
    if (to_.is_full()) return io_result::blocked;
    std::string_view bytes = from_.in().bytes();
    const std::size_t before = bytes.size();
    const io_result sent = to_.send_some(bytes);
    from_.in().consume(before - bytes.size());
    moved_ += before - bytes.size();
    if (sent == io_result::ok) {
      full_ = false;
      if (!from_.is_watched()) from_.in().release();
    }
    return sent;
  }

  void keep(std::string_view bytes) {
    if (bytes.empty()) return;
    const std::span<char> space = from_.in().reserve(bytes.size());
    std::memcpy(space.data(), bytes.data(), bytes.size());
    from_.in().commit(bytes.size());
  }

  state after_send(io_result sent) {
    if (sent != io_result::blocked) return state::to_lost;
    full_ = true;
    to_.watch_writable();
    // Nothing is read meanwhile, so nothing else tells.
    from_.watch_for_reset();
    return from_.ended() == io_result::failed ? state::from_lost : state::waiting;
  }

  stream& from_;
  stream& to_;
  std::uint64_t moved_ = 0;
  std::size_t size_ = first_read;
  bool full_ = false;  // `to_` did not take all
  bool ended_ = false;
};

bool is_lost(lane::state how) {
  return how == lane::state::from_lost || how == lane::state::to_lost;
}

awaitable<void> let_others_work(worker& w) {
  return asio::post(w.context(), asio::use_awaitable_t<executor>{});
}

}  // namespace

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
