// One direction of a relay between two streams.
#pragma once

#include "net/executor.hpp"
#include "net/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace gemkeeper::proxy {

class worker;

// Looks at what goes through a lane.
class lane_watch {
 public:
  // What it may keep back, at most.
  static constexpr std::size_t most_held = 2 * 1024;

  // How many of these bytes may go on; it may mask some in place. The rest comes again at the front
  // of a later call, with more behind it; what is beyond `most_held` is lost.
  virtual std::size_t pass(std::span<char> bytes) = 0;

 protected:
  ~lane_watch() = default;
};

// Nothing is read while `to` takes no more. At rest it holds no buffer: it waits for readability,
// reads into a room of its thread, and sends from there; only what `to` did not take at once is
// kept, at most one room, until it is taken. Reads go on until the socket is empty, so an end that
// comes with the last bytes is seen with them.
class lane {
 public:
  enum class state : std::uint8_t {
    waiting,    // for bytes, or for room; both will be told
    more,       // had its share
    ended,      // all that `from` had to say is with `to`
    from_lost,  // reset, or as good as
    to_lost,
  };

  // What becomes of `to` when `from` has ended.
  enum class at_end : std::uint8_t { end_too, leave_open };

  lane(stream& from, stream& to, lane_watch* watch = nullptr, at_end then = at_end::end_too)
      : from_(from), to_(to), watch_(watch), then_(then) {}

  // Moves what goes without waiting.
  state move();

  // A side that is gone may have said why before it went, and that is still to be had: a server
  // that answers in the middle of a request, and closes. It may not be told yet, and the end behind
  // it is no good one.
  void take_last_words();

  [[nodiscard]] std::uint64_t moved() const { return moved_; }
  // All that was read is with `to`.
  [[nodiscard]] bool is_empty() const { return !full_ && from_.in().empty(); }

 private:
  static constexpr std::size_t first_read = 64 * 1024;

  bool look_at_early();
  io_result read_more(std::span<char>& bytes);
  void hold(std::span<char> bytes);
  io_result send_kept();
  void keep(std::string_view bytes);
  state after_send(io_result sent);

  stream& from_;
  stream& to_;
  lane_watch* watch_;
  at_end then_;
  std::uint64_t moved_ = 0;
  std::size_t size_ = first_read;  // of the next one
  // With a watch: how much of `from_.in()` may go on, and how much stands behind it that is in
  // `held_`. What follows was not looked at yet.
  std::size_t kept_ = 0;
  std::size_t held_behind_ = 0;
  std::string held_;     // by the watch
  bool filled_ = false;  // the last read was as large as it could be
  bool full_ = false;    // `to_` did not take all
  bool ended_ = false;
};

constexpr bool is_lost(lane::state how) {
  return how == lane::state::from_lost || how == lane::state::to_lost;
}

// Other connections of the thread have their turn.
awaitable<void> let_others_work(worker& w);

}  // namespace gemkeeper::proxy
