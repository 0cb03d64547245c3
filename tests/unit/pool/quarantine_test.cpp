#include "fixture.hpp"

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

struct quarantined : fixture {
  quarantined() {
    with_keys({"a", "b"});
    serve(rejected);
  }

  lease probe() {
    auto due = pool.next_probe(now);
    BOOST_REQUIRE(due.has_value());
    return std::move(*due);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(quarantine)

BOOST_FIXTURE_TEST_CASE(a_probe_is_due_after_the_interval_and_one_at_a_time, quarantined) {
  BOOST_TEST((pool.next_probe_due() == now + 30s));
  BOOST_TEST(!pool.next_probe(now + 29s).has_value());
  now += 30s;
  const lease under_way = probe();
  BOOST_TEST(under_way.key_name() == "a");
  BOOST_TEST(!pool.next_probe(now + 24h).has_value());
  BOOST_TEST(!pool.next_probe_due());
}

BOOST_FIXTURE_TEST_CASE(rejected_again_it_waits_twice_as_long_up_to_the_most, quarantined) {
  now += 30s;
  for (const auto expected : {60s, 120s, 240s, 480s, 960s, 1920s, 3600s, 3600s}) {
    pool.settle_probe(probe(), {.kind = outcome::key_fault, .reason = "suspended"}, now);
    BOOST_TEST((pool.next_probe_due() == now + expected));
    now += expected;
  }
  BOOST_TEST(view("a").reason == "suspended");
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_says_nothing_of_the_key_repeats_the_interval, quarantined) {
  for (const outcome kind : {outcome::egress_fault, outcome::model_fault, outcome::cancelled,
                             outcome::location_blocked, outcome::client_fault}) {
    now += 30s;
    pool.settle_probe(probe(), {.kind = kind}, now);
    BOOST_TEST((pool.next_probe_due() == now + 30s));
  }
  now += 30s;
  { const lease dropped = probe(); }
  BOOST_TEST((pool.next_probe_due() == now + 30s));
  BOOST_TEST(view("a").state == key_state::quarantined);
  BOOST_TEST(view("a").calls == 1U);
}

BOOST_AUTO_TEST_CASE(an_answer_to_a_valid_key_restores_it_for_every_model) {
  for (const outcome kind : {outcome::success, outcome::quota, outcome::quota_unknown,
                             outcome::project_exhausted, outcome::request_too_large}) {
    BOOST_TEST_CONTEXT(kind) {
      quarantined f;
      BOOST_TEST(f.serve_many(2, {.model = "another"}) == "bb");
      f.now += 30s;
      f.pool.settle_probe(f.probe(), {.kind = kind}, f.now);
      BOOST_TEST(f.serve_many(2).find('a') != std::string::npos);
      BOOST_TEST(f.serve_many(2, {.model = "another"}).find('a') != std::string::npos);
      BOOST_TEST(f.view("a").state == key_state::healthy);
      BOOST_TEST(!f.pool.next_probe_due());
      BOOST_TEST((f.events.back().what == pool_event::kind::recovered));
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_second_rejection_of_requests_under_way_changes_nothing, fixture) {
  with_keys({"a"});
  lease first = acquire();
  lease second = acquire();
  settle(std::move(first), rejected);
  now += 10s;
  settle(std::move(second), rejected);
  BOOST_TEST((pool.next_probe_due() == now + 20s));
  BOOST_TEST(events.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_interval_is_the_settings, fixture) {
  pool.configure({.probe_interval_min = 5s, .probe_interval_max = 8s});
  with_keys({"a"});
  serve(rejected);
  now += 5s;
  pool.settle_probe(std::move(*pool.next_probe(now)), rejected, now);
  BOOST_TEST((pool.next_probe_due() == now + 8s));
}

BOOST_FIXTURE_TEST_CASE(quarantine_and_its_probe_survive_a_reload, quarantined) {
  now += 30s;
  lease under_way = probe();
  with_keys({"a", "b"});
  BOOST_TEST(view("a").state == key_state::quarantined);
  BOOST_TEST(!pool.next_probe(now + 1h).has_value());
  pool.settle_probe(std::move(under_way), rejected, now);
  BOOST_TEST((pool.next_probe_due() == now + 60s));
  with_keys({"a", "b"});
  BOOST_TEST((pool.next_probe_due() == now + 60s));
}

BOOST_FIXTURE_TEST_CASE(a_disabled_key_is_not_probed, quarantined) {
  std::vector<key_spec> specs{key("a"), key("b")};
  specs[0].enabled = false;
  pool.apply(specs, now);
  BOOST_TEST(!pool.next_probe_due());
  BOOST_TEST(view("a").state == key_state::disabled);
  specs[0].enabled = true;
  pool.apply(specs, now);
  BOOST_TEST(pool.next_probe_due().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_key_removed_while_it_is_probed_leaves_no_trace, quarantined) {
  now += 30s;
  lease under_way = probe();
  with_keys({"b"});
  pool.settle_probe(std::move(under_way), rejected, now);
  BOOST_TEST(!pool.next_probe_due());
  BOOST_TEST(pool.keys(now).size() == 1U);
  with_keys({"a", "b"});
  BOOST_TEST(view("a").state == key_state::healthy);
}

BOOST_AUTO_TEST_SUITE_END()
