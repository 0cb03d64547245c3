#include <gemkeeper/proxy/certificate_authority.hpp>
#include <gemkeeper/proxy/host_names.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace gemkeeper::proxy;
using strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(host_names)

BOOST_AUTO_TEST_CASE(a_name_has_one_form) {
  struct {
    std::string given, canonical;
  } const cases[] = {
      {"Example.COM", "example.com"},
      {"example.com.", "example.com"},
      {"my_host", "my_host"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
      {"1password.com", "1password.com"},
      {"", ""},
      {".", ""},
      {"a..b", ""},
      {".a", ""},
      {"a.com..", ""},
      {"-a.com", ""},
      {"a-.com", ""},
      {"a.com,DNS:b.com", ""},
      {"a b", ""},
      {"*.a.com", ""},
      {"a.com:443", ""},
      {"127.0.0.1", ""},
      {"127.1", ""},
      {"[::1]", ""},
      {"::1", ""},
      {"b\xc3\xbc.de", ""},
      {std::string("a\0b", 3), ""},
  };
  for (const auto& c : cases)
    BOOST_TEST(canonical_host_name(c.given) == c.canonical, c.given);
  std::string label(63, 'a');
  BOOST_TEST(canonical_host_name(label) == label);
  label += 'a';
  BOOST_TEST(canonical_host_name(label) == "");
}

BOOST_AUTO_TEST_CASE(a_host_is_intercepted_by_its_name_or_the_one_above) {
  intercept_settings settings;
  settings.hosts = {"api.example.com", "*.corp.example"};
  for (const std::string_view host :
       {"generativelanguage.googleapis.com", "GenerativeLanguage.GoogleAPIs.com.",
        "api.example.com", "a.corp.example", "b.a.CORP.example."}) {
    BOOST_TEST(is_intercepted(host, settings), host);
  }
  for (const std::string_view host :
       {"www.googleapis.com", "x.generativelanguage.googleapis.com", "example.com",
        "x.api.example.com", "corp.example", "xcorp.example", ".corp.example", "", "127.0.0.1"}) {
    BOOST_TEST(!is_intercepted(host, settings), host);
  }
}

BOOST_AUTO_TEST_CASE(a_ca_may_vouch_for_what_is_intercepted_and_for_the_proxy) {
  proxy_settings settings;
  settings.intercept.hosts = {"*.corp.example", "api.example.com", "corp.example"};
  settings.client.hosts = {"Proxy.Local", "192.168.1.9", "not a name", "[fd00::1]"};
  settings.listen = {{listen_address::family::tcp, "127.0.0.1", 1, {}},
                     {listen_address::family::tcp, "0.0.0.0", 1, {}},
                     {listen_address::family::tcp, "10.0.0.7", 1, {}},
                     {listen_address::family::unix_path, "", 0, "/run/x"}};
  const certificate_scope scope = scope_of(settings);
  BOOST_TEST(scope.names == (strings{"generativelanguage.googleapis.com", "corp.example",
                                     "api.example.com", "localhost", "proxy.local"}),
             boost::test_tools::per_element());
  BOOST_TEST(scope.addresses == (strings{"192.168.1.9", "fd00::1", "10.0.0.7"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
