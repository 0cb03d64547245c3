// What a client makes in a row goes to one project.
#include "fixture.hpp"
#include <gemkeeper/pool/recent_projects.hpp>

#include <string>

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

const time_point noon{std::chrono::hours(500'000)};

project_ref ref(std::string_view name) {
  return {make_key_id("hash key", name), project_name(std::string(name))};
}

struct preferring : fixture {
  preferring() { pool.apply({key("a", "p"), key("b", "p"), key("c", "q"), key("d")}, now); }
  request_traits beside(std::string_view name) {
    return {.model = "m", .prefer = pool.project_of(view(name).id)};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(together)

BOOST_AUTO_TEST_CASE(each_client_is_remembered_for_a_while) {
  recent_projects all;
  BOOST_TEST(!all.find("x", 60s, noon));
  all.note("x", ref("p"), noon);
  all.note("", ref("q"), noon);
  BOOST_TEST((all.find("x", 60s, noon + 60s) == ref("p")));
  BOOST_TEST((all.find("", 60s, noon + 1s) == ref("q")));
  BOOST_TEST(!all.find("x", 60s, noon + 61s));
  BOOST_TEST(!all.find("y", 60s, noon));
  all.note("x", ref("q"), noon + 30s);
  BOOST_TEST((all.find("x", 60s, noon + 90s) == ref("q")));
  BOOST_TEST(all.find("x", 60s, noon - 3600s).has_value());
}

BOOST_AUTO_TEST_CASE(clients_beyond_the_most_push_others_out) {
  recent_projects all;
  for (std::size_t i = 0; i <= recent_projects::max_clients; ++i)
    all.note(std::to_string(i), ref("p"), noon);
  std::size_t known = 0;
  for (std::size_t i = 0; i <= recent_projects::max_clients; ++i)
    known += all.find(std::to_string(i), 60s, noon).has_value();
  BOOST_TEST(known == recent_projects::max_clients);
}

BOOST_FIXTURE_TEST_CASE(a_preferred_project_goes_first_whosever_turn_it_is, preferring) {
  BOOST_TEST(serve_many(4, beside("a")) == "abab");
  BOOST_TEST(serve_many(2, beside("c")) == "cc");
  BOOST_TEST(!acquire(beside("c")).chosen().pinned);
}

BOOST_FIXTURE_TEST_CASE(where_it_is_out_the_others_serve, preferring) {
  meet("c", quota(quota_period::minute, 30s));
  for (int i = 0; i < 6; ++i)
    BOOST_TEST(serve(success, beside("c")) != "c");
  now += 31s;
  BOOST_TEST(serve(success, beside("c")) == "c");
  const project_ref gone = ref("nobody");
  BOOST_TEST(serve(success, {.model = "m", .prefer = gone}) != "-");
}

BOOST_FIXTURE_TEST_CASE(its_other_keys_go_before_other_projects, preferring) {
  request_traits traits = beside("a");
  const lease first = acquire(traits);
  BOOST_TEST(first.key_name() == "a");
  traits.tried_keys.push_back(first.id());
  traits.tried_projects.push_back(first.project());
  const lease second = acquire(traits);
  BOOST_TEST(second.key_name() == "b");
  traits.tried_keys.push_back(second.id());
  const std::string third = serve(success, traits);
  BOOST_TEST((third == "c" || third == "d"), third);
  traits.tried_keys.pop_back();
  traits.only_untried_projects = true;  // its quota is out
  for (int i = 0; i < 4; ++i) {
    const std::string next = serve(success, traits);
    BOOST_TEST((next == "c" || next == "d"), next);
  }
}

BOOST_AUTO_TEST_SUITE_END()
