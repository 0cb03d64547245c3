#include "exchange/caller.hpp"

#include <gemkeeper/gemini/credential.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>

namespace gemkeeper::proxy {

namespace {

// What follows the scheme (RFC 9110, 11.4), if it is this one.
std::string_view credentials(std::string_view value, std::string_view scheme) {
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return {};
  if (!http::iequals(value.substr(0, scheme.size()), scheme)) return {};
  return http::trim(value.substr(scheme.size()));
}

bool offer_basic(std::string_view encoded, const token_taker& accepts) {
  constexpr std::size_t most = 1024;
  if (encoded.empty() || encoded.size() > most || encoded.size() % 4 != 0) return false;
  std::array<unsigned char, most> text{};
  const int size =
      EVP_DecodeBlock(text.data(), reinterpret_cast<const unsigned char*>(encoded.data()),
                      static_cast<int>(encoded.size()));
  bool taken = false;
  if (size > 0) {
    std::string_view pair(reinterpret_cast<const char*>(text.data()),
                          static_cast<std::size_t>(size));
    // What stands for the padding is decoded to zeros.
    for (std::size_t i = 0; i < 2 && encoded[encoded.size() - 1 - i] == '='; ++i)
      pair.remove_suffix(1);
    const std::size_t colon = pair.find(':');
    if (colon != pair.npos) {
      const std::string_view password = pair.substr(colon + 1);
      taken = (!password.empty() && accepts(password)) || accepts(pair.substr(0, colon));
    }
  }
  OPENSSL_cleanse(text.data(), text.size());
  return taken;
}

}  // namespace

const std::shared_ptr<pool::client>& known_caller::find(const pool::client_table& all,
                                                        std::string_view token) {
  const bool same = generation_ == all.generation() && token.size() == token_.size() &&
                    CRYPTO_memcmp(token.data(), token_.data(), token.size()) == 0;
  if (same) return who_;
  OPENSSL_cleanse(token_.data(), token_.size());
  token_.assign(token);
  who_.reset();
  return again(all);
}

const std::shared_ptr<pool::client>& known_caller::again(const pool::client_table& all) {
  const std::uint64_t now = all.generation();
  if (generation_ == now && who_ != nullptr) return who_;
  who_ = token_.empty() ? nullptr : all.find(token_);
  generation_ = now;
  return who_;
}

void known_caller::forget() {
  OPENSSL_cleanse(token_.data(), token_.size());
  token_.clear();
  who_.reset();
  generation_ = 0;
}

bool offer_tokens(const http::request_head& head, std::string_view target,
                  const token_taker& accepts) {
  for (const http::field& f : head.fields) {
    if (http::iequals(f.name, "x-goog-api-key") && accepts(f.value)) return true;
    if (http::iequals(f.name, "Authorization")) {
      // "Token": where SDKs put the ephemeral tokens of the Live API.
      for (const std::string_view scheme : {"Bearer", "Token"}) {
        const std::string_view token = credentials(f.value, scheme);
        if (!token.empty() && accepts(token)) return true;
      }
    }
  }
  if (offer_proxy_tokens(head, accepts)) return true;
  if (target.find('?') == target.npos) return false;
  std::string token = gemini::query_credential(target);
  const bool taken = !token.empty() && accepts(token);
  OPENSSL_cleanse(token.data(), token.size());
  return taken;
}

bool offer_proxy_tokens(const http::request_head& head, const token_taker& accepts) {
  for (const http::field& f : head.fields) {
    if (!http::iequals(f.name, "Proxy-Authorization")) continue;
    const std::string_view token = credentials(f.value, "Bearer");
    if (!token.empty() && accepts(token)) return true;
    if (offer_basic(credentials(f.value, "Basic"), accepts)) return true;
  }
  return false;
}

}  // namespace gemkeeper::proxy
