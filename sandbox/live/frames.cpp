#include "live/frames.hpp"

#include <openssl/evp.h>

#include <array>

namespace gemkeeper::sandbox::live {
namespace {

constexpr std::size_t most_reason = 123;
constexpr std::size_t mask_size = 4;

void append_number(std::string& out, std::uint64_t number, std::size_t size) {
  while (size-- > 0)
    out += static_cast<char>(number >> (8 * size) & 0xff);
}

std::uint64_t number_in(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes)
    number = number << 8 | static_cast<std::uint8_t>(c);
  return number;
}

}  // namespace

std::optional<frame> take_frame(std::string& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  const std::uint8_t length = second & 0x7f;
  const std::size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
  const std::size_t masked = (second & 0x80) != 0 ? mask_size : 0;
  const std::size_t head = 2 + extended + masked;
  if (bytes.size() < head) return std::nullopt;
  const std::string_view all = bytes;
  const std::uint64_t size = extended == 0 ? length : number_in(all.substr(2, extended));
  if (bytes.size() - head < size) return std::nullopt;

  frame taken;
  taken.what = static_cast<opcode>(first & 0x0f);
  taken.final = (first & 0x80) != 0;
  taken.payload = all.substr(head, size);
  if (masked != 0) {
    const std::string_view mask = all.substr(head - mask_size, mask_size);
    for (std::size_t i = 0; i < taken.payload.size(); ++i)
      taken.payload[i] = static_cast<char>(taken.payload[i] ^ mask[i % mask_size]);
  }
  bytes.erase(0, head + size);
  return taken;
}

void append_frame(std::string& out, opcode what, std::string_view payload) {
  out += static_cast<char>(0x80U | static_cast<unsigned>(what));
  if (payload.size() < 126) {
    append_number(out, payload.size(), 1);
  } else if (payload.size() < 65'536) {
    out += '\x7e';
    append_number(out, payload.size(), 2);
  } else {
    out += '\x7f';
    append_number(out, payload.size(), 8);
  }
  out += payload;
}

void append_close(std::string& out, unsigned code, std::string_view reason) {
  std::string payload;
  append_number(payload, code, 2);
  payload += reason.substr(0, most_reason);
  append_frame(out, opcode::close, payload);
}

std::string accept_of(std::string_view key) {
  std::string text(key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::array<unsigned char, 29> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
  return {encoded.begin(), encoded.begin() + size};
}

}  // namespace gemkeeper::sandbox::live
