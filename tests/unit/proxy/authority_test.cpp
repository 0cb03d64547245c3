#include "tunnel/authority.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>

using namespace gemkeeper::proxy;

namespace gemkeeper::proxy {

std::ostream& operator<<(std::ostream& out, authority::form kind) {
  return out << static_cast<int>(kind);
}

}  // namespace gemkeeper::proxy

BOOST_AUTO_TEST_SUITE(authorities)

BOOST_AUTO_TEST_CASE(a_target_is_a_host_and_a_port) {
  using enum authority::form;
  struct {
    std::string_view text;
    authority::form kind;
    std::string_view host;
    unsigned port;
    std::string_view again;
  } const cases[] = {
      {"a.example:443", name, "a.example", 443, "a.example:443"},
      {"A.Example.:1", name, "a.example", 1, "a.example:1"},
      {"my_host-1:65535", name, "my_host-1", 65535, "my_host-1:65535"},
      {"xn--bcher-kva.example:443", name, "xn--bcher-kva.example", 443,
       "xn--bcher-kva.example:443"},
      {"localhost.:00443", name, "localhost", 443, "localhost:443"},
      {"192.0.2.1:80", address, "192.0.2.1", 80, "192.0.2.1:80"},
      {"192.0.2.1.:80", address, "192.0.2.1", 80, "192.0.2.1:80"},
      {"[2001:DB8::1]:443", address, "2001:db8::1", 443, "[2001:db8::1]:443"},
      {"[::ffff:127.0.0.1]:443", address, "::ffff:127.0.0.1", 443, "[::ffff:127.0.0.1]:443"},
      {"127.1:443", odd_number, "127.1", 443, "127.1:443"},
      {"2130706433:443", odd_number, "2130706433", 443, "2130706433:443"},
      {"017700000001:443", odd_number, "017700000001", 443, "017700000001:443"},
      {"0x7f.1:443", odd_number, "0x7f.1", 443, "0x7f.1:443"},
      {"0X7F000001:443", odd_number, "0x7f000001", 443, "0x7f000001:443"},
      {"0x7f000001.:443", odd_number, "0x7f000001", 443, "0x7f000001:443"},
      {"127.0.0.01:443", odd_number, "127.0.0.01", 443, "127.0.0.01:443"},
      {"256.1.1.1:443", odd_number, "256.1.1.1", 443, "256.1.1.1:443"},
      {"1.2.3.4.5:443", odd_number, "1.2.3.4.5", 443, "1.2.3.4.5:443"},
      {"a.example.0x:443", odd_number, "a.example.0x", 443, "a.example.0x:443"},
      {"0:443", odd_number, "0", 443, "0:443"},
      {"1.example:443", name, "1.example", 443, "1.example:443"},
      {"0xyz:443", name, "0xyz", 443, "0xyz:443"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      authority got;
      BOOST_TEST(parse_authority(c.text, got) == "");
      BOOST_TEST(got.kind == c.kind);
      BOOST_TEST(got.host == c.host);
      BOOST_TEST(got.port == c.port);
      BOOST_TEST(got.address.has_value() == (c.kind == address));
      BOOST_TEST(to_text(got) == c.again);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_target_is_told) {
  const std::string port = "its port is no number from 1 to 65535";
  const std::string host = "its host is neither a name nor an address";
  const std::string bytes = "it holds white space or control characters";
  struct {
    std::string text, problem;
  } const cases[] = {
      {"", "it is empty"},
      {":443", "it has no host"},
      {".:443", "it has no host"},
      {"[]:443", "it has no host"},
      {"a.example", "it has no port (write host:443)"},
      {"[2001:db8::1]", "it has no port (write host:443)"},
      {"a.example:", port},
      {"a.example:0", port},
      {"a.example:65536", port},
      {"a.example:000443", port},
      {"a.example:+443", port},
      {"a.example:-1", port},
      {"a.example:443x", port},
      {"a.example:0x1bb", port},
      {"a.example:4 43", bytes},
      {"a.example :443", bytes},
      {"a\r\nb:443", bytes},
      {std::string("a\0b:443", 7), bytes},
      {"a\x7f:443", bytes},
      {"b\xc3\xbc"
       "cher.example:443",
       "it is not ASCII (write international names as xn--…)"},
      {"user@a.example:443", "it holds credentials, which have no place there"},
      {"user:pass@a.example:443", "it holds credentials, which have no place there"},
      {"https://a.example:443", "it is a URL or a path (write host:443)"},
      {"a.example:443/", "it is a URL or a path (write host:443)"},
      {"a.example\\b:443", "it is a URL or a path (write host:443)"},
      {"a.example:443#x", "it is a URL or a path (write host:443)"},
      {"::1:443", "it has more than one ':' (IPv6 addresses stand in brackets)"},
      {"a.example:443:443", "it has more than one ':' (IPv6 addresses stand in brackets)"},
      {"[::1:443", "its '[' is not closed"},
      {"[::1]x:443", "only a port may follow its ']'"},
      {"[127.0.0.1]:443", "what stands in brackets is no IPv6 address"},
      {"[a.example]:443", "what stands in brackets is no IPv6 address"},
      {"[1::2::3]:443", "what stands in brackets is no IPv6 address"},
      {"[fe80::1%eth0]:443", "its address has a zone (%…)"},
      {"[fe80::1%25eth0]:443", "its address has a zone (%…)"},
      {"%6cocalhost:443", "its host is percent-encoded"},
      {"a..example:443", host},
      {".a.example:443", host},
      {"a.example..:443", host},
      {"a,b:443", host},
      {"*.example:443", host},
      {std::string(64, 'a') + ".example:443", host},
      {std::string(63, 'a') + '.' + std::string(63, 'b') + '.' + std::string(63, 'c') + '.' +
           std::string(62, 'd') + ":443",
       host},
  };
  for (const auto& c : cases) {
    authority ignored;
    BOOST_TEST(parse_authority(c.text, ignored) == c.problem, c.text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
