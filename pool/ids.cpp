#include <gemkeeper/pool/ids.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <stdexcept>

namespace gemkeeper::pool {

key_id make_key_id(std::string_view hash_key, std::string_view secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(secret.data());
  if (HMAC(EVP_sha256(), hash_key.data(), static_cast<int>(hash_key.size()), data, secret.size(),
           digest.data(), &size) == nullptr) {
    throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256 for a key's id");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  key_id id;
  for (std::size_t i = 0; i < id.hex.size(); ++i) {
    const unsigned byte = digest[i / 2];
    id.hex[i] = digits[i % 2 == 0 ? byte >> 4 : byte & 0xf];
  }
  return id;
}

std::string fingerprint(std::string_view secret) {
  const std::size_t shown = std::min<std::size_t>(4, secret.size() / 8);
  std::string text(secret.substr(0, shown));
  text += "…";
  text += secret.substr(secret.size() - shown);
  return text;
}

}  // namespace gemkeeper::pool
