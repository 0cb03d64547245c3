#include "support/websocket.hpp"

#include <ostream>
#include <utility>

namespace gemkeeper::test {

namespace {

std::string big_endian(std::uint64_t number, std::size_t size) {
  std::string bytes;
  while (size-- > 0)
    bytes += static_cast<char>(number >> (8 * size) & 0xff);
  return bytes;
}

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes)
    number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

void apply_mask(std::string& payload, std::string_view mask) {
  for (std::size_t i = 0; i < payload.size(); ++i)
    payload[i] = static_cast<char>(payload[i] ^ mask[i % mask.size()]);
}

}  // namespace

std::string websocket_handshake(std::string_view target, std::string_view fields,
                                std::string_view host) {
  std::string head = "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(host);
  head += "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ";
  head += websocket_key;
  head += "\r\nSec-WebSocket-Version: 13\r\n";
  head += fields;
  return head + "\r\n";
}

std::ostream& operator<<(std::ostream& out, const frame& f) {
  const std::string_view payload = f.payload;
  return out << f.opcode << (f.final ? "!" : "~") << payload.size() << ":"
             << payload.substr(0, 200);
}

frame text(std::string payload) {
  return {1, true, std::move(payload)};
}

frame closing(unsigned code, std::string_view reason) {
  return {8, true, big_endian(code, 2) + std::string(reason)};
}

std::string wire(const frame& f, frame_of whose) {
  const std::size_t size = f.payload.size();
  const unsigned masked = whose == frame_of::client ? 0x80 : 0;
  std::string bytes;
  bytes += static_cast<char>(f.opcode | (f.final ? 0x80U : 0U));
  if (size < 126) {
    bytes += static_cast<char>(masked | size);
  } else if (size < 65'536) {
    bytes += static_cast<char>(masked | 126U);
    bytes += big_endian(size, 2);
  } else {
    bytes += static_cast<char>(masked | 127U);
    bytes += big_endian(size, 8);
  }
  std::string payload = f.payload;
  if (masked != 0) {
    constexpr std::string_view mask = "MaSk";
    bytes += mask;
    apply_mask(payload, mask);
  }
  return bytes + payload;
}

frame receive_frame(connection& from) {
  const std::string head = from.receive(2);
  frame got;
  got.opcode = head[0] & 0x0f;
  got.final = (head[0] & 0x80) != 0;
  std::size_t size = head[1] & 0x7f;
  if (size == 126) size = from_big_endian(from.receive(2));
  if (size == 127) size = from_big_endian(from.receive(8));
  const std::string mask = (head[1] & 0x80) != 0 ? from.receive(4) : std::string();
  got.payload = from.receive(size);
  if (!mask.empty()) apply_mask(got.payload, mask);
  return got;
}

}  // namespace gemkeeper::test
