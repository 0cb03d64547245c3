#include "fixture.hpp"

#include <memory>

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

struct waiting_request {
  int woken = 0;
  std::unique_ptr<waiter> place = std::make_unique<waiter>([this] { ++woken; });
};

struct queue_fixture : fixture {
  waiting_request first, second, third;

  queue_fixture() { with_keys({"a"}); }

  void wait_all() {
    for (waiting_request* w : {&first, &second, &third})
      pool.wait("m", *w->place);
  }
  std::variant<lease, no_key> ask(waiting_request& w) {
    return pool.acquire({.model = "m"}, *w.place, now);
  }
  no_key_reason refused_to(waiting_request& w) {
    auto got = ask(w);
    BOOST_REQUIRE(std::holds_alternative<no_key>(got));
    return std::get<no_key>(got).reason;
  }
  lease served_to(waiting_request& w) {
    auto got = ask(w);
    BOOST_REQUIRE(std::holds_alternative<lease>(got));
    return std::get<lease>(std::move(got));
  }
  std::string woken() const {
    return std::to_string(first.woken) + std::to_string(second.woken) + std::to_string(third.woken);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(waiting)

BOOST_FIXTURE_TEST_CASE(those_who_wait_are_served_in_order, queue_fixture) {
  serve(quota(quota_period::minute));
  wait_all();
  BOOST_TEST(refused_to(first) == no_key_reason::all_cooling);
  BOOST_TEST(refused_to(second) == no_key_reason::queued_behind);
  now += 1min;
  BOOST_TEST(refused_to(third) == no_key_reason::queued_behind);
  settle(served_to(first));
  BOOST_TEST(woken() == "010");
  settle(served_to(second));
  settle(served_to(third));
  BOOST_TEST(serve() == "a");
}

BOOST_FIXTURE_TEST_CASE(a_newcomer_goes_behind, queue_fixture) {
  serve(quota(quota_period::minute));
  pool.wait("m", *first.place);
  const no_key behind = refused();
  BOOST_TEST(behind.reason == no_key_reason::queued_behind);
  BOOST_TEST((behind.earliest == now + 1min));
  now += 1min;
  BOOST_TEST(refused().reason == no_key_reason::queued_behind);
  BOOST_TEST(serve(success, {.model = "another"}) == "a");
  settle(served_to(first));
  BOOST_TEST(serve() == "a");
}

BOOST_FIXTURE_TEST_CASE(the_next_is_told_that_it_is_first_even_if_no_key_is_free, queue_fixture) {
  serve(quota(quota_period::minute));
  wait_all();
  now += 1min;
  const lease trial = served_to(first);
  BOOST_TEST(woken() == "010");
  BOOST_TEST(refused_to(second) == no_key_reason::all_cooling);
}

BOOST_FIXTURE_TEST_CASE(the_end_of_a_lease_wakes_the_first, queue_fixture) {
  serve(quota(quota_period::minute));
  now += 1min;
  lease trial = acquire();
  wait_all();
  settle(std::move(trial));
  BOOST_TEST(woken() == "100");
  const lease open = served_to(first);
  BOOST_TEST(woken() == "110");
  const lease again = served_to(second);
  const lease third_one = served_to(third);
}

BOOST_FIXTURE_TEST_CASE(who_was_woken_is_not_woken_again_before_it_asks, queue_fixture) {
  std::vector<lease> held;
  for (int i = 0; i < 5; ++i)
    held.push_back(acquire());
  settle(acquire(), quota(quota_period::minute));
  wait_all();
  for (lease& l : held)
    settle(std::move(l));
  BOOST_TEST(woken() == "100");
  refused_to(first);
  pool.reset(view("a").id, now);
  BOOST_TEST(woken() == "200");
}

BOOST_FIXTURE_TEST_CASE(one_that_leaves_lets_the_next_be_first, queue_fixture) {
  serve(quota(quota_period::minute));
  wait_all();
  second.place.reset();
  BOOST_TEST(woken() == "000");
  first.place.reset();
  BOOST_TEST(woken() == "001");
  now += 1min;
  settle(served_to(third));
}

BOOST_FIXTURE_TEST_CASE(new_keys_wake_the_first_of_every_model, queue_fixture) {
  serve(quota(quota_period::minute));
  serve(quota(quota_period::minute), {.model = "another"});
  pool.wait("m", *first.place);
  pool.wait("m", *second.place);
  pool.wait("another", *third.place);
  with_keys({"a", "b"});
  BOOST_TEST(woken() == "101");
  BOOST_TEST(served_to(first).key_name() == "b");
}

BOOST_FIXTURE_TEST_CASE(a_key_that_leaves_quarantine_wakes_the_first, queue_fixture) {
  serve(rejected);
  pool.wait("m", *first.place);
  BOOST_TEST(refused_to(first) == no_key_reason::none_usable);
  now += 30s;
  pool.settle_probe(std::move(*pool.next_probe(now)), success, now);
  BOOST_TEST(woken() == "100");
  served_to(first);
}

BOOST_FIXTURE_TEST_CASE(a_key_below_its_limit_again_wakes_the_first, queue_fixture) {
  key_spec spec = key("a");
  spec.limits.requests_in_flight = 1;
  pool.apply({spec}, now);
  lease only = acquire();
  pool.wait("m", *first.place);
  settle(std::move(only), {.kind = outcome::cancelled});
  BOOST_TEST(woken() == "100");
  served_to(first);
}

BOOST_FIXTURE_TEST_CASE(a_pool_without_keys_can_be_waited_for, fixture) {
  waiting_request w;
  pool.wait("m", *w.place);
  with_keys({"a"});
  BOOST_TEST(w.woken == 1);
  BOOST_TEST(std::holds_alternative<lease>(pool.acquire({.model = "m"}, *w.place, now)));
}

BOOST_FIXTURE_TEST_CASE(waiting_twice_keeps_the_place_and_for_another_model_changes_it,
                        queue_fixture) {
  serve(quota(quota_period::minute));
  wait_all();
  pool.wait("m", *first.place);
  BOOST_TEST(refused_to(first) == no_key_reason::all_cooling);
  pool.wait("another", *first.place);
  BOOST_TEST(woken() == "010");
  BOOST_TEST(refused_to(second) == no_key_reason::all_cooling);
  served_to(first);
}

BOOST_FIXTURE_TEST_CASE(a_waiter_that_does_not_wait_asks_as_a_newcomer, queue_fixture) {
  const lease l = served_to(first);
  BOOST_TEST(woken() == "000");
}

BOOST_AUTO_TEST_SUITE_END()
