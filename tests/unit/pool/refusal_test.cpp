#include "fixture.hpp"

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

key_spec of_tier(std::string name, tier t, std::string project = {}) {
  key_spec spec = key(std::move(name), std::move(project));
  spec.tier = t;
  return spec;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(refusals)

BOOST_FIXTURE_TEST_CASE(an_empty_pool_has_no_keys, fixture) {
  BOOST_TEST(refused().reason == no_key_reason::no_keys);
  with_keys({"a"});
  BOOST_TEST(serve() == "a");
  with_keys({});
  BOOST_TEST(refused().reason == no_key_reason::no_keys);
}

BOOST_FIXTURE_TEST_CASE(keys_that_are_disabled_rejected_or_for_other_models_are_not_usable,
                        fixture) {
  std::vector<key_spec> specs{key("a"), key("b"), key("c")};
  specs[0].enabled = false;
  specs[1].models = {model_name("another")};
  pool.apply(specs, now);
  meet("c", rejected);
  const no_key none = refused();
  BOOST_TEST(none.reason == no_key_reason::none_usable);
  BOOST_TEST(!none.earliest);
}

BOOST_FIXTURE_TEST_CASE(the_earliest_recovery_is_told, fixture) {
  with_keys({"a", "b", "c"});
  meet("a", quota(quota_period::day));
  meet("b", quota(quota_period::minute, 40s));
  meet("c", quota(quota_period::minute, 50s));
  const no_key none = refused();
  BOOST_TEST(none.reason == no_key_reason::all_cooling);
  BOOST_TEST((none.earliest == now + 40s));
  BOOST_TEST(!none.until_day_end);
}

BOOST_FIXTURE_TEST_CASE(the_earliest_recovery_is_this_requests, fixture) {
  pool.apply({key("a", "p"), key("b", "p"), key("c", "q"), key("d", "r")}, now);
  meet("a", quota(quota_period::minute, 10s));
  meet("c", quota(quota_period::minute, 20s));
  meet("d", quota(quota_period::day));
  const key_id a = view("a").id;
  const key_id b = view("b").id;
  const key_id c = view("c").id;
  BOOST_TEST((refused({.model = "m", .tried_keys = {a}}).earliest == now + 10s));
  BOOST_TEST((refused({.model = "m", .tried_keys = {a, b}}).earliest == now + 20s));
  const no_key daily = refused({.model = "m", .tried_keys = {a, b, c}});
  BOOST_TEST((daily.earliest == now + 12h));
  BOOST_TEST(daily.until_day_end);
  BOOST_TEST((refused({.model = "m", .tried_keys = {a, b}, .may_repeat_key = true}).earliest ==
              now + 10s));
}

BOOST_FIXTURE_TEST_CASE(a_key_rests_while_another_of_its_project_was_tried, fixture) {
  key_spec resting = key("b", "p");
  resting.quota.requests_per_minute = 1;
  pool.apply({key("a", "p"), resting}, now);
  meet("b", success);
  const no_key none = refused({.model = "m", .tried_keys = {view("a").id}});
  BOOST_TEST(none.reason == no_key_reason::all_cooling);
  BOOST_TEST((none.earliest == now + 60s));
}

BOOST_FIXTURE_TEST_CASE(a_trial_under_way_may_end_before_the_day_does, fixture) {
  with_keys({"a", "b"});
  meet("a", quota(quota_period::day));
  meet("b", quota(quota_period::minute));
  now += 1min;
  const lease trial = acquire();
  const no_key none = refused();
  BOOST_TEST((none.earliest == now + 12h - 1min));
  BOOST_TEST(!none.until_day_end);
}

BOOST_FIXTURE_TEST_CASE(a_request_that_tried_every_key_is_told_so, fixture) {
  with_keys({"a", "b"});
  request_traits traits{.model = "m"};
  for (int i = 0; i < 2; ++i) {
    const lease l = acquire(traits);
    traits.tried_keys.push_back(l.id());
  }
  BOOST_TEST(refused(traits).reason == no_key_reason::all_tried);
  traits.may_repeat_key = true;
  BOOST_TEST(acquire(traits).key_name() == "a");
}

BOOST_FIXTURE_TEST_CASE(a_project_not_tried_is_preferred, fixture) {
  pool.apply({key("a", "p"), key("b", "p"), key("c", "q")}, now);
  request_traits traits{.model = "m"};
  std::string names;
  for (int i = 0; i < 3; ++i) {
    const lease l = acquire(traits);
    names += l.key_name();
    traits.tried_keys.push_back(l.id());
    traits.tried_projects.push_back(l.project());
  }
  BOOST_TEST(names == "acb");
}

BOOST_FIXTURE_TEST_CASE(a_tried_key_comes_last_where_it_may_repeat, fixture) {
  pool.apply({key("a", "p"), key("b", "p")}, now);
  request_traits traits{.model = "m", .may_repeat_key = true};
  const lease first = acquire(traits);
  traits.tried_keys.push_back(first.id());
  traits.tried_projects.push_back(first.project());
  BOOST_TEST(acquire(traits).key_name() == "b");
  BOOST_TEST(acquire(traits).key_name() == "b");
}

BOOST_FIXTURE_TEST_CASE(only_untried_projects_are_asked_after_a_projects_quota, fixture) {
  pool.apply({key("a", "p"), key("b", "p"), key("c", "q")}, now);
  request_traits traits{.model = "m", .only_untried_projects = true};
  const lease first = acquire(traits);
  traits.tried_projects.push_back(first.project());
  BOOST_TEST(acquire(traits).key_name() == "c");
  meet("c", quota(quota_period::minute));
  BOOST_TEST((refused(traits).earliest == now + 1min));
  pool.apply({key("a", "p"), key("b", "p")}, now);
  BOOST_TEST(refused(traits).reason == no_key_reason::all_tried);
}

BOOST_FIXTURE_TEST_CASE(another_tier_means_one_that_is_not_excluded, fixture) {
  pool.apply({of_tier("a", tier::free), of_tier("b", tier::paid), of_tier("c", tier::unknown)},
             now);
  BOOST_TEST(serve_many(4, {.model = "m", .excluded_tier = tier::free}) == "bcbc");
  BOOST_TEST(serve_many(3, {.model = "m", .excluded_tier = tier::unknown}).size() == 3U);
  meet("b", quota(quota_period::day));
  meet("c", quota(quota_period::minute));
  BOOST_TEST((refused({.model = "m", .excluded_tier = tier::free}).earliest == now + 1min));
  pool.apply({of_tier("a", tier::free)}, now);
  BOOST_TEST(refused({.model = "m", .excluded_tier = tier::free}).reason ==
             no_key_reason::all_tried);
}

BOOST_FIXTURE_TEST_CASE(a_project_has_the_tier_that_one_of_its_keys_declares, fixture) {
  pool.apply({of_tier("a", tier::unknown, "p"), of_tier("b", tier::paid, "p")}, now);
  BOOST_TEST((acquire().project_tier() == tier::paid));
  const apply_report report =
      pool.apply({of_tier("a", tier::free, "p"), of_tier("b", tier::paid, "p")}, now);
  BOOST_TEST(report.problems.size() == 1U);
  BOOST_TEST((acquire().project_tier() == tier::free));
}

BOOST_AUTO_TEST_SUITE_END()
