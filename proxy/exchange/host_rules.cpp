#include "exchange/host_rules.hpp"

#include "http/head.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>

namespace gemkeeper::proxy {

namespace {

// Reserved or never delegated in the public DNS (RFC 6761, RFC 6762, RFC 8375, ICANN 2024-07-29).
constexpr std::array<std::string_view, 7> private_suffixes{
    ".localhost", ".local", ".internal", ".svc", ".cluster.local", ".home.arpa", ".lan"};

bool ends_with_nocase(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         http::iequals(text.substr(text.size() - suffix.size()), suffix);
}

bool is_numeric(std::string_view host) {
  if (host.starts_with('[')) return host.ends_with(']');
  const bool digits_and_dots = std::all_of(
      host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return digits_and_dots && host.find('.') != std::string_view::npos;
}

}  // namespace

std::string_view host_of_authority(std::string_view authority) {
  const bool bracketed = authority.starts_with('[');
  const std::size_t end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == std::string_view::npos) return {};
  const std::size_t size =
      end == std::string_view::npos ? authority.size() : end + (bracketed ? 1 : 0);
  const std::string_view host = authority.substr(0, size);
  std::string_view port = authority.substr(size);
  if (!port.empty() && port.front() != ':') return {};
  if (!port.empty()) port.remove_prefix(1);
  const bool digits =
      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || port.size() > 5) return {};
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == ':' || c == '[' || c == ']' || c == '%';
  });
  return plain ? host : std::string_view{};
}

bool is_trusted_host(std::string_view host, std::span<const std::string> further) {
  if (host.empty()) return false;
  if (is_numeric(host)) return true;
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.find('.') == std::string_view::npos) return true;
  for (const std::string_view suffix : private_suffixes) {
    if (ends_with_nocase(host, suffix)) return true;
  }
  return std::any_of(further.begin(), further.end(),
                     [&](const std::string& name) { return http::iequals(host, name); });
}

bool is_trusted_origin(std::string_view origin, std::span<const std::string> further) {
  if (http::iequals(origin, "null")) return false;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.size() > scheme.size() && http::iequals(origin.substr(0, scheme.size()), scheme)) {
      return is_trusted_host(host_of_authority(origin.substr(scheme.size())), further);
    }
  }
  return true;
}

}  // namespace gemkeeper::proxy
