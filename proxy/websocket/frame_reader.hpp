// WebSocket frames (RFC 6455, 5) as they pass: looked at, never changed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gemkeeper::proxy::websocket {

enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};
constexpr bool is_control(opcode code) {
  return static_cast<std::uint8_t>(code) >= 8;
}
constexpr std::size_t max_control_payload = 125;

// Who sends: a client masks what it sends, a server never does.
enum class sender : std::uint8_t { client, server };

// Fed with one side's bytes in order, split anywhere; hands out views into them. No extension is in
// use, so every reserved bit is an error, as is whatever else RFC 6455 forbids a sender. Allocates
// nothing. Control frames may stand between the fragments of a message.
class frame_reader {
 public:
  struct part {
    enum class type : std::uint8_t {
      none,     // the input is used up
      header,   // of a frame: `frame_opcode`, `frame_size`, `is_final` tell of it
      payload,  // `bytes` of it as they are on the wire: a client's are masked
      end,      // of the frame
      bad,      // no WebSocket: `problem` says why; nothing more will come
    };
    type kind = type::none;
    std::string_view bytes{};
  };

  explicit frame_reader(sender from) : from_(from) {}

  // Takes one part from the front of `input`.
  part next(std::string_view& input);

  // Of the frame under way, or of the last one.
  [[nodiscard]] opcode frame_opcode() const { return opcode_; }
  [[nodiscard]] std::uint64_t frame_size() const { return size_; }  // of its payload
  [[nodiscard]] bool is_final() const { return final_; }  // the message ends with this frame

  // Takes the mask off a payload part, which must be the last one that `next` gave, or a copy.
  void unmask(std::span<char> payload) const;

  // Between two frames: another one may be put in here.
  [[nodiscard]] bool at_frame_boundary() const {
    return header_size_ == 0 && state_ == state::header;
  }
  // A data message has begun and not ended.
  [[nodiscard]] bool in_message() const { return in_message_; }
  // What is wrong, in static storage; empty: nothing.
  [[nodiscard]] std::string_view problem() const { return problem_; }

 private:
  enum class state : std::uint8_t { header, payload, bad };

  [[nodiscard]] std::size_t header_needed() const;
  part read_header();
  part fail(std::string_view why);

  std::uint64_t size_ = 0;
  std::uint64_t left_ = 0;  // of the payload
  std::string_view problem_;
  std::array<char, 14> header_{};
  std::array<char, 4> mask_{};
  std::uint8_t header_size_ = 0;
  std::uint8_t mask_at_ = 0;  // where in the mask the last payload part began
  sender from_;
  state state_ = state::header;
  opcode opcode_ = opcode::continuation;
  bool final_ = true;
  bool in_message_ = false;
};

}  // namespace gemkeeper::proxy::websocket
