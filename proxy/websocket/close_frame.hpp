// How a WebSocket ends (RFC 6455, 5.5.1 and 7.4).
#pragma once

#include "websocket/frame_reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::proxy::websocket {

enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  none = 1005,  // a close frame without a code; never on the wire
  invalid_payload = 1007,
  policy_violation = 1008,
  too_big = 1009,
  internal_error = 1011,
  try_again_later = 1013,
};

struct close_reason {
  close_code code = close_code::none;  // any number that the peer chose
  std::string_view text;               // UTF-8, or whatever the peer sent for it
};

// Of a close frame's payload, unmasked. One byte is no code: it reads as `protocol_error`.
close_reason parse_close(std::string_view payload);

// Appends a whole close frame. A reason that is too long is cut between two characters. `mask`: of
// a client's frame, chosen at random; not looked at for a server's.
void append_close(std::string& out, sender from, const close_reason& why, std::uint32_t mask = 0);

}  // namespace gemkeeper::proxy::websocket
