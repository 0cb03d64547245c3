// CIDR blocks of addresses (RFC 4632, RFC 4291).
#pragma once

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace gemkeeper::proxy {

// An IPv4 address that an IPv6 one stands for, as packets to it end there: mapped (::ffff:0:0/96,
// RFC 4291, 2.5.5.2) and NAT64 (64:ff9b::/96, RFC 6052). Any other stays as it is.
boost::asio::ip::address unwrapped(const boost::asio::ip::address& address);

class address_block {
 public:
  address_block() = default;
  explicit address_block(const boost::asio::ip::address& one);

  // "192.0.2.0/24", "2001:db8::/32", or one address. Returns what is wrong, as the end of a
  // sentence; empty: nothing, and `into` is set.
  static std::string_view parse(std::string_view text, address_block& into);

  // Addresses of one family are never in a block of the other.
  [[nodiscard]] bool contains(const boost::asio::ip::address& address) const;
  [[nodiscard]] bool contains(const address_block& other) const;

 private:
  std::array<std::uint8_t, 16> bytes_{};  // of IPv4: the first 4
  std::uint8_t bits_ = 0;
  bool v6_ = false;
};

}  // namespace gemkeeper::proxy
