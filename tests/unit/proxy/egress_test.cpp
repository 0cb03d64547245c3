#include <gemkeeper/proxy/egress.hpp>

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

static std::ostream& operator<<(std::ostream& out, egress::protocol kind) {
  return out << static_cast<int>(kind);
}

namespace {

using enum egress::protocol;

BOOST_AUTO_TEST_SUITE(egress_urls)

BOOST_AUTO_TEST_CASE(every_form_is_understood) {
  struct form {
    std::string text;
    egress::protocol kind;
    std::string host;
    unsigned port;
    std::string user, password, label;
  };
  const form forms[] = {
      {"direct", direct, "", 0, "", "", "direct"},
      {"http://proxy", http, "proxy", 80, "", "", "http://proxy:80"},
      {"HTTP://Proxy.Corp:3128/", http, "proxy.corp", 3128, "", "", "http://proxy.corp:3128"},
      {"https://proxy", https, "proxy", 443, "", "", "https://proxy:443"},
      {"socks5://10.0.0.1", socks5, "10.0.0.1", 1080, "", "", "socks5://10.0.0.1:1080"},
      {"socks5h://proxy:1", socks5, "proxy", 1, "", "", "socks5://proxy:1"},
      {"http://[2001:DB8::1]:8080", http, "2001:db8::1", 8080, "", "", "http://[2001:db8::1]:8080"},
      {"http://me@proxy:1", http, "proxy", 1, "me", "", "http://proxy:1"},
      {"http://me:@proxy:1", http, "proxy", 1, "me", "", "http://proxy:1"},
      {"http://me:pass:word@proxy:1", http, "proxy", 1, "me", "pass:word", "http://proxy:1"},
      {"http://m%65:p%40%2f%3a%25%20%c3%a9@proxy:1", http, "proxy", 1, "me", "p@/:% \xc3\xa9",
       "http://proxy:1"},
      {"socks5://a%3Ab:c@proxy:65535", socks5, "proxy", 65535, "a:b", "c", "socks5://proxy:65535"},
  };
  for (const form& f : forms) {
    BOOST_TEST_CONTEXT(f.text) {
      egress got;
      BOOST_TEST(parse_egress(f.text, got) == "");
      BOOST_TEST(got.kind == f.kind);
      BOOST_TEST(got.host == f.host);
      BOOST_TEST(got.port == f.port);
      BOOST_TEST(got.user == f.user);
      BOOST_TEST(got.password == f.password);
      BOOST_TEST(got.label() == f.label);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_without_the_text) {
  const std::string secret = "s3cret";
  const std::string cases[] = {
      "",
      "s3cret",
      "proxy:3128",
      "ftp://me:s3cret@proxy",
      "socks4://me:s3cret@proxy",
      "http//me:s3cret@proxy",
      "http:me:s3cret@proxy",
      "http://",
      "http://me:s3cret@",
      "http://:s3cret@proxy",
      "http://me:s3cret@proxy:0",
      "http://me:s3cret@proxy:65536",
      "http://me:s3cret@proxy:",
      "http://me:s3cret@proxy:80x",
      "http://me:s3cret@proxy:-1",
      "http://me:s3cret@proxy:+1",
      "http://me:s3cret@pro xy",
      "http://me:s3 cret@proxy",
      "http://me:s3cret\r\nX: y@proxy",
      "http://me:s3cret%0d%0aX@proxy",
      "http://me:s3cret%00@proxy",
      "http://me%0a:s3cret@proxy",
      "http://me:s3cret%@proxy",
      "http://me:s3cret%4@proxy",
      "http://me:s3cret%zz@proxy",
      "http://me:s3cret%+1@proxy",
      "http://me:s3cret@proxy/path",
      "http://me:s3cret@proxy?query",
      "http://me:s3cret@proxy#fragment",
      "http://me:s3cret/x@proxy",
      "http://me:s3cret@here@proxy",
      "http://me%3a:s3cret@proxy",
      "http://me:s3cret@[::1",
      "http://me:s3cret@[::1]x",
      "http://me:s3cret@[proxy]",
      "http://me:s3cret@::1",
      "http://me:s3cret@pr\xc3\xb6xy",
      "http://me:s3cret@a..b",
      "socks5://s3cret@proxy",
      "socks5://s3cret:@proxy",
      "http://me:s3cret@" + std::string(254, 'a'),
      "http://me:s3cret" + std::string(250, 'a') + "@proxy",
  };
  for (const std::string& text : cases) {
    BOOST_TEST_CONTEXT(text) {
      egress got;
      got.host = "untouched";
      const std::string wrong = parse_egress(text, got);
      BOOST_TEST(!wrong.empty());
      BOOST_TEST(wrong.find(secret) == wrong.npos);
      BOOST_TEST(got.host == "untouched");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::proxy
