#include "exchange/host_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace gemkeeper::proxy;

namespace {

const std::vector<std::string> further{"gemkeeper.example.org"};

}  // namespace

BOOST_AUTO_TEST_SUITE(host_rules)

BOOST_AUTO_TEST_CASE(the_host_of_an_authority_is_read) {
  struct {
    std::string_view authority, host;
  } const cases[] = {
      {"a.example", "a.example"},
      {"a.example:8001", "a.example"},
      {"a.example:", "a.example"},
      {"127.0.0.1:8001", "127.0.0.1"},
      {"[::1]", "[::1]"},
      {"[::1]:8001", "[::1]"},
      {"[fe80::1%25eth0]:80", "[fe80::1%25eth0]"},
      {"LOCALHOST:1", "LOCALHOST"},
      {"my_host-1.", "my_host-1."},
      // Malformed.
      {"", ""},
      {":80", ""},
      {"[::1", ""},
      {"[::1]x", ""},
      {"[::1]x:80", ""},
      {"a.example:80x", ""},
      {"a.example:-1", ""},
      {"a.example:123456", ""},
      {"a.example:80:80", ""},
      {"user@a.example", ""},
      {"user:pass@a.example", ""},
      {"a.example/path", ""},
      {"a.example#", ""},
      {"a b", ""},
      {"a.example, b.example", ""},
      {"\xc3\xa9.example", ""},
  };
  for (const auto& c : cases)
    BOOST_TEST(host_of_authority(c.authority) == c.host, c.authority);
}

BOOST_AUTO_TEST_CASE(names_that_no_public_dns_can_rebind_are_trusted) {
  for (const std::string_view host :
       {"localhost", "LocalHost", "localhost.", "api.localhost", "127.0.0.1", "10.1.2.3", "[::1]",
        "[fe80::1%25eth0]", "gemkeeper", "gemkeeper.", "box.local", "box.LAN", "proxy.internal",
        "gemkeeper.default.svc", "gemkeeper.default.svc.cluster.local", "nas.home.arpa",
        "gemkeeper.example.org", "GEMKEEPER.example.ORG", "gemkeeper.example.org."}) {
    BOOST_TEST(is_trusted_host(host, further), host);
  }
  for (const std::string_view host :
       {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1.nip.io",
        "1.evil", "evil.locals", "notgemkeeper.example.org", "sub.gemkeeper.example.org",
        "example.org", "lan.evil.example", "evil.svc.example"}) {
    BOOST_TEST(!is_trusted_host(host, further), host);
  }
}

BOOST_AUTO_TEST_CASE(pages_of_other_hosts_are_no_trusted_origins) {
  for (const std::string_view origin :
       {"http://localhost:3000", "https://LOCALHOST", "http://127.0.0.1", "http://[::1]:5173",
        "http://box.lan", "https://gemkeeper.example.org", "HTTP://localhost",
        // No web page's.
        "vscode-webview://1x2y", "chrome-extension://abcdef", "app://obsidian.md", "file://"}) {
    BOOST_TEST(is_trusted_origin(origin, further), origin);
  }
  for (const std::string_view origin :
       {"null", "NULL", "http://evil.example", "https://evil.example:8001",
        "https://localhost.evil.example", "http://localhost@evil.example", "HTTPS://evil.example",
        "http://evil.example\\.localhost"}) {
    BOOST_TEST(!is_trusted_origin(origin, further), origin);
  }
}

BOOST_AUTO_TEST_SUITE_END()
