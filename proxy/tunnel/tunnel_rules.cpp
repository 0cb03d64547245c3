#include "tunnel/tunnel_rules.hpp"

#include "tunnel/public_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace gemkeeper::proxy {

namespace {

gemini::own_error forbidden(std::string_view reason, std::string message) {
  gemini::own_error error;
  error.http_status = 403;
  error.status = "PERMISSION_DENIED";
  error.reason = reason;
  error.message = std::move(message);
  return error;
}

// Names of this machine and of what clouds tell only their own machines. Most resolve to addresses
// that are refused anyway, but not on every system, and not every look-up is ours (through_proxy).
bool is_inward_name(std::string_view name) {
  return name == "localhost" || name.ends_with(".localhost") || name == "localhost.localdomain" ||
         name == "metadata.google.internal" || name == "metadata.goog";
}

// "[2001:db8::1]" is an address too.
std::string_view without_brackets(std::string_view entry) {
  const bool bracketed = entry.size() > 2 && entry.starts_with('[') && entry.ends_with(']');
  return bracketed ? entry.substr(1, entry.size() - 2) : entry;
}

bool looks_like_address(std::string_view entry) {
  return entry.find_first_of("/:") != entry.npos || is_odd_number(entry);
}

}  // namespace

std::string host_list::add(std::string_view entry) {
  constexpr std::string_view forms =
      "(write \"example.com\", \"*.example.com\", \"*\", an address, or a block like "
      "192.0.2.0/24)";
  last_is_block_ = false;
  if (entry == "*") {
    all_ = true;
    return {};
  }
  if (entry.find("://") != entry.npos) return fmt::format("is a URL, not a host {}", forms);
  std::string name = lower_case(entry);
  if (name.ends_with('.')) name.pop_back();
  if (looks_like_address(without_brackets(name))) {
    const std::size_t colon = name.find(':');
    const bool one_colon = colon != name.npos && name.find(':', colon + 1) == name.npos;
    if (one_colon || name.find("]:") != name.npos) {
      return "must not have a port (ports stand in connect.ports)";
    }
    address_block block;
    if (const auto wrong = address_block::parse(without_brackets(name), block); !wrong.empty()) {
      return std::string(wrong);
    }
    blocks_.push_back(block);
    last_is_block_ = true;
    return {};
  }
  const bool below = name.starts_with("*.");
  if (!is_plain_name(std::string_view(name).substr(below ? 2 : 0))) {
    return fmt::format("is neither a name nor an address {}", forms);
  }
  (below ? suffixes_ : names_).push_back(below ? name.substr(1) : std::move(name));
  return {};
}

bool host_list::has_name(std::string_view name) const {
  return all_ || std::find(names_.begin(), names_.end(), name) != names_.end() ||
         std::any_of(suffixes_.begin(), suffixes_.end(),
                     [&](const std::string& suffix) { return name.ends_with(suffix); });
}

bool host_list::has_address(const boost::asio::ip::address& address) const {
  if (all_) return true;
  const auto where = unwrapped(address);
  return std::any_of(blocks_.begin(), blocks_.end(), [&](const address_block& block) {
    return block.contains(where) || block.contains(address);
  });
}

bool host_list::last_is_never_public() const {
  return last_is_block_ && is_never_public(blocks_.back());
}

std::string complaint_about_tunnel_host(std::string_view entry, tunnel_list list) {
  host_list one;
  std::string wrong = one.add(entry);
  if (wrong.empty() && list == tunnel_list::allow && one.last_is_never_public()) {
    wrong = "is not public, and tunnels lead to public addresses only (remove it)";
  }
  return wrong.empty() ? wrong : fmt::format("\"{}\" {}", entry, wrong);
}

tunnel_rules::tunnel_rules(const connect_settings& settings) : ports_(settings.ports) {
  const auto fill = [](host_list& list, const std::vector<std::string>& entries,
                       std::string_view setting) {
    for (const std::string& entry : entries) {
      const std::string wrong = list.add(entry);
      if (wrong.empty()) continue;
      throw std::runtime_error(fmt::format("{}: \"{}\" {}", setting, entry, wrong));
    }
  };
  fill(allow_, settings.allow, "connect.allow");
  fill(deny_, settings.deny, "connect.deny");
}

std::optional<gemini::own_error> tunnel_rules::refuse(const authority& target) const {
  if (std::find(ports_.begin(), ports_.end(), target.port) == ports_.end()) {
    return forbidden("PORT_REFUSED", fmt::format("Tunnels to port {} are not allowed here; if this "
                                                 "one should be, add the port to connect.ports.",
                                                 target.port));
  }
  if (target.kind == authority::form::odd_number) {
    return forbidden("ADDRESS_REFUSED",
                     fmt::format("\"{}\" is a number and no name: write addresses as four decimal "
                                 "numbers from 0 to 255, or as IPv6 in brackets.",
                                 target.host));
  }
  if (target.address) {
    if (deny_.has_address(*target.address) || !allow_.has_address(*target.address)) {
      return not_allowed(target.host);
    }
    return std::nullopt;
  }
  if (is_inward_name(target.host)) return not_public(target.host);
  if (deny_.has_name(target.host)) return not_allowed(target.host);
  if (!allow_.has_name(target.host) && !allow_.has_blocks()) return not_allowed(target.host);
  return std::nullopt;
}

bool tunnel_rules::admits(std::string_view name, const boost::asio::ip::address& address) const {
  if (deny_.has_address(address)) return false;
  return allow_.has_name(name) || allow_.has_address(address);
}

gemini::own_error not_public(std::string_view host) {
  return forbidden(
      "ADDRESS_REFUSED",
      fmt::format("Tunnels lead to public addresses only, and \"{}\" is none: not this "
                  "machine, its network, nor a cloud's metadata service. Reach it "
                  "without the proxy (NO_PROXY).",
                  host));
}

gemini::own_error not_allowed(std::string_view host) {
  return forbidden("TUNNEL_REFUSED",
                   fmt::format("Tunnels to \"{}\" are not allowed here (connect.allow, "
                               "connect.deny).",
                               host));
}

}  // namespace gemkeeper::proxy
