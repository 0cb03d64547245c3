#include <gemkeeper/pool/page_token.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace gemkeeper::pool {
namespace {

using std::string_view;

constexpr string_view version_mark = "gk1.";
constexpr std::size_t mac_size = 16;
constexpr std::size_t id_size = std::tuple_size_v<decltype(key_id::hex)>;
constexpr string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string mac_of(string_view secret, string_view scope, string_view content) {
  std::string text = "page token";
  for (const string_view part : {scope, content}) {
    text += '\n';
    text += std::to_string(part.size());
    text += ':';
    text += part;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes, text.size(),
           mac.data(), &size) == nullptr) {
    throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256");
  }
  return {mac.begin(), mac.begin() + mac_size};
}

void append_base64url(std::string& out, string_view bytes) {
  unsigned held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = (held << 8 | static_cast<unsigned char>(c)) & 0xffffU;
    for (bits += 8; bits >= 6; bits -= 6)
      out += digits[held >> (bits - 6) & 63];
  }
  if (bits != 0) out += digits[held << (6 - bits) & 63];
}

std::optional<std::string> base64url(string_view text) {
  std::string bytes;
  unsigned held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t value = digits.find(c);
    if (value == string_view::npos) return std::nullopt;
    held = (held << 6 | static_cast<unsigned>(value)) & 0xffffU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 255);
  }
  return bytes;
}

}  // namespace

std::optional<std::string> seal_page_token(string_view secret, string_view scope,
                                           const page_cursor& at) {
  if (at.token.size() > longest_page_token) return std::nullopt;
  std::string content(at.project.view());
  content += at.token;
  std::string sealed(version_mark);
  append_base64url(sealed, mac_of(secret, scope, content) + content);
  return sealed;
}

std::optional<page_cursor> open_page_token(string_view secret, string_view scope,
                                           string_view token) {
  constexpr std::size_t longest = (mac_size + id_size + longest_page_token) * 4 / 3 + 8;
  if (!token.starts_with(version_mark) || token.size() > longest) return std::nullopt;
  const auto bytes = base64url(token.substr(version_mark.size()));
  if (!bytes || bytes->size() < mac_size + id_size) return std::nullopt;
  std::string canonical(version_mark);  // one text for one token
  append_base64url(canonical, *bytes);
  if (canonical != token) return std::nullopt;
  const string_view content = string_view(*bytes).substr(mac_size);
  const std::string expected = mac_of(secret, scope, content);
  if (CRYPTO_memcmp(expected.data(), bytes->data(), mac_size) != 0) return std::nullopt;
  page_cursor at;
  std::copy_n(content.begin(), id_size, at.project.hex.begin());
  at.token = content.substr(id_size);
  return at;
}

}  // namespace gemkeeper::pool
