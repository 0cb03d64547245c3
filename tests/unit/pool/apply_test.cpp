#include "fixture.hpp"

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

std::string names(const key_pool& pool, time_point now) {
  std::string text;
  for (const key_view& v : pool.keys(now))
    text += v.name + " ";
  return text;
}

key_spec unnamed(std::string secret) {
  key_spec spec;
  spec.secret = std::move(secret);
  return spec;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(applying_keys)

BOOST_FIXTURE_TEST_CASE(a_key_is_known_by_its_secret, fixture) {
  with_keys({"a", "b"});
  serve(quota(quota_period::day));
  serve(rejected);
  std::vector<key_spec> specs{key("a"), key("b"), key("c")};
  specs[0].name = "renamed";
  const apply_report report = pool.apply(specs, now);
  BOOST_TEST(report.added == 1U);
  BOOST_TEST(report.kept == 2U);
  BOOST_TEST(report.removed == 0U);
  BOOST_TEST(report.problems.empty());
  BOOST_TEST(view("renamed").state == key_state::cooling);
  BOOST_TEST(view("renamed").calls == 1U);
  BOOST_TEST(view("b").state == key_state::quarantined);
  BOOST_TEST(serve() == "c");
}

BOOST_FIXTURE_TEST_CASE(a_removed_key_serves_the_lease_it_has_and_no_more, fixture) {
  with_keys({"a", "b"});
  lease held = acquire();
  const apply_report report = pool.apply({key("b")}, now);
  BOOST_TEST(report.removed == 1U);
  BOOST_TEST(serve_many(2) == "bb");
  BOOST_TEST(held.secret() == "AIzaSecretOfKey-a");
  BOOST_TEST(held.key_name() == "a");
  settle(std::move(held), rejected);
  BOOST_TEST(!pool.next_probe_due());
  BOOST_TEST(names(pool, now) == "b ");
}

BOOST_FIXTURE_TEST_CASE(a_keys_new_proxy_is_for_its_next_lease_and_changes_nothing_else, fixture) {
  std::vector<key_spec> specs{key("a", "shared"), key("b", "shared")};
  specs[0].proxy = "http://user:password@old";
  pool.apply(specs, now);
  serve(rejected);  // a, then b
  const lease held = acquire();
  BOOST_TEST(held.proxy().empty());
  lease probe = *pool.next_probe(now + 1h);
  BOOST_TEST(probe.proxy() == "http://user:password@old");

  specs[0] = key("a", "shared");
  specs[0].proxy = "socks5://new";
  const apply_report report = pool.apply(specs, now);
  BOOST_TEST(report.kept == 2U);
  BOOST_TEST(view("a").state == key_state::quarantined);
  BOOST_TEST(view("a").calls == 1U);
  BOOST_TEST(probe.proxy() == "http://user:password@old");
  pool.settle_probe(std::move(probe), success, now + 1h);
  const lease next = acquire();
  BOOST_TEST(next.key_name() == "a");
  BOOST_TEST(next.proxy() == "socks5://new");
}

BOOST_FIXTURE_TEST_CASE(a_renamed_keys_lease_keeps_the_name_it_has, fixture) {
  with_keys({"a"});
  const lease held = acquire();
  std::vector<key_spec> specs{key("a")};
  specs[0].name = "renamed";
  pool.apply(specs, now);
  BOOST_TEST(held.key_name() == "a");
  BOOST_TEST(acquire().key_name() == "renamed");
}

BOOST_FIXTURE_TEST_CASE(a_key_that_comes_back_while_its_lease_lives_is_the_same, fixture) {
  with_keys({"a", "b"});
  lease held = acquire();
  with_keys({"b"});
  with_keys({"a", "b"});
  BOOST_TEST(view("a").in_flight == 1U);
  settle(std::move(held), quota(quota_period::minute));
  BOOST_TEST(serve_many(2) == "bb");
}

BOOST_FIXTURE_TEST_CASE(places_of_removed_keys_are_used_anew_without_their_past, fixture) {
  pool.apply({key("a", "p"), key("b", "q")}, now);
  serve(quota(quota_period::day));
  serve(rejected);
  pool.apply({key("c", "r"), key("d", "s")}, now);
  BOOST_TEST(serve_many(4) == "cdcd");
  BOOST_TEST(view("c").calls == 2U);
  BOOST_TEST(view("c").cool_downs.empty());
}

BOOST_FIXTURE_TEST_CASE(a_project_keeps_its_cool_down_when_its_keys_change, fixture) {
  pool.apply({key("a", "p")}, now);
  serve(quota(quota_period::minute));
  pool.apply({key("a", "p"), key("b", "p")}, now);
  pool.apply({key("b", "p")}, now);
  BOOST_TEST(serve() == "-");
}

BOOST_FIXTURE_TEST_CASE(weight_project_and_models_take_effect, fixture) {
  with_keys({"a", "b"});
  serve_many(2);
  std::vector<key_spec> specs{key("a", "p"), key("b", "p")};
  pool.apply(specs, now);
  BOOST_TEST(acquire().project() == acquire().project());
  pool.configure({.policy = policy::weighted});
  specs = {key("a"), key("b")};
  specs[0].weight = 3;
  specs[1].weight = 0;  // counts as 1
  pool.apply(specs, now);
  BOOST_TEST(serve_many(4).find("aa") != std::string::npos);
  specs[0].models = {model_name("another")};
  pool.apply(specs, now);
  BOOST_TEST(serve_many(3) == "bbb");
}

BOOST_FIXTURE_TEST_CASE(duplicate_secrets_and_names_are_reported_by_name, fixture) {
  std::vector<key_spec> specs{key("a"), key("b"), key("a"), key("b")};
  specs[2].name = "twin";           // the secret of a
  specs[3].secret = "another one";  // the name of b
  const apply_report report = pool.apply(specs, now);
  BOOST_REQUIRE(report.problems.size() == 2U);
  BOOST_TEST(report.problems[0] ==
             "key twin: has the same secret as key a and is ignored (remove one of the two)");
  BOOST_TEST(report.problems[1] ==
             "key name b: is used twice; the later one is called b-2 (give it a name of its own)");
  BOOST_TEST(names(pool, now) == "a b b-2 ");
  for (const std::string& problem : report.problems) {
    BOOST_TEST(problem.find("AIza") == std::string::npos);
  }
}

BOOST_FIXTURE_TEST_CASE(keys_without_a_name_get_one_and_keep_it, fixture) {
  std::vector<key_spec> specs{unnamed("first secret"), unnamed("second secret"), key("key-2")};
  BOOST_TEST(pool.apply(specs, now).problems.empty());
  BOOST_TEST(names(pool, now) == "key-1 key-3 key-2 ");
  specs.erase(specs.begin());
  specs.push_back(unnamed("third secret"));
  pool.apply(specs, now);
  BOOST_TEST(names(pool, now) == "key-3 key-2 key-1 ");
}

BOOST_FIXTURE_TEST_CASE(keys_are_shown_in_order_of_declaration, fixture) {
  with_keys({"c", "a"});
  with_keys({"b", "a", "c"});
  BOOST_TEST(names(pool, now) == "b a c ");
}

BOOST_FIXTURE_TEST_CASE(a_disabled_key_comes_back_when_it_is_enabled, fixture) {
  std::vector<key_spec> specs{key("a"), key("b")};
  specs[0].enabled = false;
  pool.apply(specs, now);
  BOOST_TEST(serve_many(2) == "bb");
  specs[0].enabled = true;
  pool.apply(specs, now);
  BOOST_TEST(serve_many(2) == "ab");
}

BOOST_AUTO_TEST_SUITE_END()
