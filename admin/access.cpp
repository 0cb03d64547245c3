#include "access.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

namespace gemkeeper::admin {
namespace {

// Case is ASCII's in names of hosts and schemes.
bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_port(std::string_view text) {
  return text.empty() || (text.size() > 1 && text.size() <= 6 && text[0] == ':' &&
                          text.find_first_not_of("0123456789", 1) == text.npos);
}

bool is_loopback_address(const std::string& text) {
  in_addr v4{};
  constexpr unsigned loopback_net = 127;
  return ::inet_pton(AF_INET, text.c_str(), &v4) == 1 && ntohl(v4.s_addr) >> 24U == loopback_net;
}

}  // namespace

access_rules::access_rules(std::string_view token)
    : needs_token_(!token.empty()), token_(hash(token)) {}

access_rules::digest access_rules::hash(std::string_view text) {
  digest made;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), made.data());
  return made;
}

bool access_rules::is_token(std::string_view text) const {
  const digest shown = hash(text);
  return CRYPTO_memcmp(shown.data(), token_.data(), token_.size()) == 0;
}

verdict access_rules::judge(const credentials& given, audience who) const {
  if (who == audience::everybody) return verdict::admitted;
  if (!needs_token_ && !is_loopback_host(given.host)) return verdict::foreign_host;
  // A link from elsewhere may lead here; what is behind it comes by requests of the page.
  if (who == audience::pages) return verdict::admitted;
  const bool own_page =
      given.fetch_site.empty() || given.fetch_site == "same-origin" || given.fetch_site == "none";
  if (!own_page || (!given.origin.empty() && !is_same_origin(given.origin, given.host))) {
    return verdict::foreign_origin;
  }
  if (!needs_token_ || who == audience::visitors) return verdict::admitted;
  if (given.authorization.empty() && given.session) {
    // Browsers name the origin of every write: without one, this is none of our page.
    return given.changes && given.origin.empty() ? verdict::foreign_origin : verdict::admitted;
  }
  constexpr std::string_view scheme = "Bearer ";
  if (given.authorization.empty()) return verdict::no_token;
  if (given.authorization.size() < scheme.size() ||
      !same_word(given.authorization.substr(0, scheme.size()), scheme)) {
    return verdict::wrong_token;
  }
  return is_token(given.authorization.substr(scheme.size())) ? verdict::admitted
                                                             : verdict::wrong_token;
}

bool is_loopback_host(std::string_view host) {
  if (host.starts_with("[::1]")) return is_port(host.substr(5));
  const std::size_t colon = std::min(host.find(':'), host.size());
  if (!is_port(host.substr(colon))) return false;
  const std::string_view name = host.substr(0, colon);
  return same_word(name, "localhost") || is_loopback_address(std::string(name));
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return same_word(origin.substr(scheme.size()), host);
  }
  return false;
}

std::chrono::milliseconds failure_pauses::failed(std::string_view source, time_point now) {
  record fresh{std::string(source), 0, now};
  const auto known = std::ranges::find(seen_, source, &record::source);
  if (known != seen_.end()) {
    const auto forgiven = static_cast<unsigned>(
        std::clamp<std::int64_t>((now - known->last) / forgive, 0, known->failures));
    fresh.failures = known->failures - forgiven;
    seen_.erase(known);
  }
  const auto pause = first * (1U << std::min(fresh.failures, 10U));
  if (pause < longest) ++fresh.failures;
  seen_.push_back(std::move(fresh));
  if (seen_.size() > max_sources) seen_.pop_front();
  return std::min<std::chrono::milliseconds>(pause, longest);
}

}  // namespace gemkeeper::admin
