#include "websocket/close_frame.hpp"

namespace gemkeeper::proxy::websocket {

namespace {

constexpr std::size_t max_reason = max_control_payload - 2;

char low_byte(std::uint32_t number) {
  return static_cast<char>(number & 0xff);
}

// At most `max_reason` bytes, and no half character at their end.
std::string_view shortened(std::string_view text) {
  if (text.size() <= max_reason) return text;
  std::size_t end = max_reason;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return text.substr(0, end);
}

}  // namespace

close_reason parse_close(std::string_view payload) {
  if (payload.empty()) return {};
  if (payload.size() == 1) return {close_code::protocol_error, {}};
  const auto high = static_cast<std::uint8_t>(payload[0]);
  const auto low = static_cast<std::uint8_t>(payload[1]);
  return {static_cast<close_code>(high << 8 | low), payload.substr(2)};
}

void append_close(std::string& out, sender from, const close_reason& why, std::uint32_t mask) {
  const std::string_view reason = shortened(why.text);
  const bool has_code = why.code != close_code::none;
  const std::size_t size = has_code ? 2 + reason.size() : 0;
  out += '\x88';
  out += static_cast<char>(size | (from == sender::client ? 0x80U : 0U));
  if (from == sender::client) {
    for (const unsigned shift : {24U, 16U, 8U, 0U})
      out += low_byte(mask >> shift);
  }
  const std::size_t begin = out.size();
  if (has_code) {
    const auto code = static_cast<std::uint32_t>(why.code);
    out += low_byte(code >> 8);
    out += low_byte(code);
    out += reason;
  }
  if (from == sender::server) return;
  for (std::size_t i = begin; i < out.size(); ++i)
    out[i] = static_cast<char>(out[i] ^ low_byte(mask >> (24 - 8 * ((i - begin) % 4))));
}

}  // namespace gemkeeper::proxy::websocket
