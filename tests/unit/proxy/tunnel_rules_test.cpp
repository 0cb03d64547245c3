#include "tunnel/tunnel_rules.hpp"

#include "tunnel/open_tunnel.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace gemkeeper;
using namespace gemkeeper::proxy;
using boost::asio::ip::make_address;

namespace {

using strings = std::vector<std::string>;

tunnel_rules rules(strings allow, strings deny = {}, std::vector<std::uint16_t> ports = {443}) {
  connect_settings settings;
  settings.allow = std::move(allow);
  settings.deny = std::move(deny);
  settings.ports = std::move(ports);
  return tunnel_rules(settings);
}

authority target(std::string_view text) {
  authority result;
  BOOST_REQUIRE(parse_authority(text, result) == "");
  return result;
}

// The reason why it is refused; empty: it is not.
std::string_view verdict(const tunnel_rules& by, std::string_view text) {
  const auto error = by.refuse(target(text));
  if (!error) return {};
  BOOST_TEST(error->http_status == 403);
  BOOST_TEST(error->status == "PERMISSION_DENIED");
  return error->reason;
}

endpoint_list endpoints(const strings& texts) {
  endpoint_list list;
  for (const std::string& text : texts)
    list.emplace_back(make_address(text), 443);
  return list;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tunnel_rules_of_connect)

BOOST_AUTO_TEST_CASE(names_are_allowed_exactly_or_below_a_suffix_and_deny_wins) {
  const tunnel_rules by =
      rules({"a.example", "*.b.example.", "*.GOOGLE.com"}, {"bad.b.example", "*.deep.b.example"});
  for (const std::string_view text : {"a.example:443", "A.EXAMPLE.:443", "x.b.example:443",
                                      "x.y.b.example:443", "www.google.com:443"}) {
    BOOST_TEST(verdict(by, text) == "", text);
  }
  for (const std::string_view text :
       {"x.a.example:443", "b.example:443", "xb.example:443", "aa.example:443",
        "a.example.evil:443", "bad.b.example:443", "x.deep.b.example:443", "google.com:443",
        "1.1.1.1:443", "[2606:4700::1111]:443"}) {
    BOOST_TEST(verdict(by, text) == "TUNNEL_REFUSED", text);
  }
}

BOOST_AUTO_TEST_CASE(addresses_are_allowed_and_denied_by_block) {
  const tunnel_rules by = rules({"8.8.0.0/16", "2606:4700::/32", "9.9.9.9"}, {"8.8.4.0/24"});
  BOOST_TEST(verdict(by, "8.8.8.8:443") == "");
  BOOST_TEST(verdict(by, "[::ffff:8.8.8.8]:443") == "");
  BOOST_TEST(verdict(by, "9.9.9.9:443") == "");
  BOOST_TEST(verdict(by, "[2606:4700::1]:443") == "");
  BOOST_TEST(verdict(by, "8.8.4.4:443") == "TUNNEL_REFUSED");
  BOOST_TEST(verdict(by, "[::ffff:8.8.4.4]:443") == "TUNNEL_REFUSED");
  BOOST_TEST(verdict(by, "[64:ff9b::8.8.4.4]:443") == "TUNNEL_REFUSED");
  BOOST_TEST(verdict(by, "9.9.9.10:443") == "TUNNEL_REFUSED");
  // A name may lead into an allowed block: its addresses will tell.
  BOOST_TEST(verdict(by, "dns.google:443") == "");
  BOOST_TEST(by.admits("dns.google", make_address("8.8.8.8")));
  BOOST_TEST(!by.admits("dns.google", make_address("8.8.4.4")));
  BOOST_TEST(!by.admits("dns.google", make_address("1.1.1.1")));
}

BOOST_AUTO_TEST_CASE(nothing_is_allowed_by_an_empty_list_and_all_is_denied_by_a_star) {
  BOOST_TEST(verdict(rules({}), "a.example:443") == "TUNNEL_REFUSED");
  BOOST_TEST(verdict(rules({}), "1.1.1.1:443") == "TUNNEL_REFUSED");
  BOOST_TEST(verdict(rules({"*"}), "a.example:443") == "");
  BOOST_TEST(verdict(rules({"*"}), "1.1.1.1:443") == "");
  BOOST_TEST(verdict(rules({"*"}, {"*"}), "a.example:443") == "TUNNEL_REFUSED");
  BOOST_TEST(verdict(rules({"*"}, {"*"}), "1.1.1.1:443") == "TUNNEL_REFUSED");
}

BOOST_AUTO_TEST_CASE(ports_that_are_not_listed_are_refused) {
  BOOST_TEST(verdict(rules({"*"}), "a.example:80") == "PORT_REFUSED");
  BOOST_TEST(verdict(rules({"*"}, {}, {80, 8443}), "a.example:8443") == "");
  BOOST_TEST(verdict(rules({"*"}, {}, {}), "a.example:443") == "PORT_REFUSED");
}

BOOST_AUTO_TEST_CASE(names_and_numbers_that_lead_inward_are_refused_before_any_look_up) {
  for (const std::string_view host : {"localhost",
                                      "localhost.",
                                      "LOCALHOST",
                                      "api.localhost",
                                      "localhost.localdomain",
                                      "metadata.google.internal",
                                      "Metadata.Google.Internal.",
                                      "127.1",
                                      "127.0.1",
                                      "2130706433",
                                      "017700000001",
                                      "0177.0.0.1",
                                      "0x7f.1",
                                      "0x7f000001",
                                      "0X7F.0.0.1",
                                      "127.0.0.01",
                                      "0",
                                      "0x0",
                                      "00.0.0.0",
                                      "10.1",
                                      "4294967295",
                                      "127.1.",
                                      "999999999999"}) {
    const std::string text = std::string(host) + ":443";
    BOOST_TEST(verdict(rules({"*"}), text) == "ADDRESS_REFUSED", host);
  }
  BOOST_TEST(verdict(rules({"*"}), "localhost.example:443") == "");
}

BOOST_AUTO_TEST_CASE(of_the_addresses_found_only_those_that_pass_are_connected_to) {
  address_guard guard;
  const tunnel_rules by = rules({"*"}, {"9.9.9.0/24"});
  const authority name = target("rebound.example:443");
  BOOST_TEST((admitted(endpoints({"127.0.0.1", "1.1.1.1", "::1", "9.9.9.9", "2606:4700::1",
                                  "::ffff:10.0.0.1", "169.254.169.254"}),
                       name, by, guard) == endpoints({"1.1.1.1", "2606:4700::1"})));
  BOOST_TEST(admitted(endpoints({"127.0.0.1"}), name, by, guard).empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_an_entry_is_told_with_a_remedy) {
  const std::string forms =
      "(write \"example.com\", \"*.example.com\", \"*\", an address, or a block like "
      "192.0.2.0/24)";
  struct {
    std::string_view entry;
    std::string problem;
  } const cases[] = {
      {"", "\"\" is neither a name nor an address " + forms},
      {"*.", "\"*.\" is neither a name nor an address " + forms},
      {"*example.com", "\"*example.com\" is neither a name nor an address " + forms},
      {"a.*.example", "\"a.*.example\" is neither a name nor an address " + forms},
      {"a b", "\"a b\" is neither a name nor an address " + forms},
      {"https://a.example", "\"https://a.example\" is a URL, not a host " + forms},
      {"a.example:443", "\"a.example:443\" must not have a port (ports stand in connect.ports)"},
      {"[2606::1]:443", "\"[2606::1]:443\" must not have a port (ports stand in connect.ports)"},
      {"127.1", "\"127.1\" is no address or CIDR block (write 192.0.2.0/24 or 2001:db8::/32)"},
      {"8.8.8.8/8", "\"8.8.8.8/8\" has bits set beyond its prefix length"},
  };
  for (const auto& c : cases) {
    BOOST_TEST(complaint_about_tunnel_host(c.entry, tunnel_list::allow) == c.problem);
    BOOST_TEST(complaint_about_tunnel_host(c.entry, tunnel_list::deny) == c.problem);
  }
  for (const std::string_view entry :
       {"*", "a.example", "*.a.example", "8.8.8.8", "8.0.0.0/8", "2606::1", "[2606::1]"}) {
    BOOST_TEST(complaint_about_tunnel_host(entry, tunnel_list::allow) == "");
  }
  BOOST_TEST(complaint_about_tunnel_host("10.0.0.0/8", tunnel_list::deny) == "");
  BOOST_TEST(complaint_about_tunnel_host("10.0.0.0/8", tunnel_list::allow) ==
             "\"10.0.0.0/8\" is not public, and tunnels lead to public addresses only (remove it)");
  BOOST_CHECK_EXCEPTION(rules({"*"}, {"a b"}), std::runtime_error, [&](const auto& e) {
    return std::string(e.what()) ==
           "connect.deny: \"a b\" is neither a name nor an address " + forms;
  });
}

BOOST_AUTO_TEST_SUITE_END()
