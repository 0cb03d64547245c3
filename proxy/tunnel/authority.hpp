// The target of a CONNECT request: authority-form, `host ":" port` (RFC 9112, 3.2.3).
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

struct authority {
  enum class form : std::uint8_t {
    name,
    address,
    // Would be taken for an address by a lenient reader (inet_aton, getaddrinfo): "127.1",
    // "2130706433", "0x7f.1", "017700000001", "1.2.3.4.5". Never to be looked up.
    odd_number,
  };
  form kind = form::name;
  // Names in lower case and without the one trailing dot they may have; addresses as the system
  // writes them, IPv6 without brackets.
  std::string host;
  std::optional<boost::asio::ip::address> address;  // of `form::address`
  std::uint16_t port = 0;                           // 1 to 65535
};

// Strict: a name's labels hold letters, digits, '-' and '_', within the limits of the DNS (RFC
// 1035, 2.3.4); no credentials, no percent-encoding, no zones, and the port must be there. Returns
// what is wrong, as the end of a sentence ("it has no port"); empty: nothing, and `into` is set.
std::string_view parse_authority(std::string_view text, authority& into);

// "host:port", IPv6 in brackets.
std::string to_text(const authority& where);

// True for what getaddrinfo reads as a number although it is no dotted decimal: the last label is
// digits, or hexadecimal after "0x" (as the WHATWG URL standard decides it). `host` is in lower
// case and has no trailing dot.
bool is_odd_number(std::string_view host);

// True for letters, digits, '-' and '_' in labels of 1 to 63 bytes, 253 bytes in all, in lower
// case.
bool is_plain_name(std::string_view host);

// ASCII only.
std::string lower_case(std::string_view text);

}  // namespace gemkeeper::proxy
