// Is a gemkeeper running where the configuration says?
#pragma once

#include <gemkeeper/proxy/settings.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::app {

inline constexpr std::string_view google_host = "generativelanguage.googleapis.com";

// Where clients on this machine reach the proxy: the first TCP address of `listen` with a port, a
// wildcard address replaced by the loopback one. Nullopt: there is none.
std::optional<proxy::listen_address> client_address(
    const std::vector<proxy::listen_address>& listen);

// "http://127.0.0.1:8001", "http://[::1]:8001".
std::string client_url(const proxy::listen_address& where);

enum class listener : std::uint8_t { none, gemkeeper, stranger };

// Asks whoever listens there for a host that does not exist (RFC 6761): gemkeeper refuses that
// itself, with its request id in the answer, and spends no key. Blocks for some seconds at most.
listener who_listens(const proxy::listen_address& where);

// True when TLS to Google's host by the proxy at `where` ends under a CA of `bundle` (PEM). Not so
// when that gemkeeper has another state directory than ours. Blocks for some seconds at most.
bool is_trusted(const proxy::listen_address& where, const std::filesystem::path& bundle);

}  // namespace gemkeeper::app
