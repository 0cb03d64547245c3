#include "fixture.hpp"

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

std::string cool_downs(const key_view& v, time_point now) {
  std::string text;
  for (const cool_down_view& c : v.cool_downs) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(c.until - now);
    text += c.model.value + "/" + c.quota_id + "/" + std::to_string(left.count()) + " ";
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(outcome_effects)

BOOST_AUTO_TEST_CASE(outcomes_have_words) {
  BOOST_TEST(to_string(outcome::success) == "success");
  BOOST_TEST(to_string(outcome::cancelled) == "cancelled");
  BOOST_TEST(to_string(key_state::quarantined) == "quarantined");
}

BOOST_AUTO_TEST_CASE(what_is_not_the_keys_fault_marks_nothing) {
  for (const outcome kind :
       {outcome::request_too_large, outcome::model_fault, outcome::egress_fault,
        outcome::location_blocked, outcome::client_fault, outcome::cancelled}) {
    BOOST_TEST_CONTEXT(kind) {
      fixture f;
      f.with_keys({"a"});
      for (int i = 0; i < 3; ++i)
        BOOST_TEST(f.serve({.kind = kind}) == "a");
      const key_view v = f.view("a");
      BOOST_TEST(v.state == key_state::healthy);
      BOOST_TEST(v.cool_downs.empty());
      BOOST_TEST(v.calls == 3U);
      BOOST_TEST(v.errors == (kind == outcome::cancelled ? 0U : 3U));
      BOOST_TEST(f.events.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_quota_cools_project_and_model_for_its_period) {
  const struct {
    quota_period period;
    duration length;
  } cases[] = {{quota_period::minute, 1min},
               {quota_period::day, 12h},
               {quota_period::no_access, 24h},
               {quota_period::unknown, 5s}};
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT("period " << static_cast<int>(c.period)) {
      fixture f;
      f.pool.apply({key("a", "p"), key("b", "p")}, f.now);
      BOOST_TEST(f.serve(quota(c.period)) == "a");
      f.now += c.length - 1ms;
      BOOST_TEST(f.serve() == "-");
      BOOST_TEST(f.serve(success, {.model = "another"}) == "a");
      BOOST_TEST(f.view("b").state == key_state::cooling);
      f.now += 1ms;
      BOOST_TEST(f.view("b").state == key_state::healthy);
      BOOST_TEST(f.serve() == "b");
    }
  }
}

BOOST_FIXTURE_TEST_CASE(of_several_violations_the_latest_end_wins, fixture) {
  with_keys({"a"});
  verdict what = quota(quota_period::minute, 18s, "PerMinute");
  what.marks.push_back({.quota_id = "PerDay", .period = quota_period::day, .retry_delay = 18s});
  what.marks.push_back({.quota_id = "Tokens", .period = quota_period::minute});
  serve(what);
  BOOST_TEST(cool_downs(view("a"), now) == "m/PerMinute/18 m/PerDay/43200 m/Tokens/60 ");
  now += 61s;
  BOOST_TEST(cool_downs(view("a"), now) == "m/PerDay/43139 ");
  BOOST_TEST(refused().until_day_end);
  BOOST_TEST(events.size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_late_short_cool_down_never_shortens_a_long_one, fixture) {
  with_keys({"a"});
  lease first = acquire();
  lease second = acquire();
  settle(std::move(first), quota(quota_period::day));
  settle(std::move(second), quota(quota_period::minute, 1s));
  BOOST_TEST((refused().earliest == now + 12h));
}

BOOST_FIXTURE_TEST_CASE(a_quota_of_another_model_cools_that_one_too, fixture) {
  with_keys({"a"});
  serve(success, {.model = "gemini-3.6-flash"});
  verdict what = quota(quota_period::minute);
  what.marks[0].model = "gemini-3.6-flash";
  serve(what, {.model = "gemini-flash-latest"});
  BOOST_TEST(serve(success, {.model = "gemini-flash-latest"}) == "-");
  BOOST_TEST(serve(success, {.model = "gemini-3.6-flash"}) == "-");
}

BOOST_FIXTURE_TEST_CASE(a_bare_429_cools_longer_each_time_until_a_success, fixture) {
  with_keys({"a"});
  for (const auto expected : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
    BOOST_TEST(serve(bare_429) == "a");
    BOOST_TEST((refused().earliest == now + expected));
    now += expected;
  }
  BOOST_TEST(serve() == "a");
  serve(bare_429);
  BOOST_TEST((refused().earliest == now + 5s));
}

BOOST_FIXTURE_TEST_CASE(a_burst_of_bare_429s_counts_once, fixture) {
  with_keys({"a"});
  std::vector<lease> burst;
  for (int i = 0; i < 10; ++i)
    burst.push_back(acquire());
  for (lease& l : burst)
    settle(std::move(l), bare_429);
  BOOST_TEST((refused().earliest == now + 5s));
  BOOST_TEST(events.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_success_from_before_a_cool_down_does_not_lift_it, fixture) {
  with_keys({"a"});
  lease before = acquire();
  serve(bare_429);
  settle(std::move(before));
  BOOST_TEST((refused().earliest == now + 5s));
  now += 5s;
  serve(bare_429);
  BOOST_TEST((refused().earliest == now + 10s));
}

BOOST_FIXTURE_TEST_CASE(an_exhausted_project_cools_for_every_model, fixture) {
  pool.apply({key("a", "p"), key("b", "p"), key("c", "q")}, now);
  serve(success, {.model = "seen before"});
  meet("a", {.kind = outcome::project_exhausted, .reason = "spend_cap"});
  for (const char* model : {"m", "seen before", "never seen", ""}) {
    BOOST_TEST(serve_many(2, {.model = model}) == "cc");
  }
  BOOST_TEST(cool_downs(view("b"), now) == "/spend_cap/3600 ");
  BOOST_TEST(view("b").state == key_state::cooling);
  BOOST_REQUIRE(events.size() == 1U);
  BOOST_TEST((events[0].what == pool_event::kind::project_exhausted));
  now += 1h;
  BOOST_TEST(serve_many(2) == "bc");
}

BOOST_FIXTURE_TEST_CASE(a_key_fault_takes_the_key_not_its_project, fixture) {
  pool.apply({key("a", "p"), key("b", "p")}, now);
  BOOST_TEST(serve(rejected) == "a");
  BOOST_TEST(serve_many(2) == "bb");
  BOOST_TEST(serve_many(2, {.model = "another"}) == "bb");
  BOOST_TEST(view("a").state == key_state::quarantined);
  BOOST_TEST(view("a").reason == "API_KEY_INVALID");
  BOOST_TEST(view("b").state == key_state::healthy);
}

BOOST_FIXTURE_TEST_CASE(events_and_views_bear_no_secret, fixture) {
  with_keys({"a"});
  serve(quota(quota_period::minute, {}, "PerMinute"));
  BOOST_REQUIRE(events.size() == 1U);
  const pool_event& e = events[0];
  BOOST_TEST((e.what == pool_event::kind::cooled));
  BOOST_TEST(e.key_name == "a");
  BOOST_TEST(e.model == "m");
  BOOST_TEST(e.reason == "PerMinute");
  BOOST_TEST((e.until == now + 1min));
  BOOST_TEST((e.id == view("a").id));
  BOOST_TEST(view("a").fingerprint == "AI…-a");
}

BOOST_FIXTURE_TEST_CASE(a_lease_settles_once_and_as_cancelled_if_nobody_did, fixture) {
  with_keys({"a"});
  {
    const lease dropped = acquire();
    BOOST_TEST(view("a").in_flight == 1U);
  }
  lease moved = acquire();
  lease l = std::move(moved);
  l = std::move(l);
  BOOST_TEST(!moved);
  BOOST_TEST(l.secret() == "AIzaSecretOfKey-a");
  settle(std::move(l));
  BOOST_TEST(!l);
  settle(std::move(l));
  l = acquire();
  l = lease();
  const key_view v = view("a");
  BOOST_TEST(v.in_flight == 0U);
  BOOST_TEST(v.calls == 3U);
  BOOST_TEST(v.errors == 0U);
  BOOST_TEST((v.last_used == now));
}

BOOST_FIXTURE_TEST_CASE(reset_lifts_cool_downs_of_the_whole_project_and_quarantine, fixture) {
  pool.apply({key("a", "p"), key("b", "p")}, now);
  serve(rejected);
  serve(quota(quota_period::day));
  meet("b", {.kind = outcome::project_exhausted}, "another");
  BOOST_TEST(serve() == "-");
  BOOST_TEST(pool.reset(view("a").id, now));
  BOOST_TEST(serve_many(3).size() == 3U);
  BOOST_TEST(serve_many(2, {.model = "another"}).size() == 2U);
  BOOST_TEST(view("a").state == key_state::healthy);
  BOOST_TEST(!pool.next_probe_due());
  BOOST_TEST(!pool.reset(key_id(), now));
}

BOOST_FIXTURE_TEST_CASE(counts_tell_the_state_of_the_pool, fixture) {
  std::vector<key_spec> specs{key("a"), key("b"), key("c"), key("d")};
  specs[3].enabled = false;
  pool.apply(specs, now);
  meet("a", rejected);
  meet("b", quota(quota_period::minute));
  const pool_counts c = pool.counts(now);
  BOOST_TEST(c.total == 4U);
  BOOST_TEST(c.healthy == 1U);
  BOOST_TEST(c.cooling == 1U);
  BOOST_TEST(c.quarantined == 1U);
  BOOST_TEST(c.disabled == 1U);
  BOOST_TEST((c.next_recovery == now + 1min));
  BOOST_TEST(!pool.counts(now + 2min).next_recovery);
}

BOOST_AUTO_TEST_SUITE_END()
