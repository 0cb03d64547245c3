#include "webhook_message.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace gemkeeper::app {
namespace {

std::string to_base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// With its padding, and nothing else: OpenSSL would skip white space.
std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  if (text.empty() || text.size() % 4 != 0 || digits.find_first_not_of(alphabet) != digits.npos) {
    return std::nullopt;
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace

std::optional<std::string> webhook_key(std::string_view secret) {
  constexpr std::string_view prefix = "whsec_";
  constexpr std::size_t least = 24, most = 64;
  if (secret.starts_with(prefix)) secret.remove_prefix(prefix.size());
  std::optional<std::string> key = from_base64(secret);
  if (key && (key->size() < least || key->size() > most)) key.reset();
  return key;
}

std::string sign_webhook(std::string_view key, std::string_view id, std::int64_t timestamp,
                         std::string_view body) {
  const std::string content = fmt::format("{}.{}.{}", id, timestamp, body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data(),
           &size) == nullptr) {
    throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256");
  }
  return "v1," + to_base64({reinterpret_cast<const char*>(digest.data()), size});
}

std::string webhook_fields(std::string_view key, std::string_view id, std::int64_t timestamp,
                           std::string_view body) {
  return fmt::format(
      "Content-Type: application/json\r\nwebhook-id: {}\r\nwebhook-timestamp: {}\r\n"
      "webhook-signature: {}\r\n",
      id, timestamp, sign_webhook(key, id, timestamp, body));
}

std::string webhook_body(std::string_view type, const admin::alert& about) {
  return fmt::format(R"({{"type":"{}","timestamp":"{:%Y-%m-%dT%H:%M:%S}Z","data":{}}})", type,
                     fmt::gmtime(std::chrono::system_clock::to_time_t(about.updated)),
                     admin::alert_json(about));
}

std::string_view webhook_type(alert_change::step what) {
  switch (what) {
    case alert_change::step::raised:
      return "alert.raised";
    case alert_change::step::worsened:
      return "alert.worsened";
    case alert_change::step::updated:
      return "alert.updated";
    case alert_change::step::resolved:
      return "alert.resolved";
  }
  return {};
}

}  // namespace gemkeeper::app
