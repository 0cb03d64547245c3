#include "tunnel/lane.hpp"

#include "net/thread_room.hpp"
#include "worker.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace gemkeeper::proxy {

namespace {

// What one read takes. Large reads save wake-ups: by measurement (bench/tunnels), 256 KiB cost a
// fifth less CPU than 128 KiB. A side that does not take them makes them small, so that little is
// kept for it.
constexpr std::size_t room_size = 256 * 1024;
constexpr std::size_t least_read = 16 * 1024;
// Reads in a row before other connections have their turn.
constexpr unsigned fair_share = 4;

// Per thread: filled and sent without a suspension between. What a watch held goes in front.
thread_local thread_room room(lane_watch::most_held + room_size);

}  // namespace

lane::state lane::move() {
  if (ended_) return from_.ended() == io_result::failed ? state::from_lost : state::ended;
  for (unsigned turn = 0; turn < fair_share; ++turn) {
    if (const io_result sent = send_kept(); sent != io_result::ok) return after_send(sent);
    if (look_at_early()) continue;
    std::span<char> got;
    // Nothing was told: a read would find nothing.
    const bool quiet = from_.is_watched() && from_.ended() == io_result::ok;
    const io_result read = quiet ? io_result::blocked : read_more(got);
    if (read == io_result::blocked) {
      from_.watch_readable();
      return from_.ended() == io_result::failed ? state::from_lost : state::waiting;
    }
    if (read == io_result::eof) {
      ended_ = true;
      if (then_ == at_end::end_too) to_.shutdown_send();
      from_.watch_for_reset();
      return state::ended;
    }
    if (read != io_result::ok) return state::from_lost;
    std::string_view bytes(got.data(), got.size());
    const io_result sent = to_.send_some(bytes);
    moved_ += got.size() - bytes.size();
    if (sent == io_result::ok) {
      if (filled_) size_ = std::min(2 * size_, room_size);
      continue;
    }
    size_ = std::max(size_ / 2, least_read);
    keep(bytes);
    return after_send(sent);
  }
  return state::more;
}

void lane::take_last_words() {
  while (send_kept() == io_result::ok) {
    if (look_at_early()) continue;
    std::span<char> got;
    if (read_more(got) != io_result::ok) return;
    std::string_view bytes(got.data(), got.size());
    const io_result sent = to_.send_some(bytes);
    moved_ += got.size() - bytes.size();
    if (sent != io_result::ok) return;
  }
}

// What came before the relay began, or by a read that was outstanding then, and may still be: it
// stays where it is.
bool lane::look_at_early() {
  read_buffer& in = from_.in();
  if (watch_ == nullptr || in.empty()) return false;
  if (!held_.empty()) {
    held_ += in.bytes();
    in.consume(in.size());
    const std::span<char> space = in.reserve(held_.size());
    std::memcpy(space.data(), held_.data(), held_.size());
    in.commit(held_.size());
  }
  const std::span<char> bytes = in.writable_bytes();
  kept_ = watch_->pass(bytes);
  hold(bytes.subspan(kept_));
  held_behind_ = bytes.size() - kept_;
  if (kept_ == 0) in.consume(std::exchange(held_behind_, 0));
  return true;
}

// What there is, less what the watch holds.
io_result lane::read_more(std::span<char>& bytes) {
  const std::span<char> free = room.bytes().subspan(lane_watch::most_held);
  std::size_t got = 0;
  const io_result read = from_.read_some(free.first(size_), got);
  if (read != io_result::ok) return read;
  filled_ = got == size_;
  bytes = free.first(got);
  if (watch_ == nullptr) return io_result::ok;
  if (!held_.empty()) {
    bytes = {free.data() - held_.size(), held_.size() + got};
    std::memcpy(bytes.data(), held_.data(), held_.size());
  }
  const std::size_t passed = watch_->pass(bytes);
  hold(bytes.subspan(passed));
  bytes = bytes.first(passed);
  return io_result::ok;
}

void lane::hold(std::span<char> bytes) {
  bytes = bytes.first(std::min(bytes.size(), lane_watch::most_held));
  held_.assign(bytes.begin(), bytes.end());
}

// What was read before and not taken stands in `from_.in()`.
io_result lane::send_kept() {
  const std::size_t before = watch_ == nullptr ? from_.in().size() : kept_;
  if (!full_ && before == 0) return io_result::ok;
  if (to_.is_full()) return io_result::blocked;
  std::string_view bytes = from_.in().bytes().substr(0, before);
  const io_result sent = to_.send_some(bytes);
  const std::size_t gone = before - bytes.size();
  from_.in().consume(gone);
  moved_ += gone;
  if (watch_ != nullptr) {
    kept_ -= gone;
    // What the watch held of it stands behind it.
    if (kept_ == 0 && gone != 0) from_.in().consume(std::min(held_behind_, from_.in().size()));
    if (kept_ == 0) held_behind_ = 0;
  }
  if (sent == io_result::ok) {
    full_ = false;
    if (!from_.is_watched() && from_.in().empty()) from_.in().release();
  }
  return sent;
}

void lane::keep(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::span<char> space = from_.in().reserve(bytes.size());
  std::memcpy(space.data(), bytes.data(), bytes.size());
  from_.in().commit(bytes.size());
  kept_ = bytes.size();
  held_behind_ = 0;
}

lane::state lane::after_send(io_result sent) {
  if (sent != io_result::blocked) return state::to_lost;
  full_ = true;
  to_.watch_writable();
  // Nothing is read meanwhile, so nothing else tells.
  from_.watch_for_reset();
  return from_.ended() == io_result::failed ? state::from_lost : state::waiting;
}

awaitable<void> let_others_work(worker& w) {
  return asio::post(w.context(), asio::use_awaitable_t<executor>{});
}

}  // namespace gemkeeper::proxy
