#include "websocket/handshake.hpp"

#include <openssl/evp.h>

#include <array>

namespace gemkeeper::proxy::websocket {

namespace {

constexpr std::string_view magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t key_size = 24;
constexpr std::size_t sha1_size = 20;

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

}  // namespace

bool is_key(std::string_view key) {
  if (key.size() != key_size || !key.ends_with("==")) return false;
  for (const char c : key.substr(0, key_size - 2)) {
    if (!is_base64(c)) return false;
  }
  return true;
}

std::string accept_of(std::string_view key) {
  std::string text(key);
  text += magic;
  std::array<unsigned char, sha1_size> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::array<unsigned char, 4 * ((sha1_size + 2) / 3) + 1> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), sha1_size);
  return {encoded.begin(), encoded.begin() + size};
}

}  // namespace gemkeeper::proxy::websocket
