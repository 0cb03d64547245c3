// What a pool knows, given to another one that starts with the same keys.
#include "fixture.hpp"

namespace gemkeeper::pool {
namespace {

using namespace test;

// A pool, and the one after a restart.
struct restarted : fixture {
  restarted() { pool.apply({key("a"), key("b", "shared"), key("c", "shared"), limited()}, now); }

  static key_spec limited() {
    key_spec spec = key("d");
    spec.quota.requests_per_day = 3;
    return spec;
  }

  // Takes what is kept over into a new pool, whose clock says `later`.
  void restart(time_point later) {
    const kept_health kept = pool.health(now);
    after.pool.apply({key("a"), key("b", "shared"), key("c", "shared"), limited()}, later);
    after.now = later;
    after.pool.restore_health(kept, later);
  }

  fixture after;
};

BOOST_FIXTURE_TEST_SUITE(health, restarted)

BOOST_AUTO_TEST_CASE(nothing_is_kept_of_healthy_keys) {
  serve();
  BOOST_TEST((pool.health(now) == kept_health{{}, {}, pool.health(now).day_counts}));
  const auto before = pool.health_version();
  meet("a", success);
  BOOST_TEST(pool.health_version() == before);
  meet("a", bare_429);
  BOOST_TEST(pool.health_version() != before);
}

BOOST_AUTO_TEST_CASE(a_daily_cool_down_holds_until_the_day_ends) {
  meet("a", quota(quota_period::day, {}, "PerDay"));
  restart(now + 1h);
  BOOST_TEST((after.view("a").state == key_state::cooling));
  BOOST_TEST(after.view("a").cool_downs.at(0).quota_id == "PerDay");
  BOOST_TEST((after.view("a").cool_downs.at(0).until == now + 12h));
  BOOST_TEST((after.view("b").state == key_state::healthy));
  after.now = now + 13h;
  BOOST_TEST((after.view("a").state == key_state::healthy));
}

BOOST_AUTO_TEST_CASE(a_day_that_ended_meanwhile_holds_nothing) {
  meet("a", quota(quota_period::day));
  for (int i = 0; i < 3; ++i)
    meet("d", success);
  restart(now + 13h);
  BOOST_TEST((after.view("a").state == key_state::healthy));
  after.meet("d", success);
}

BOOST_AUTO_TEST_CASE(a_declared_project_cools_with_all_its_keys_and_is_kept_once) {
  meet("b", quota(quota_period::minute, 50s));
  BOOST_TEST(pool.health(now).cool_downs.size() == 1U);
  restart(now + 10s);
  BOOST_TEST((after.view("c").state == key_state::cooling));
  BOOST_TEST((after.view("c").cool_downs.at(0).model.value == "m"));
  after.now += 41s;
  BOOST_TEST((after.view("c").state == key_state::healthy));
}

BOOST_AUTO_TEST_CASE(a_project_without_credits_stays_out_for_every_model) {
  verdict out{.kind = outcome::project_exhausted, .next = next_step::next_project};
  out.reason = "CREDITS";
  meet("a", out);
  restart(now + 1min);
  BOOST_TEST(after.view("a").cool_downs.at(0).model.empty());
  BOOST_TEST(after.view("a").cool_downs.at(0).quota_id == "CREDITS");
  for (int i = 0; i < 6; ++i)
    BOOST_TEST(after.serve(success, {.model = "other"}) != "a");
}

BOOST_AUTO_TEST_CASE(calls_that_name_no_model_have_a_cool_down_of_their_own) {
  meet("a", quota(quota_period::minute, 50s), "");
  restart(now);
  for (int i = 0; i < 6; ++i)
    BOOST_TEST(after.serve(success, {.model = ""}) != "a");
  after.meet("a", success, "m");
}

BOOST_AUTO_TEST_CASE(bare_429s_go_on_to_double) {
  meet("a", bare_429);
  now += 6s;
  meet("a", bare_429);  // 10 s
  restart(now + 11s - 2s);
  BOOST_TEST((after.view("a").state == key_state::cooling));
  after.now = now + 11s;
  after.meet("a", bare_429);  // 20 s
  BOOST_TEST((after.view("a").cool_downs.at(0).until == after.now + 20s));
}

BOOST_AUTO_TEST_CASE(a_quarantined_key_waits_for_its_probe) {
  meet("a", rejected);
  BOOST_TEST((pool.next_probe_due() == now + 30s));
  restart(now + 10s);
  BOOST_TEST((after.view("a").state == key_state::quarantined));
  BOOST_TEST(after.view("a").reason == "API_KEY_INVALID");
  BOOST_TEST((after.pool.next_probe_due() == now + 30s));
  BOOST_TEST(!after.pool.next_probe(now + 29s));
  after.pool.settle_probe(*after.pool.next_probe(now + 30s), rejected, now + 30s);
  BOOST_TEST((after.pool.next_probe_due() == now + 90s));  // a minute, doubled
}

BOOST_AUTO_TEST_CASE(a_days_requests_count_on) {
  meet("d", success);
  meet("d", success);
  const auto version = pool.health_version();
  restart(now + 1h);
  BOOST_TEST(version != 0U);
  after.meet("d", success);
  BOOST_TEST(
      after
          .refused({.model = "m",
                    .tried_keys = {after.view("a").id, after.view("b").id, after.view("c").id}})
          .until_day_end);
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_ahead_keeps_no_key_out_for_ever) {
  now += 24h * 400;
  meet("a", quota(quota_period::day));
  meet("b", quota(quota_period::minute, 50s));
  meet("d", success);
  restart(now - 24h * 400);
  BOOST_TEST((after.view("a").cool_downs.at(0).until == after.now + 12h));
  BOOST_TEST((after.view("b").cool_downs.at(0).until <= after.now + 24h * 31));
  for (int i = 0; i < 3; ++i)
    after.meet("d", success);  // the counts are of another day
}

BOOST_AUTO_TEST_CASE(a_probe_of_a_clock_that_was_ahead_is_due_within_its_interval) {
  now += 24h * 400;
  meet("a", rejected);
  restart(now - 24h * 400);
  BOOST_TEST((after.pool.next_probe_due() == after.now + 30s));
}

BOOST_AUTO_TEST_CASE(what_is_kept_of_a_removed_key_is_left_out) {
  meet("a", rejected);
  meet("b", quota(quota_period::day));
  const kept_health kept = pool.health(now);
  after.pool.apply({key("x")}, now);
  after.pool.restore_health(kept, now);
  BOOST_TEST((after.pool.health(now) == kept_health{}));
  BOOST_TEST(after.pool.counts(now).healthy == 1U);
}

BOOST_AUTO_TEST_CASE(more_models_than_lanes_do_no_harm) {
  pool_settings few;
  few.max_models = 2;
  fixture small(few);
  small.pool.apply({key("a")}, now);
  kept_health kept;
  for (const char* model : {"m1", "m2", "m3", "m4"}) {
    kept.cool_downs.push_back(
        {.key = view("a").id, .model = model_name(model), .quota_id = "q", .until = now + 1min});
  }
  small.pool.restore_health(kept, now);
  BOOST_TEST((small.view("a").state == key_state::cooling));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::pool
