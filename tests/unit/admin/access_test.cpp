#include "access.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gemkeeper::admin {
namespace {

using namespace std::chrono_literals;

credentials from(std::string_view host, std::string_view origin = {},
                 std::string_view authorization = {}) {
  credentials given;
  given.host = host;
  given.origin = origin;
  given.authorization = authorization;
  return given;
}

BOOST_AUTO_TEST_SUITE(access)

BOOST_AUTO_TEST_CASE(loopback_hosts_are_names_and_addresses_of_this_machine_alone) {
  for (const char* host : {"localhost", "LocalHost:8000", "127.0.0.1", "127.0.0.1:8000",
                           "127.9.8.7:1", "[::1]", "[::1]:8000"}) {
    BOOST_TEST(is_loopback_host(host), host);
  }
  for (const char* host :
       {"", "example.com", "localhost.example.com", "127.0.0.1.nip.io", "127.0.0.1:8000@evil",
        "10.0.0.1", "0.0.0.0", "[::1].evil", "[::2]", "localhost:", "localhost:80x",
        "localhost:123456", "127.1", "2130706433", "::1", "localhost.", " localhost"}) {
    BOOST_TEST(!is_loopback_host(host), host);
  }
}

BOOST_AUTO_TEST_CASE(without_a_token_a_foreign_name_or_page_is_refused) {
  const access_rules rules("");
  BOOST_TEST((rules.judge(from("localhost:8000")) == verdict::admitted));
  BOOST_TEST((rules.judge(from("localhost:8000", "http://localhost:8000")) == verdict::admitted));
  BOOST_TEST((rules.judge(from("rebound.example:8000")) == verdict::foreign_host));
  for (const char* origin :
       {"null", "http://evil.example", "http://localhost:9000", "http://localhost:8000.evil",
        "localhost:8000", "ftp://localhost:8000"}) {
    BOOST_TEST((rules.judge(from("localhost:8000", origin)) == verdict::foreign_origin), origin);
  }
  credentials embedded = from("localhost:8000");
  embedded.fetch_site = "cross-site";
  BOOST_TEST((rules.judge(embedded) == verdict::foreign_origin));
  embedded.fetch_site = "same-origin";
  BOOST_TEST((rules.judge(embedded) == verdict::admitted));
}

BOOST_AUTO_TEST_CASE(with_a_token_just_that_token_admits) {
  const access_rules rules("a-good-token");
  const auto with = [&](std::string_view authorization) {
    return rules.judge(from("admin.example", {}, authorization));
  };
  BOOST_TEST((with("Bearer a-good-token") == verdict::admitted));
  BOOST_TEST((with("bearer a-good-token") == verdict::admitted));
  BOOST_TEST((with("") == verdict::no_token));
  for (const char* wrong : {"Bearer ", "Bearer a-good-toke", "Bearer a-good-token ", "a-good-token",
                            "Basic a-good-token", "Bearer  a-good-token", "Bearer A-GOOD-TOKEN"}) {
    BOOST_TEST((with(wrong) == verdict::wrong_token), wrong);
  }
  BOOST_TEST((rules.judge(from("localhost", "http://evil.example", "Bearer a-good-token")) ==
              verdict::foreign_origin));
}

BOOST_AUTO_TEST_CASE(pauses_grow_with_failures_are_bounded_and_forgiven) {
  failure_pauses pauses;
  failure_pauses::time_point now{};
  BOOST_TEST((pauses.failed("10.0.0.1", now) == 250ms));
  BOOST_TEST((pauses.failed("10.0.0.1", now) == 500ms));
  BOOST_TEST((pauses.failed("10.0.0.2", now) == 250ms));  // another source's
  for (int i = 0; i < 20; ++i)
    pauses.failed("10.0.0.1", now);
  BOOST_TEST((pauses.failed("10.0.0.1", now) == 8s));
  now += 60s;
  BOOST_TEST((pauses.failed("10.0.0.1", now) < 8s));
  now += 1h;
  BOOST_TEST((pauses.failed("10.0.0.1", now) == 250ms));
}

BOOST_AUTO_TEST_CASE(of_many_sources_the_oldest_is_forgotten) {
  failure_pauses pauses;
  for (int i = 0; i < 5000; ++i)
    pauses.failed(std::to_string(i), {});
  BOOST_TEST(pauses.sources() == failure_pauses::max_sources);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
