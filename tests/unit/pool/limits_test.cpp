// Limits of keys and projects, over all models, as the pool keeps them.
#include "fixture.hpp"

#include <thread>

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

key_spec limited(std::string name, const limit_set& limits, std::string project = {}) {
  key_spec spec = key(std::move(name), std::move(project));
  spec.limits = limits;
  return spec;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(operators_limits)

BOOST_FIXTURE_TEST_CASE(requests_in_flight_count_over_all_models, fixture) {
  pool.apply({limited("a", {.requests_in_flight = 2})}, now);
  lease first = acquire();
  const lease second = acquire({.model = "another"});
  for (const char* model : {"m", "another", "a third"}) {
    const no_key full = refused({.model = model});
    BOOST_TEST(full.reason == no_key_reason::all_cooling);
    BOOST_TEST(!full.earliest);
    BOOST_TEST(full.by_limit);
  }
  BOOST_TEST(view("a").state == key_state::healthy);  // busy is not exhausted
  settle(std::move(first), {.kind = outcome::model_fault});
  const lease third = acquire({.model = "a third"});
  refused();
}

BOOST_FIXTURE_TEST_CASE(a_limit_declared_meanwhile_counts_requests_under_way, fixture) {
  pool.apply({key("a")}, now);
  lease early = acquire();
  pool.apply({limited("a", {.requests_in_flight = 1})}, now);
  refused();
  settle(std::move(early));
  const lease next = acquire();
  refused();
}

BOOST_FIXTURE_TEST_CASE(an_exhausted_key_leaves_the_turns_to_the_others, fixture) {
  pool.apply({limited("a", {.requests_per_day = 2}), key("b")}, now);
  BOOST_TEST(serve_many(3) == "aba");
  BOOST_TEST(serve_many(3, {.model = "another"}) == "bbb");
  BOOST_TEST(view("a").state == key_state::exhausted);
  BOOST_TEST((view("a").exhausted_until == now + 12h));
  BOOST_TEST(view("b").state == key_state::healthy);
  const pool_counts counts = pool.counts(now);
  BOOST_TEST(counts.exhausted == 1U);
  BOOST_TEST(counts.healthy == 1U);
  BOOST_TEST((counts.next_recovery == now + 12h));
  now += 12h;
  BOOST_TEST(view("a").state == key_state::healthy);
  BOOST_TEST(serve_many(4).find('a') != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(when_all_are_exhausted_the_earliest_end_is_told, fixture) {
  pool.apply({limited("a", {.requests_per_day = 1}), limited("b", {.requests_per_minute = 1})},
             now);
  BOOST_TEST(serve_many(3) == "ab-");
  const no_key full = refused({.model = "another"});
  BOOST_TEST(full.reason == no_key_reason::all_cooling);
  BOOST_TEST(full.by_limit);
  BOOST_TEST(!full.until_day_end);
  BOOST_TEST((full.earliest == now + 61s));
  now += 61s;
  BOOST_TEST(serve_many(2) == "b-");
  pool.apply({limited("a", {.requests_per_day = 1})}, now);
  BOOST_TEST(refused().until_day_end);
}

BOOST_FIXTURE_TEST_CASE(a_projects_limit_is_shared_by_its_keys, fixture) {
  pool.declare({{project_name("p"), {.requests_per_day = 3}, {}}}, now);
  pool.apply({key("a", "p"), key("b", "p"), key("c")}, now);
  BOOST_TEST(serve_many(8) == "acbcaccc");
  BOOST_TEST(view("a").state == key_state::exhausted);
  BOOST_TEST(view("b").state == key_state::exhausted);
  const std::vector<project_view> all = pool.projects(now);
  BOOST_REQUIRE(all.size() == 1U);
  BOOST_TEST(all[0].keys == 2U);
  BOOST_TEST((all[0].exhausted_until == now + 12h));
  BOOST_REQUIRE(all[0].limits.size() == 1U);
  BOOST_TEST(all[0].limits[0].used == 3U);
  BOOST_TEST(all[0].limits[0].share() == 1.0);
  pool.declare({{project_name("p"), {.requests_per_day = 5}, {}}}, now);
  BOOST_TEST(serve_many(6).find_first_of("ab") != std::string::npos);
  BOOST_TEST(view("a").state == key_state::exhausted);
  pool.declare({}, now);
  BOOST_TEST(view("a").state == key_state::healthy);
}

BOOST_FIXTURE_TEST_CASE(a_project_that_google_names_finds_the_limits_declared_for_it, fixture) {
  pool.declare({{project_name("projects/7"), {.requests_per_day = 2}, {}}}, now);
  pool.apply({key("a")}, now);
  verdict named{.kind = outcome::client_fault};
  named.google_project = "projects/7";
  BOOST_TEST(serve(named) == "a");
  BOOST_TEST(serve_many(3) == "aa-");
}

BOOST_FIXTURE_TEST_CASE(tokens_are_settled_with_what_was_used_whatever_came_of_it, fixture) {
  pool.apply({limited("a", {.tokens_per_day = 10'000})}, now);
  settle(acquire(), success, 4'000);
  settle(acquire(), {.kind = outcome::cancelled}, 5'999);
  BOOST_TEST(view("a").limits.at(0).used == 9'999U);
  BOOST_TEST(view("a").limits.at(0).reserved == 0U);
  settle(acquire(), success, 1);
  refused();
  BOOST_TEST(view("a").state == key_state::exhausted);
}

BOOST_FIXTURE_TEST_CASE(what_a_long_request_uses_counts_as_it_goes_and_once, fixture) {
  pool.declare({{project_name("p"), {.usd_per_day = 10'000}, {}}}, now);
  key_spec spec = limited("a", {.requests_in_flight = 2, .tokens_per_day = 10'000});
  spec.project = project_name("p");
  pool.apply({spec}, now);
  lease session = acquire();
  token_usage turn;
  turn.total = 3'000;
  pool.charge(session, turn, 1'000, now);
  BOOST_TEST(view("a").limits.at(1).used == 3'000U);
  BOOST_TEST(pool.projects(now).at(0).limits.at(0).used == 1'000U);
  turn.total = 6'999;
  pool.charge(session, turn, std::nullopt, now);
  BOOST_TEST(view("a").limits.at(1).used == 9'999U);
  BOOST_TEST(view("a").in_flight == 1U);
  turn.total = 1;
  pool.charge(session, turn, std::nullopt, now);
  refused();  // while it goes on
  turn.total = 10'000;
  pool.settle(std::move(session), success, turn, now);
  BOOST_TEST(view("a").limits.at(1).used == 10'000U);
  BOOST_TEST(view("a").limits.at(1).reserved == 0U);
  pool.charge(session, turn, 1, now);  // it is settled
  BOOST_TEST(view("a").limits.at(1).used == 10'000U);
}

BOOST_FIXTURE_TEST_CASE(money_counts_where_it_is_known, fixture) {
  pool.apply({limited("a", {.usd_per_month = 2'000'000})}, now);
  pool.settle(acquire(), success, {}, now, 1'500'000);
  pool.settle(acquire(), success, {}, now);
  BOOST_TEST(view("a").limits.at(0).used == 1'500'000U);
  pool.settle(acquire(), success, {}, now);
  pool.charge(view("a").id, 500'000, now);  // known later
  const no_key none = refused();
  BOOST_TEST((none.earliest == std::chrono::sys_days(std::chrono::August / 1 / 2026) + 7h));
}

BOOST_FIXTURE_TEST_CASE(a_lease_that_nobody_settles_holds_nothing_on, fixture) {
  pool.apply({limited("a", {.tokens_per_day = 2'000})}, now);
  for (int i = 0; i < 100; ++i)
    const lease dropped = acquire();
  BOOST_TEST(view("a").limits.at(0).reserved == 0U);
}

BOOST_FIXTURE_TEST_CASE(who_waits_is_woken_by_another_models_end, fixture) {
  pool.apply({limited("a", {.requests_in_flight = 1})}, now);
  lease held = acquire({.model = "another"});
  int woken = 0;
  waiter w([&] { ++woken; });
  pool.wait("m", w);
  BOOST_TEST(std::holds_alternative<no_key>(pool.acquire({.model = "m"}, w, now)));
  settle(std::move(held));
  BOOST_TEST(woken >= 1);
  BOOST_TEST(std::holds_alternative<lease>(pool.acquire({.model = "m"}, w, now)));
}

BOOST_FIXTURE_TEST_CASE(a_probe_that_ends_frees_what_it_occupied, fixture) {
  pool.apply({limited("a", {.requests_in_flight = 1})}, now);
  serve(rejected);
  now += 1h;
  auto probe = pool.next_probe(now);
  BOOST_REQUIRE(probe.has_value());
  pool.settle_probe(std::move(*probe), success, now);
  BOOST_TEST(serve_many(2) == "aa");
}

BOOST_FIXTURE_TEST_CASE(disabled_wins_over_exhausted_and_a_reset_lifts_neither, fixture) {
  pool.apply({limited("a", {.requests_per_day = 1})}, now);
  serve();
  pool.reset(view("a").id, now);
  BOOST_TEST(serve() == "-");
  BOOST_TEST(view("a").state == key_state::exhausted);
  key_spec off = limited("a", {.requests_per_day = 1});
  off.enabled = false;
  pool.apply({off}, now);
  BOOST_TEST(view("a").state == key_state::disabled);
}

BOOST_FIXTURE_TEST_CASE(what_was_used_before_the_start_counts, fixture) {
  pool.declare({{project_name("p"), {.tokens_per_month = 1'000}, {}}}, now);
  pool.apply({limited("a", {.requests_per_day = 10}, "q"), key("b", "p")}, now);
  BOOST_TEST(serve_many(2).size() == 2U);
  pool.count_at_least(view("a").id, {.requests = 10}, {.requests = 90}, now);
  pool.count_at_least(project_name("p"), {}, {.tokens = 1'000}, now);
  BOOST_TEST(serve() == "-");
}

BOOST_FIXTURE_TEST_CASE(a_share_that_is_reached_is_told_once, fixture) {
  std::vector<limit_event> told;
  pool.on_limit([&](const limit_event& e) { told.push_back(e); });
  pool.declare({{project_name("p"), {.tokens_per_day = 1'000}, {}}}, now);
  pool.apply({limited("a", {.requests_per_day = 4}, "p")}, now);
  settle(acquire(), success, 10);
  BOOST_TEST(told.empty());
  settle(acquire(), success, 900);
  BOOST_REQUIRE(told.size() == 2U);
  BOOST_TEST((told[0].scope == limit_scope::key));
  BOOST_TEST(told[0].subject == view("a").id.view());
  BOOST_TEST(told[0].name == "a");
  BOOST_TEST(told[0].percent == 50U);
  BOOST_TEST((told[0].ends == now + 12h));
  BOOST_TEST((told[1].scope == limit_scope::project));
  BOOST_TEST(told[1].subject == "p");
  BOOST_TEST((told[1].which == limit_kind::tokens_per_day));
  BOOST_TEST(told[1].percent == 80U);
  BOOST_TEST(told[1].used == 910U);
}

BOOST_AUTO_TEST_CASE(a_burst_from_many_threads_gets_the_limit_and_no_more) {
  for (const limit_set& limits :
       {limit_set{.requests_in_flight = 10}, limit_set{.requests_per_minute = 10},
        limit_set{.tokens_per_day = 10'000}}) {
    fixture f;
    f.pool.apply({limited("a", limits)}, f.now);
    std::vector<std::vector<lease>> got(5);
    std::vector<std::thread> threads;
    for (auto& mine : got) {
      threads.emplace_back([&f, &mine] {
        for (int i = 0; i < 10; ++i) {
          auto one = f.pool.acquire({.model = i % 2 == 0 ? "m" : "n"}, f.now);
          if (auto* l = std::get_if<lease>(&one)) mine.push_back(std::move(*l));
        }
      });
    }
    for (std::thread& t : threads)
      t.join();
    std::size_t admitted = 0;
    for (const auto& mine : got)
      admitted += mine.size();
    BOOST_TEST(admitted == 10U);
  }
}

BOOST_FIXTURE_TEST_CASE(ten_thousand_limited_keys_serve_in_full, fixture) {
  std::vector<key_spec> specs;
  for (int i = 0; i < 10'000; ++i)
    specs.push_back(limited(std::to_string(i), {.requests_per_day = 2}));
  pool.apply(std::move(specs), now);
  for (int i = 0; i < 20'000; ++i)
    BOOST_REQUIRE(serve(success, {.model = i % 2 == 0 ? "m" : "n"}) != "-");
  BOOST_TEST(serve() == "-");
  BOOST_TEST(pool.counts(now).exhausted == 10'000U);
}

BOOST_AUTO_TEST_SUITE_END()
