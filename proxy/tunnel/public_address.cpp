#include "tunnel/public_address.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy {

namespace {

using blocks = std::vector<address_block>;

blocks parse_all(std::initializer_list<std::string_view> texts) {
  blocks all;
  for (const std::string_view text : texts) {
    address_block one;
    if (address_block::parse(text, one).empty()) all.push_back(one);
  }
  return all;
}

// https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry.
const blocks& special() {
  static const blocks all = parse_all({
      "0.0.0.0/8",         // this network (RFC 791); Linux connects 0.0.0.0 to itself
      "10.0.0.0/8",        // private (RFC 1918)
      "100.64.0.0/10",     // shared, CGNAT (RFC 6598); Alibaba's metadata, 100.100.100.200
      "127.0.0.0/8",       // loopback (RFC 1122)
      "168.63.129.16/32",  // Azure's wire server
      "169.254.0.0/16",    // link-local (RFC 3927); most clouds' metadata, 169.254.169.254
      "172.16.0.0/12",     // private (RFC 1918)
      "192.0.0.0/24",      // protocol assignments (RFC 6890); Oracle's metadata, 192.0.0.192
      "192.0.2.0/24",      // documentation (RFC 5737)
      "192.88.99.0/24",    // 6to4 relays (RFC 7526)
      "192.168.0.0/16",    // private (RFC 1918)
      "198.18.0.0/15",     // benchmarking (RFC 2544)
      "198.51.100.0/24",   // documentation (RFC 5737)
      "203.0.113.0/24",    // documentation (RFC 5737)
      "224.0.0.0/4",       // multicast (RFC 5771)
      "240.0.0.0/4",       // reserved (RFC 1112), and broadcast
      "2001::/23",         // protocol assignments (RFC 2928), Teredo (RFC 4380)
      "2001:db8::/32",     // documentation (RFC 3849)
      "2002::/16",         // 6to4 (RFC 3056)
      "3ffe::/16",         // the 6bone's, given back (RFC 3701)
      "3fff::/20",         // documentation (RFC 9637)
  });
  return all;
}

const blocks& global_unicast() {
  static const blocks all = parse_all({"2000::/3"});
  return all;
}

// What `unwrapped` turns into IPv4.
const blocks& wrapping() {
  static const blocks all = parse_all({"::ffff:0:0/96", "64:ff9b::/96"});
  return all;
}

bool any_contains(const blocks& any, const address_block& what) {
  return std::any_of(any.begin(), any.end(),
                     [&](const address_block& one) { return one.contains(what); });
}

bool any_within(const blocks& any, const address_block& what) {
  return std::any_of(any.begin(), any.end(),
                     [&](const address_block& one) { return what.contains(one); });
}

}  // namespace

bool is_public(const boost::asio::ip::address& address) {
  const boost::asio::ip::address where = unwrapped(address);
  const address_block one(where);
  if (where.is_v6() && !any_contains(global_unicast(), one)) return false;
  return !any_contains(special(), one);
}

bool is_never_public(const address_block& block) {
  if (any_contains(special(), block)) return true;
  static const blocks v4 = parse_all({"0.0.0.0/0"});
  if (any_contains(v4, block)) return false;
  const bool may_be = any_contains(global_unicast(), block) ||
                      any_within(global_unicast(), block) || any_contains(wrapping(), block) ||
                      any_within(wrapping(), block);
  return !may_be;
}

}  // namespace gemkeeper::proxy
