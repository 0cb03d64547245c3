// WebSocket frames (RFC 6455), a server's side: written plain, read with their masks off.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::sandbox::live {

enum class opcode : std::uint8_t { more = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct frame {
  opcode what = opcode::text;
  bool final = true;
  std::string payload;
};

// Removes a whole frame from the front of `bytes`; nothing: more must come.
std::optional<frame> take_frame(std::string& bytes);

void append_frame(std::string& out, opcode what, std::string_view payload);
// The reason is cut at 123 bytes, as Google does.
void append_close(std::string& out, unsigned code, std::string_view reason);

// Sec-WebSocket-Accept.
std::string accept_of(std::string_view key);

}  // namespace gemkeeper::sandbox::live
