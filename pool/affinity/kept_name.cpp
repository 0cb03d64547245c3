#include "kept_name.hpp"

#include <gemkeeper/pool/affinity.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace gemkeeper::pool {
namespace detail {
namespace {

constexpr std::size_t longest_kept = 128;

std::string_view collection(std::string_view name) {
  return name.substr(0, std::min(name.find('/'), name.size()));
}

}  // namespace

bool is_secret_resource(std::string_view name) {
  const std::string_view first = collection(name);
  return first == "auth_tokens" || first == "uploads" || first == "sessions";
}

std::string kept_name(std::string_view name) {
  const bool hashed =
      collection(name).size() + 1 < name.size() && name[collection(name).size() + 1] == '#';
  if (hashed || (name.size() <= longest_kept && !is_secret_resource(name))) {
    return std::string(name);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(name.data(), name.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  std::string kept(collection(name).substr(0, 32));
  kept += "/#";
  for (std::size_t i = 0; i < 16; ++i) {
    kept += "0123456789abcdef"[digest[i] >> 4];
    kept += "0123456789abcdef"[digest[i] & 15];
  }
  return kept;
}

}  // namespace detail

std::string shown_resource(std::string_view name) {
  const bool hashed = name.find("/#") != std::string_view::npos;
  if (!hashed && !detail::is_secret_resource(name)) return std::string(name);
  return std::string(name.substr(0, name.find('/'))) + "/…";
}

}  // namespace gemkeeper::pool
