#include "upstream/routes.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

using namespace std::chrono_literals;

namespace gemkeeper::proxy {
namespace {

struct fixture {
  asio::io_context context;
  proxy_tls to_proxies{""};
  worker_load load;

  static upstream_settings through(std::string proxy) {
    upstream_settings settings;
    settings.host = "127.0.0.1";
    settings.proxy = std::move(proxy);
    return settings;
  }
  route_table table(std::string proxy = {}) {
    const upstream_settings settings = through(std::move(proxy));
    return {context.get_executor(), settings, settings, nullptr, to_proxies, load};
  }
};

BOOST_FIXTURE_TEST_SUITE(routes, fixture)

BOOST_AUTO_TEST_CASE(keys_without_a_proxy_share_one_route_whose_hold_counts_nothing) {
  route_table all = table();
  const auto route = all.of("");
  BOOST_TEST(route == all.of(""));
  BOOST_TEST(route.use_count() == 0);
  BOOST_TEST(route == all.of("direct"));
  BOOST_TEST(route->label() == "127.0.0.1");
  BOOST_TEST(!route->via());
  BOOST_TEST(!all.dialer());
  BOOST_TEST(!all.several());
}

BOOST_AUTO_TEST_CASE(a_key_has_the_route_of_its_proxy) {
  route_table all = table("http://u:p@127.0.0.1:3128");
  const auto common = all.of("");
  BOOST_TEST(common == all.of("http://u:p@127.0.0.1:3128"));
  BOOST_TEST(common->label() == "http://127.0.0.1:3128");
  BOOST_TEST(all.dialer() == common->via());

  const auto one = all.of("http://u:other@127.0.0.1:3128");
  BOOST_TEST(one == all.of("http://u:other@127.0.0.1:3128"));
  BOOST_TEST(one != common);
  BOOST_TEST(one->label() == common->label());
  BOOST_TEST(one->name() != common->name());  // the breaker of one user is not the other's
  BOOST_TEST(one->name().find("other") == std::string::npos);

  const auto straight = all.of("direct");
  BOOST_TEST(straight != common);
  BOOST_TEST(!straight->via());
  BOOST_TEST(all.several());
  BOOST_TEST(all.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_no_proxy_leads_nowhere_rather_than_straight) {
  route_table all = table();
  const auto route = all.of("ftp://u:p@127.0.0.1");
  BOOST_TEST(route != all.of(""));
  BOOST_REQUIRE(route->via() != nullptr);
  BOOST_TEST(route->label() == "http://:0");
}

BOOST_AUTO_TEST_CASE(a_route_that_nobody_uses_is_let_go) {
  route_table all = table();
  auto held = all.of("socks5://127.0.0.1:1");
  all.of("socks5://127.0.0.1:2");
  const auto now = std::chrono::steady_clock::now();
  all.sweep(now + 4min);
  BOOST_TEST(all.size() == 2U);
  all.sweep(now + 6min);
  BOOST_TEST(all.size() == 1U);
  BOOST_TEST(all.of("socks5://127.0.0.1:1") == held);
  held.reset();
  all.sweep(now + 12min);
  BOOST_TEST(all.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::proxy
