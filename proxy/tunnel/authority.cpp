#include "tunnel/authority.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gemkeeper::proxy {

namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t max_label = 63;
constexpr std::size_t max_name = 253;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view problem_of_bytes(std::string_view text) {
  if (text.empty()) return "it is empty";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f) return "it holds white space or control characters";
    if (byte > 0x7f) return "it is not ASCII (write international names as xn--…)";
  }
  if (text.find('@') != text.npos) return "it holds credentials, which have no place there";
  if (text.find_first_of("/?#\\") != text.npos) return "it is a URL or a path (write host:443)";
  return {};
}

std::string_view parse_port(std::string_view text, std::uint16_t& into) {
  constexpr std::string_view problem = "its port is no number from 1 to 65535";
  if (text.empty() || text.size() > 5 || !all_digits(text)) return problem;
  unsigned port = 0;
  for (const char c : text)
    port = port * 10 + static_cast<unsigned>(c - '0');
  if (port == 0 || port > 65535) return problem;
  into = static_cast<std::uint16_t>(port);
  return {};
}

std::string_view set_address(const ip::address& address, authority& into) {
  into.kind = authority::form::address;
  into.address = address;
  into.host = address.to_string();
  return {};
}

std::string_view parse_v6(std::string_view host, authority& into) {
  // A zone chooses one of this machine's interfaces (RFC 4007): nothing that a client may do.
  if (host.find('%') != host.npos) return "its address has a zone (%…)";
  boost::system::error_code error;
  const auto address = ip::make_address_v6(std::string(host), error);
  return error ? "what stands in brackets is no IPv6 address" : set_address(address, into);
}

std::string_view parse_name(std::string_view host, authority& into) {
  if (host.find('%') != host.npos) return "its host is percent-encoded";
  std::string name = lower_case(host);
  if (name.ends_with('.')) name.pop_back();
  boost::system::error_code error;
  if (const auto address = ip::make_address_v4(name, error); !error) {
    return set_address(address, into);
  }
  if (!is_plain_name(name)) return "its host is neither a name nor an address";
  into.kind = is_odd_number(name) ? authority::form::odd_number : authority::form::name;
  into.address.reset();
  into.host = std::move(name);
  return {};
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_odd_number(std::string_view host) {
  std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.empty()) return false;
  if (all_digits(last)) return true;
  if (!last.starts_with("0x")) return false;
  last.remove_prefix(2);
  return std::all_of(last.begin(), last.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_plain_name(std::string_view host) {
  if (host.empty() || host.size() > max_name) return false;
  std::size_t label = 0;
  for (const char c : host) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_') {
      if (++label > max_label) return false;
    } else {
      return false;
    }
  }
  return label != 0;
}

std::string_view parse_authority(std::string_view text, authority& into) {
  if (const auto wrong = problem_of_bytes(text); !wrong.empty()) return wrong;
  const bool bracketed = text.starts_with('[');
  const std::size_t end = std::min(text.find(bracketed ? ']' : ':'), text.size());
  if (bracketed && end == text.size()) return "its '[' is not closed";
  const std::string_view host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  const std::string_view rest = text.substr(bracketed ? end + 1 : end);
  if (!bracketed && rest.find(':', 1) != rest.npos) {
    return "it has more than one ':' (IPv6 addresses stand in brackets)";
  }
  if (host.empty() || host == ".") return "it has no host";
  if (rest.empty()) return "it has no port (write host:443)";
  if (rest.front() != ':') return "only a port may follow its ']'";
  if (const auto wrong = parse_port(rest.substr(1), into.port); !wrong.empty()) return wrong;
  return bracketed ? parse_v6(host, into) : parse_name(host, into);
}

std::string to_text(const authority& where) {
  const bool v6 = where.address && where.address->is_v6();
  return v6 ? fmt::format("[{}]:{}", where.host, where.port)
            : fmt::format("{}:{}", where.host, where.port);
}

}  // namespace gemkeeper::proxy
