#include <gemkeeper/app/values.hpp>

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace gemkeeper::app {
namespace {

using std::chrono::milliseconds;

struct unit {
  std::string_view name;
  std::uint64_t value;
};
constexpr std::uint64_t kib = 1024;
// Largest first within a system, as formatting wants it.
constexpr std::array<unit, 5> time_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 7> size_units{{{"GiB", kib* kib* kib},
                                          {"MiB", kib* kib},
                                          {"KiB", kib},
                                          {"GB", 1'000'000'000},
                                          {"MB", 1'000'000},
                                          {"KB", 1'000},
                                          {"B", 1}}};
constexpr double ten_years = 10.0 * 365 * 86'400'000;

struct quantity {
  std::string_view number;
  std::string_view unit;
};

quantity split(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  return {text.substr(0, end), text.substr(end)};
}

template <class Number>
bool read_all(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc{} && end == text.data() + text.size();
}

const unit* find_unit(const auto& units, std::string_view name) {
  const auto* found = std::ranges::find(units, name, &unit::name);
  return found == units.end() ? nullptr : found;
}

std::string format_quantity(const auto& units, std::uint64_t value) {
  const auto* fits =
      std::ranges::find_if(units, [&](const unit& u) { return value % u.value == 0; });
  return fmt::format("{}{}", value / fits->value, fits->name);
}

// "host:port" or "[v6]:port", the port optional.
struct authority {
  std::string_view host;
  std::optional<std::string_view> port;
  bool bracketed = false;
};

std::optional<authority> split_authority(std::string_view text) {
  authority found;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return std::nullopt;
    found.bracketed = true;
    found.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    found.host = text.substr(0, text.find(':'));
    rest = text.substr(found.host.size());
  }
  if (rest.empty()) return found;
  if (rest[0] != ':') return std::nullopt;
  found.port = rest.substr(1);
  return found;
}

complaint parse_port(std::string_view text, std::uint16_t& into) {
  if (!read_all(text, into)) return fmt::format("\"{}\" is not a port (0 to 65535)", text);
  return {};
}

bool is_numeric(const std::string& host, int family) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(family, host.c_str(), bytes.data()) == 1;
}

bool is_host_name(std::string_view host) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  return !host.empty() && host.size() <= 253 && host.find_first_not_of(allowed) == host.npos &&
         host.front() != '.' && host.find("..") == host.npos;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == host.npos ? host : "[" + host + "]";
}

}  // namespace

complaint parse_duration(std::string_view text, milliseconds& into) {
  const auto [number, name] = split(text);
  if (text == "0") {
    into = milliseconds(0);
    return {};
  }
  const unit* in = find_unit(time_units, name);
  double count = 0;
  if (in == nullptr || !read_all(number, count)) {
    return fmt::format(
        "\"{}\" is not a duration (write \"500ms\", \"30s\", \"5m\", \"1h\" or "
        "\"7d\")",
        text);
  }
  const double total = std::round(count * static_cast<double>(in->value));
  if (total > ten_years) return fmt::format("\"{}\" is longer than ten years", text);
  into = milliseconds(static_cast<std::int64_t>(total));
  return {};
}

std::string format_duration(milliseconds value) {
  if (value.count() == 0) return "0s";
  return format_quantity(time_units, static_cast<std::uint64_t>(value.count()));
}

complaint parse_size(std::string_view text, std::uint64_t& into) {
  const auto [number, name] = split(text);
  const unit* in = find_unit(size_units, name.empty() ? "B" : name);
  std::uint64_t count = 0;
  if (in == nullptr || !read_all(number, count)) {
    return fmt::format(
        "\"{}\" is not a size (write \"64KiB\", \"16MiB\", \"1GiB\", \"10MB\" or a "
        "number of bytes)",
        text);
  }
  if (count > std::numeric_limits<std::int64_t>::max() / in->value) {
    return fmt::format("\"{}\" is too large", text);
  }
  into = count * in->value;
  return {};
}

std::string format_size(std::uint64_t bytes) {
  return bytes == 0 ? "0" : format_quantity(size_units, bytes);
}

complaint parse_listen_address(std::string_view text, proxy::listen_address& into) {
  using family = proxy::listen_address::family;
  constexpr std::string_view unix_prefix = "unix:";
  if (text.starts_with(unix_prefix)) {
    const std::string_view path = text.substr(unix_prefix.size());
    if (path.empty() || path.find('\0') != path.npos) {
      return "\"unix:\" must be followed by a path";
    }
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
      return fmt::format("the socket path \"{}\" is longer than {} bytes, the system's limit", path,
                         sizeof(sockaddr_un::sun_path) - 1);
    }
    into = {family::unix_path, {}, 0, std::string(path)};
    return {};
  }

  constexpr std::string_view forms =
      "(write \"127.0.0.1:8001\", \"[::1]:8001\" or \"unix:/path/to.sock\")";
  const auto parts = split_authority(text);
  if (!parts || !parts->port) {
    return fmt::format("\"{}\" is not an address with a port {}", text, forms);
  }
  std::string host(parts->host);
  if (!parts->bracketed && lower(host) == "localhost") host = "127.0.0.1";
  if (!is_numeric(host, parts->bracketed ? AF_INET6 : AF_INET)) {
    return fmt::format("\"{}\" is not a numeric address {}", text, forms);
  }
  std::uint16_t port = 0;
  if (auto wrong = parse_port(*parts->port, port); !wrong.empty()) return wrong;
  into = {family::tcp, std::move(host), port, {}};
  return {};
}

std::string format_listen_address(const proxy::listen_address& address) {
  if (address.kind == proxy::listen_address::family::unix_path) return "unix:" + address.path;
  return fmt::format("{}:{}", bracketed(address.host), address.port);
}

bool is_local(const proxy::listen_address& address) {
  if (address.kind == proxy::listen_address::family::unix_path) return true;
  in_addr v4{};
  if (inet_pton(AF_INET, address.host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, address.host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

complaint parse_base_url(std::string_view text, proxy::origin& into) {
  constexpr std::string_view scheme_end = "://";
  const std::size_t scheme_size = std::min(text.find(scheme_end), text.size());
  const std::string scheme = lower(text.substr(0, scheme_size));
  if (scheme != "https" && scheme != "http") {
    return "must start with \"https://\" or \"http://\"";
  }
  const std::string_view rest = text.substr(scheme_size + scheme_end.size());
  if (rest.find_first_of("?#") != rest.npos) return "must not have a query or a fragment";

  const std::string_view host_and_port = rest.substr(0, rest.find('/'));
  std::string_view path = rest.substr(host_and_port.size());
  if (host_and_port.find('@') != rest.npos) {
    return "must not hold credentials (the pool's keys are the only ones sent)";
  }
  const auto parts = split_authority(host_and_port);
  if (!parts) return "has a malformed host or port";
  const std::string host = lower(parts->host);
  if (parts->bracketed ? !is_numeric(host, AF_INET6) : !is_host_name(host)) {
    return "has no valid host name or address";
  }
  std::uint16_t port = scheme == "https" ? 443 : 80;
  if (parts->port && (!parse_port(*parts->port, port).empty() || port == 0)) {
    return "has no valid port (1 to 65535)";
  }
  const auto unsafe = [](unsigned char c) {
    return c <= ' ' || c >= 0x7f ||
           std::string_view("\"<>\\^`{|}").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (std::ranges::any_of(path, unsafe)) {
    return "has a path with characters that must be percent-encoded";
  }
  while (path.ends_with('/'))
    path.remove_suffix(1);

  into.tls = scheme == "https";
  into.host = host;
  into.port = port;
  into.path_prefix = path;
  return {};
}

std::string format_base_url(const proxy::origin& from) {
  const bool usual_port = from.port == (from.tls ? 443 : 80);
  return fmt::format("{}://{}{}{}", from.tls ? "https" : "http", bracketed(from.host),
                     usual_port ? "" : fmt::format(":{}", from.port), from.path_prefix);
}

complaint parse_usd(std::string_view text, std::uint64_t& micros) {
  constexpr std::uint64_t one = 1'000'000, most = 1'000'000'000;
  const std::string wrong = "must be an amount of US dollars (write 12.5), with at most 6 places";
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  std::string_view part = text.substr(std::min(point + 1, text.size()));
  const auto digits = [](std::string_view s) {
    return s.find_first_not_of("0123456789") == s.npos;
  };
  if (whole.empty() || !digits(whole) || !digits(part) || part.size() > 6 || whole.size() > 10 ||
      (point < text.size() && part.empty())) {
    return wrong;
  }
  std::uint64_t dollars = 0, fraction = 0;
  for (const char c : whole)
    dollars = dollars * 10 + static_cast<std::uint64_t>(c - '0');
  for (std::size_t i = 0; i < 6; ++i)
    fraction = fraction * 10 + (i < part.size() ? static_cast<std::uint64_t>(part[i] - '0') : 0);
  if (dollars > most) return "must be at most 1000000000";
  micros = dollars * one + fraction;
  return {};
}

std::string format_usd(std::uint64_t micros) {
  constexpr std::uint64_t one = 1'000'000;
  std::string text = fmt::format("{}.{:06}", micros / one, micros % one);
  while (text.ends_with('0'))
    text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace gemkeeper::app
