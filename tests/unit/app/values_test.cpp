#include <gemkeeper/app/values.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace gemkeeper::app {
namespace {

using std::chrono::milliseconds;
using family = proxy::listen_address::family;

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(durations_are_read_and_written) {
  struct row {
    std::string_view text;
    std::int64_t milliseconds;
    std::string_view written;
  };
  for (const auto& [text, expected, written] : {row{"0", 0, "0s"},
                                                {"0s", 0, "0s"},
                                                {"500ms", 500, "500ms"},
                                                {"30s", 30'000, "30s"},
                                                {"1.5s", 1'500, "1500ms"},
                                                {"90s", 90'000, "90s"},
                                                {"5m", 300'000, "5m"},
                                                {"60m", 3'600'000, "1h"},
                                                {"24h", 86'400'000, "1d"}}) {
    milliseconds value{-1};
    BOOST_TEST(parse_duration(text, value) == "");
    BOOST_TEST(value.count() == expected);
    BOOST_TEST(format_duration(value) == written);
  }
}

BOOST_AUTO_TEST_CASE(other_text_is_no_duration) {
  const std::string hint =
      " is not a duration (write \"500ms\", \"30s\", \"5m\", \"1h\" or \"7d\")";
  for (const std::string text :
       {"", "s", "30", "-5s", "5 s", "1h30m", "1..5s", "5S", "1e3s", "infs"}) {
    milliseconds value{7};
    BOOST_TEST(parse_duration(text, value) == "\"" + text + "\"" + hint);
    BOOST_TEST(value.count() == 7);
  }
  milliseconds value{};
  BOOST_TEST(parse_duration("99999d", value) == "\"99999d\" is longer than ten years");
}

BOOST_AUTO_TEST_CASE(sizes_are_read_and_written) {
  struct row {
    std::string_view text;
    std::uint64_t bytes;
    std::string_view written;
  };
  for (const auto& [text, expected, written] : {row{"0", 0, "0"},
                                                {"4096", 4096, "4KiB"},
                                                {"512B", 512, "512B"},
                                                {"64KiB", 65'536, "64KiB"},
                                                {"16MiB", 16'777'216, "16MiB"},
                                                {"1GiB", 1'073'741'824, "1GiB"},
                                                {"10MB", 10'000'000, "10MB"}}) {
    std::uint64_t value = 1;
    BOOST_TEST(parse_size(text, value) == "");
    BOOST_TEST(value == expected);
    BOOST_TEST(format_size(value) == written);
  }
}

BOOST_AUTO_TEST_CASE(other_text_is_no_size) {
  for (const std::string text : {"", "MiB", "-1", "1.5MiB", "16 MiB", "16mib", "16MiBs"}) {
    std::uint64_t value = 7;
    BOOST_TEST(parse_size(text, value) ==
               "\"" + text +
                   "\" is not a size (write \"64KiB\", \"16MiB\", \"1GiB\", \"10MB\" or a number "
                   "of bytes)");
    BOOST_TEST(value == 7);
  }
  std::uint64_t value = 7;
  BOOST_TEST(parse_size("9223372036854775807KiB", value) ==
             "\"9223372036854775807KiB\" is too large");
}

BOOST_AUTO_TEST_CASE(listen_addresses_are_read_and_written) {
  struct row {
    std::string_view text;
    family kind;
    std::string_view host;
    unsigned port;
    std::string_view path;
    std::string_view written;
    bool local;
  };
  for (const row& r :
       {row{"127.0.0.1:8001", family::tcp, "127.0.0.1", 8001, "", "127.0.0.1:8001", true},
        {"localhost:0", family::tcp, "127.0.0.1", 0, "", "127.0.0.1:0", true},
        {"[::1]:65535", family::tcp, "::1", 65535, "", "[::1]:65535", true},
        {"0.0.0.0:80", family::tcp, "0.0.0.0", 80, "", "0.0.0.0:80", false},
        {"[::]:80", family::tcp, "::", 80, "", "[::]:80", false},
        {"10.1.2.3:80", family::tcp, "10.1.2.3", 80, "", "10.1.2.3:80", false},
        {"127.9.9.9:80", family::tcp, "127.9.9.9", 80, "", "127.9.9.9:80", true},
        {"unix:/run/g.sock", family::unix_path, "", 0, "/run/g.sock", "unix:/run/g.sock", true}}) {
    proxy::listen_address value;
    BOOST_TEST(parse_listen_address(r.text, value) == "");
    BOOST_TEST((value.kind == r.kind));
    BOOST_TEST(value.host == r.host);
    BOOST_TEST(value.port == r.port);
    BOOST_TEST(value.path == r.path);
    BOOST_TEST(format_listen_address(value) == r.written);
    BOOST_TEST(is_local(value) == r.local);
  }
}

BOOST_AUTO_TEST_CASE(wrong_listen_addresses_are_explained) {
  const std::string forms = " (write \"127.0.0.1:8001\", \"[::1]:8001\" or \"unix:/path/to.sock\")";
  const std::pair<std::string, std::string> table[] = {
      {"", "\"\" is not an address with a port" + forms},
      {"8001", "\"8001\" is not an address with a port" + forms},
      {"127.0.0.1", "\"127.0.0.1\" is not an address with a port" + forms},
      {"[::1]", "\"[::1]\" is not an address with a port" + forms},
      {"[::1]8001", "\"[::1]8001\" is not an address with a port" + forms},
      {"[::1:8001", "\"[::1:8001\" is not an address with a port" + forms},
      {":8001", "\":8001\" is not a numeric address" + forms},
      {"::1:8001", "\"::1:8001\" is not a numeric address" + forms},
      {"example.com:80", "\"example.com:80\" is not a numeric address" + forms},
      {"127.1:80", "\"127.1:80\" is not a numeric address" + forms},
      {"[127.0.0.1]:80", "\"[127.0.0.1]:80\" is not a numeric address" + forms},
      {"127.0.0.1:", "\"\" is not a port (0 to 65535)"},
      {"127.0.0.1:65536", "\"65536\" is not a port (0 to 65535)"},
      {"127.0.0.1:+80", "\"+80\" is not a port (0 to 65535)"},
      {"127.0.0.1:80 ", "\"80 \" is not a port (0 to 65535)"},
      {"unix:", "\"unix:\" must be followed by a path"},
      {"unix:/" + std::string(200, 'x'), "the socket path \"/" + std::string(200, 'x') +
                                             "\" is longer than 107 bytes, the system's limit"}};
  for (const auto& [text, expected] : table) {
    proxy::listen_address value;
    BOOST_TEST(parse_listen_address(text, value) == expected);
  }
}

BOOST_AUTO_TEST_CASE(base_urls_are_read_and_written) {
  struct row {
    std::string_view text;
    bool tls;
    std::string_view host;
    unsigned port;
    std::string_view prefix;
    std::string_view written;
  };
  for (const row& r :
       {row{"https://generativelanguage.googleapis.com", true, "generativelanguage.googleapis.com",
            443, "", "https://generativelanguage.googleapis.com"},
        {"HTTP://LocalHost:8080/", false, "localhost", 8080, "", "http://localhost:8080"},
        {"https://[::1]:8443/a/b/", true, "::1", 8443, "/a/b", "https://[::1]:8443/a/b"},
        {"http://127.0.0.1:80", false, "127.0.0.1", 80, "", "http://127.0.0.1"}}) {
    proxy::upstream_settings value;
    BOOST_TEST(parse_base_url(r.text, value) == "");
    BOOST_TEST(value.tls == r.tls);
    BOOST_TEST(value.host == r.host);
    BOOST_TEST(value.port == r.port);
    BOOST_TEST(value.path_prefix == r.prefix);
    BOOST_TEST(format_base_url(value) == r.written);
  }
}

BOOST_AUTO_TEST_CASE(wrong_base_urls_are_explained_without_repeating_them) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"", "must start with \"https://\" or \"http://\""},
      {"example.com", "must start with \"https://\" or \"http://\""},
      {"ftp://example.com", "must start with \"https://\" or \"http://\""},
      {"https:/example.com", "must start with \"https://\" or \"http://\""},
      {"https://", "has no valid host name or address"},
      {"https:///v1beta", "has no valid host name or address"},
      {"https://exa mple.com", "has no valid host name or address"},
      {"https://[::g]", "has no valid host name or address"},
      {"https://[::1", "has a malformed host or port"},
      {"https://user:pass@example.com",
       "must not hold credentials (the pool's keys are the only ones sent)"},
      {"https://example.com?key=SECRET", "must not have a query or a fragment"},
      {"https://example.com/#top", "must not have a query or a fragment"},
      {"https://example.com:", "has no valid port (1 to 65535)"},
      {"https://example.com:0", "has no valid port (1 to 65535)"},
      {"https://example.com:99999", "has no valid port (1 to 65535)"},
      {"https://example.com/a b", "has a path with characters that must be percent-encoded"},
      {"https://example.com/\r\nX: y", "has a path with characters that must be percent-encoded"}};
  for (const auto& [text, expected] : table) {
    proxy::upstream_settings value;
    BOOST_TEST(parse_base_url(text, value) == expected);
    BOOST_TEST(value.host == "generativelanguage.googleapis.com");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
