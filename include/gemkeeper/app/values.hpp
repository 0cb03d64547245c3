// How settings are written: durations, sizes, addresses, URLs. Pure functions on text.
#pragma once

#include <gemkeeper/proxy/settings.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::app {

// What is wrong with a value, with the remedy where it is not plain; empty: nothing is.
using complaint = std::string;

// "500ms", "30s", "1.5m", "1h", "7d", "0"; at most ten years.
complaint parse_duration(std::string_view text, std::chrono::milliseconds& into);
std::string format_duration(
    std::chrono::milliseconds value);  // "90s", "5m": the largest whole unit

// "16MiB", "10MB", "512B", "4096".
complaint parse_size(std::string_view text, std::uint64_t& into);
std::string format_size(std::uint64_t bytes);

// "127.0.0.1:8001", "[::1]:8001", "localhost:8001" (127.0.0.1), "unix:/run/gemkeeper.sock".
complaint parse_listen_address(std::string_view text, proxy::listen_address& into);
std::string format_listen_address(const proxy::listen_address& address);

// True for 127.0.0.0/8, ::1, and unix sockets: only this machine gets in.
bool is_local(const proxy::listen_address& address);

// "https://host", "http://[::1]:8080/prefix": fills tls, host, port and path_prefix. The complaint
// does not repeat the text, which may hold credentials.
complaint parse_base_url(std::string_view text, proxy::origin& into);
std::string format_base_url(const proxy::origin& from);

// US dollars: "12.5", at most six places, at most a billion. In 10^-6 USD.
complaint parse_usd(std::string_view text, std::uint64_t& micros);
std::string format_usd(std::uint64_t micros);  // "12.5"

}  // namespace gemkeeper::app
