#include "fixture.hpp"

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

verdict of_project(std::string google, verdict what = {.kind = outcome::client_fault}) {
  what.google_project = std::move(google);
  return what;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(merging_projects)

BOOST_FIXTURE_TEST_CASE(undeclared_keys_of_one_google_project_share_their_cool_downs, fixture) {
  with_keys({"a", "b", "c"});
  meet("a", of_project("projects/1"));
  meet("b", of_project("projects/1"));
  meet("c", of_project("projects/2"));
  meet("a", quota(quota_period::minute));
  BOOST_TEST(serve_many(2) == "cc");
  BOOST_TEST(view("b").state == key_state::cooling);
  BOOST_TEST(view("b").project.value == "projects/1");
  BOOST_TEST(acquire({.model = "another"}).project() != acquire({.model = "another"}).project());
}

BOOST_FIXTURE_TEST_CASE(the_error_that_proves_it_cools_both, fixture) {
  with_keys({"a", "b"});
  meet("a", of_project("projects/1"));
  meet("b", of_project("projects/1", quota(quota_period::minute)));
  BOOST_TEST((refused().earliest == now + 1min));
}

BOOST_FIXTURE_TEST_CASE(the_cool_down_of_the_one_that_joins_counts_for_all, fixture) {
  with_keys({"a", "b"});
  meet("a", of_project("projects/1"));
  lease late = acquire({.model = "m", .tried_keys = {view("a").id}});
  meet("b", quota(quota_period::day));
  meet("b", {.kind = outcome::project_exhausted, .reason = "prepaid"}, "another");
  settle(std::move(late), of_project("projects/1"));
  BOOST_TEST((refused().earliest == now + 12h));
  BOOST_TEST((refused({.model = "another"}).earliest == now + 1h));
  BOOST_TEST((refused({.model = "never seen"}).earliest == now + 1h));
  BOOST_TEST(view("a").cool_downs.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(declared_projects_are_never_split_or_merged, fixture) {
  pool.apply({key("a", "p"), key("b", "p"), key("c", "q")}, now);
  meet("a", of_project("projects/1"));
  meet("b", of_project("projects/2"));
  meet("c", of_project("projects/1"));
  meet("a", quota(quota_period::minute));
  BOOST_TEST(serve_many(2) == "cc");
}

BOOST_FIXTURE_TEST_CASE(an_undeclared_key_joins_a_declared_project_whichever_is_known_first,
                        fixture) {
  pool.apply({key("a", "p"), key("b"), key("c"), key("d", "projects/9"), key("e")}, now);
  meet("b", of_project("projects/1"));
  meet("c", of_project("projects/1"));
  meet("a", of_project("projects/1"));
  meet("e", of_project("projects/9"));
  for (const char* name : {"b", "c"})
    BOOST_TEST(view(name).project.value == "p");
  BOOST_TEST(view("e").project.value == "projects/9");
  meet("c", quota(quota_period::minute));
  meet("d", quota(quota_period::minute));
  BOOST_TEST(serve() == "-");
}

BOOST_FIXTURE_TEST_CASE(what_was_learned_survives_a_reload, fixture) {
  with_keys({"a", "b", "c"});
  meet("a", of_project("projects/1"));
  meet("b", of_project("projects/1"));
  with_keys({"c", "b", "a"});
  meet("a", quota(quota_period::minute));
  BOOST_TEST(serve_many(2) == "cc");
}

BOOST_FIXTURE_TEST_CASE(a_declaration_overrules_what_was_learned, fixture) {
  with_keys({"a", "b"});
  meet("a", of_project("projects/1"));
  meet("b", of_project("projects/1"));
  pool.apply({key("a"), key("b", "q")}, now);
  meet("a", quota(quota_period::minute));
  BOOST_TEST(serve() == "b");
}

BOOST_FIXTURE_TEST_CASE(a_body_that_contradicts_an_earlier_one_changes_nothing, fixture) {
  with_keys({"a", "b"});
  meet("a", of_project("projects/1"));
  meet("b", of_project("projects/2"));
  meet("b", of_project("projects/1"));
  meet("a", quota(quota_period::minute));
  BOOST_TEST(serve() == "b");
}

BOOST_FIXTURE_TEST_CASE(no_name_proves_nothing, fixture) {
  with_keys({"a", "b"});
  meet("a", of_project(""));
  meet("b", of_project(""));
  meet("a", quota(quota_period::minute));
  BOOST_TEST(serve() == "b");
}

BOOST_FIXTURE_TEST_CASE(leases_of_the_project_that_is_left_still_settle, fixture) {
  with_keys({"a", "b"});
  meet("a", of_project("projects/1"));
  meet("b", quota(quota_period::minute));
  now += 1min;
  lease trial = acquire({.model = "m", .tried_keys = {view("a").id}});
  lease other = acquire({.model = "another", .tried_keys = {view("a").id}});
  settle(std::move(other), of_project("projects/1"));
  settle(std::move(trial));
  BOOST_TEST(serve_many(4) == "baba");
  BOOST_TEST(view("b").in_flight == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_key_that_changes_its_project_neither_starves_nor_bursts, fixture) {
  with_keys({"a", "b"});
  for (int i = 0; i < 50; ++i)
    meet("b", success);
  meet("a", of_project("projects/1"));
  meet("b", of_project("projects/1"));
  BOOST_TEST(serve_many(5) == "babab");
  pool.apply({key("a", "p"), key("b", "q"), key("c", "q")}, now);
  for (int i = 0; i < 50; ++i)
    meet("c", success);
  pool.apply({key("a", "p"), key("b", "q"), key("c", "p")}, now);
  BOOST_TEST(serve_many(5) == "abcba");
}

BOOST_AUTO_TEST_SUITE_END()
