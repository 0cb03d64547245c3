#include "fixture.hpp"

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

struct recovering : fixture {
  recovering() {
    with_keys({"a"});
    serve(quota(quota_period::minute));
    now += 1min;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(half_open)

BOOST_FIXTURE_TEST_CASE(after_a_cool_down_one_request_tries_first, recovering) {
  lease trial = acquire();
  const no_key others = refused();
  BOOST_TEST(others.reason == no_key_reason::all_cooling);
  BOOST_TEST(!others.earliest);
  BOOST_TEST(!others.until_day_end);
  settle(std::move(trial));
  const lease first = acquire();
  const lease second = acquire();
  BOOST_TEST((events.back().what == pool_event::kind::recovered));
  BOOST_TEST(events.back().model == "m");
}

BOOST_FIXTURE_TEST_CASE(a_trial_that_goes_on_for_long_opens_when_it_is_agreed_to, recovering) {
  lease trial = acquire();
  refused();
  pool.confirm(trial, now);
  BOOST_TEST((events.back().what == pool_event::kind::recovered));
  const lease second = acquire();
  const lease third = acquire();
  // Its end teaches nothing more, and is no trial's.
  const std::size_t told = events.size();
  settle(std::move(trial));
  BOOST_TEST(events.size() == told);
}

BOOST_FIXTURE_TEST_CASE(an_agreement_from_before_the_last_cool_down_proves_nothing, fixture) {
  with_keys({"a"});
  const lease before = acquire();
  serve(quota(quota_period::minute));
  now += 1min;
  lease trial = acquire();
  pool.confirm(before, now);
  refused();
  pool.confirm(lease(), now);
}

BOOST_FIXTURE_TEST_CASE(a_trial_that_proves_nothing_is_followed_by_another, recovering) {
  for (const outcome kind : {outcome::model_fault, outcome::client_fault, outcome::egress_fault,
                             outcome::request_too_large}) {
    lease trial = acquire();
    refused();
    settle(std::move(trial), {.kind = kind});
  }
  { const lease cancelled = acquire(); }
  const lease next = acquire();
  refused();
}

BOOST_FIXTURE_TEST_CASE(a_trial_that_fails_cools_again, recovering) {
  lease trial = acquire();
  settle(std::move(trial), quota(quota_period::minute, 30s));
  BOOST_TEST((refused().earliest == now + 30s));
  now += 30s;
  const lease next = acquire();
  refused();
}

BOOST_FIXTURE_TEST_CASE(only_the_trials_success_opens, fixture) {
  with_keys({"a"});
  lease before = acquire();
  serve(quota(quota_period::minute));
  now += 1min;
  lease trial = acquire();
  settle(std::move(before));
  refused();
  settle(std::move(trial));
  const lease first = acquire();
  const lease second = acquire();
}

BOOST_FIXTURE_TEST_CASE(each_model_tries_by_itself, recovering) {
  const lease trial = acquire();
  const lease other = acquire({.model = "another"});
  const lease another = acquire({.model = "another"});
}

BOOST_FIXTURE_TEST_CASE(a_trial_in_one_project_leaves_the_others_free, fixture) {
  with_keys({"a", "b"});
  meet("a", quota(quota_period::minute));
  now += 1min;
  std::vector<lease> held;
  std::string names;
  for (int i = 0; i < 4; ++i) {
    held.push_back(acquire());
    names += held.back().key_name();
  }
  BOOST_TEST(names == "babb");
}

BOOST_FIXTURE_TEST_CASE(all_keys_of_a_project_share_one_trial, fixture) {
  pool.apply({key("a", "p"), key("b", "p")}, now);
  serve(quota(quota_period::minute));
  now += 1min;
  const lease trial = acquire();
  refused();
}

BOOST_FIXTURE_TEST_CASE(a_reset_opens_at_once, recovering) {
  const lease trial = acquire();
  pool.reset(view("a").id, now);
  const lease first = acquire();
  const lease second = acquire();
}

BOOST_FIXTURE_TEST_CASE(a_recovery_survives_reloads_while_the_trial_is_out, recovering) {
  lease trial = acquire();
  with_keys({"a", "b"});
  const lease other = acquire();
  BOOST_TEST(other.key_name() == "b");
  const lease again = acquire();
  BOOST_TEST(again.key_name() == "b");
  settle(std::move(trial));
  BOOST_TEST(acquire().key_name() == "a");
}

BOOST_AUTO_TEST_SUITE_END()
