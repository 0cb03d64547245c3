#include "tunnel/public_address.hpp"

#include "tunnel/address_guard.hpp"

#include <boost/test/unit_test.hpp>

#include <string_view>

using namespace gemkeeper::proxy;
using boost::asio::ip::make_address;

namespace {

address_block block(std::string_view text) {
  address_block result;
  BOOST_REQUIRE(address_block::parse(text, result) == "");
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(public_addresses)

BOOST_AUTO_TEST_CASE(hosts_of_the_internet_are_public) {
  for (const char* text : {"1.1.1.1",         "8.8.8.8",
                           "9.255.255.255",   "11.0.0.0",
                           "100.63.255.255",  "100.128.0.0",
                           "126.255.255.255", "128.0.0.0",
                           "168.63.129.15",   "168.63.129.17",
                           "169.253.255.255", "169.255.0.0",
                           "172.15.255.255",  "172.32.0.0",
                           "192.0.1.0",       "192.0.3.0",
                           "192.167.255.255", "192.169.0.0",
                           "198.17.255.255",  "198.20.0.0",
                           "203.0.112.255",   "203.0.114.0",
                           "223.255.255.255", "2000::1",
                           "2001:200::1",     "2001:4860:4860::8888",
                           "2606:4700::1111", "2a00:1450:4001:81b::200a",
                           "3ffd:ffff::1",    "::ffff:8.8.8.8",
                           "64:ff9b::808:808"}) {
    BOOST_TEST(is_public(make_address(text)), text);
  }
}

BOOST_AUTO_TEST_CASE(special_addresses_are_not) {
  for (const char* text :
       {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.100.100.200",
        "100.127.255.255", "127.0.0.0", "127.0.0.1", "127.255.255.255", "168.63.129.16",
        "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255",
        "192.0.0.0", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255",
        "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.0",
        "239.255.255.255", "240.0.0.0", "255.255.255.255",
        // IPv6: unspecified, loopback, IPv4-compatible, discard-only, unique local, link-local,
        // site-local, multicast, documentation, SRv6.
        "::", "::1", "::127.0.0.1", "::8.8.8.8", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1",
        "febf::1", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "3ffe::1", "5f00::1", "1::1",
        "4000::1",
        // Whatever leads elsewhere: mapped, NAT64, 6to4, Teredo, ORCHID.
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8", "2002:7f00:1::",
        "2002:808:808::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:20::1"}) {
    BOOST_TEST(!is_public(make_address(text)), text);
  }
}

BOOST_AUTO_TEST_CASE(blocks_are_read_and_contain) {
  BOOST_TEST(block("10.0.0.0/8").contains(make_address("10.255.0.1")));
  BOOST_TEST(!block("10.0.0.0/8").contains(make_address("11.0.0.0")));
  BOOST_TEST(block("203.0.113.128/25").contains(make_address("203.0.113.255")));
  BOOST_TEST(!block("203.0.113.128/25").contains(make_address("203.0.113.127")));
  BOOST_TEST(block("192.0.2.7").contains(make_address("192.0.2.7")));
  BOOST_TEST(!block("192.0.2.7").contains(make_address("192.0.2.8")));
  BOOST_TEST(block("0.0.0.0/0").contains(make_address("255.255.255.255")));
  BOOST_TEST(!block("0.0.0.0/0").contains(make_address("::1")));
  BOOST_TEST(block("2001:db8::/32").contains(make_address("2001:db8:ffff::1")));
  BOOST_TEST(!block("2001:db8::/32").contains(make_address("2001:db9::")));
  BOOST_TEST(!block("::/0").contains(make_address("1.1.1.1")));
  BOOST_TEST(block("10.0.0.0/8").contains(block("10.1.0.0/16")));
  BOOST_TEST(!block("10.1.0.0/16").contains(block("10.0.0.0/8")));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_block_is_told) {
  struct {
    std::string_view text, problem;
  } const cases[] = {
      {"10.0.0.0/33", "must have a prefix length from 0 to 32"},
      {"10.0.0.0/", "must have a prefix length from 0 to 32"},
      {"10.0.0.0/-1", "must have a prefix length from 0 to 32"},
      {"10.0.0.0/8/8", "must have a prefix length from 0 to 32"},
      {"2001:db8::/129", "must have a prefix length from 0 to 128"},
      {"2001:db8::/256", "must have a prefix length from 0 to 128"},
      {"10.0.0.1/8", "has bits set beyond its prefix length"},
      {"2001:db8::1/32", "has bits set beyond its prefix length"},
      {"fe80::1%lo", "must not have a zone (%…)"},
      {"10.1/16", "is no address or CIDR block (write 192.0.2.0/24 or 2001:db8::/32)"},
      {"a/8", "is no address or CIDR block (write 192.0.2.0/24 or 2001:db8::/32)"},
  };
  for (const auto& c : cases) {
    address_block ignored;
    BOOST_TEST(address_block::parse(c.text, ignored) == c.problem, c.text);
  }
}

BOOST_AUTO_TEST_CASE(blocks_without_a_public_address_are_known) {
  for (const std::string_view text :
       {"10.0.0.0/8", "10.1.2.0/24", "127.0.0.1", "169.254.169.254", "fd00::/8", "::1", "fe80::/10",
        "2002:a00::/24", "64:ff9b:1::/48"}) {
    BOOST_TEST(is_never_public(block(text)), text);
  }
  for (const std::string_view text : {"0.0.0.0/0", "8.0.0.0/7", "192.0.0.0/8", "1.1.1.1", "::/0",
                                      "2000::/3", "2001::/16", "64:ff9b::/96", "0::/1"}) {
    BOOST_TEST(!is_never_public(block(text)), text);
  }
}

BOOST_AUTO_TEST_CASE(the_guard_admits_public_addresses_and_what_is_exempt) {
  address_guard guard;
  BOOST_TEST(guard.admits(make_address("1.1.1.1")));
  BOOST_TEST(!guard.admits(make_address("127.0.0.1")));
  address_guard lenient({"127.0.0.1"});
  BOOST_TEST(lenient.admits(make_address("127.0.0.1")));
  BOOST_TEST(lenient.admits(make_address("::ffff:127.0.0.1")));
  BOOST_TEST(!lenient.admits(make_address("127.0.0.2")));
  BOOST_CHECK_EXCEPTION(address_guard({"localhost"}), std::runtime_error, [](const auto& e) {
    return std::string_view(e.what()) == "\"localhost\" is no numeric address";
  });
}

BOOST_AUTO_TEST_SUITE_END()
