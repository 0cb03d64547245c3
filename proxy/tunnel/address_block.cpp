#include "tunnel/address_block.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace gemkeeper::proxy {

namespace ip = boost::asio::ip;

ip::address unwrapped(const ip::address& address) {
  constexpr std::array<std::uint8_t, 12> nat64{0, 0x64, 0xff, 0x9b};
  if (!address.is_v6()) return address;
  const ip::address_v6 v6 = address.to_v6();
  const auto bytes = v6.to_bytes();
  const bool embeds = v6.is_v4_mapped() || std::equal(nat64.begin(), nat64.end(), bytes.begin());
  if (!embeds) return address;
  return ip::address_v4(ip::address_v4::bytes_type{bytes[12], bytes[13], bytes[14], bytes[15]});
}

address_block::address_block(const ip::address& one) : v6_(one.is_v6()) {
  if (v6_) {
    const auto bytes = one.to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  } else {
    const auto bytes = one.to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  bits_ = v6_ ? 128 : 32;
}

std::string_view address_block::parse(std::string_view text, address_block& into) {
  const std::size_t slash = text.find('/');
  boost::system::error_code error;
  if (text.find('%') != text.npos) return "must not have a zone (%…)";
  const ip::address address = ip::make_address(std::string(text.substr(0, slash)), error);
  if (error) return "is no address or CIDR block (write 192.0.2.0/24 or 2001:db8::/32)";
  address_block whole(address);
  if (slash != text.npos) {
    const std::string_view length = text.substr(slash + 1);
    std::uint8_t bits = 0;
    const auto [end, wrong] = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (wrong != std::errc{} || end != length.data() + length.size() || bits > whole.bits_) {
      return whole.v6_ ? "must have a prefix length from 0 to 128"
                       : "must have a prefix length from 0 to 32";
    }
    address_block block = whole;
    block.bits_ = bits;
    for (unsigned bit = bits; bit < whole.bits_; ++bit) {
      block.bytes_[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
    }
    // Probably a typing error, of which nobody knows what it should have been.
    if (block.bytes_ != whole.bytes_) return "has bits set beyond its prefix length";
    whole = block;
  }
  into = whole;
  return {};
}

bool address_block::contains(const ip::address& address) const {
  return contains(address_block(address));
}

bool address_block::contains(const address_block& other) const {
  if (v6_ != other.v6_ || other.bits_ < bits_) return false;
  const std::size_t whole = bits_ / 8;
  if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole),
                  other.bytes_.begin())) {
    return false;
  }
  const unsigned rest = bits_ % 8;
  return rest == 0 || ((bytes_[whole] ^ other.bytes_[whole]) >> (8 - rest)) == 0;
}

}  // namespace gemkeeper::proxy
