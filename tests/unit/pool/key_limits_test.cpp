#include "fixture.hpp"

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

key_spec limited(std::string name, key_limits limits, std::string project = {}) {
  key_spec spec = key(std::move(name), std::move(project));
  spec.limits = limits;
  return spec;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(declared_limits)

BOOST_FIXTURE_TEST_CASE(requests_in_flight_never_exceed_their_limit, fixture) {
  pool.apply({limited("a", {.requests_in_flight = 2})}, now);
  lease first = acquire();
  const lease second = acquire();
  const no_key full = refused();
  BOOST_TEST(full.reason == no_key_reason::all_cooling);
  BOOST_TEST(!full.earliest);
  settle(std::move(first), {.kind = outcome::model_fault});
  const lease third = acquire();
  refused();
  const lease other_model = acquire({.model = "another"});
}

BOOST_FIXTURE_TEST_CASE(a_minute_is_any_sixty_seconds, fixture) {
  pool.apply({limited("a", {.requests_per_minute = 3})}, now);
  const time_point start = now;
  for (const auto at : {0s, 20s, 50s}) {
    now = start + at;
    BOOST_TEST(serve() == "a");
  }
  BOOST_TEST((refused().earliest == start + 60s));
  now = start + 60s;
  BOOST_TEST(serve() == "a");
  BOOST_TEST((refused().earliest == start + 80s));
  now = start + 79s;
  BOOST_TEST(serve() == "-");
  BOOST_TEST(serve(success, {.model = "another"}) == "a");
}

BOOST_FIXTURE_TEST_CASE(a_request_counts_when_it_begins_whatever_comes_of_it, fixture) {
  pool.apply({limited("a", {.requests_per_minute = 2})}, now);
  { const lease cancelled = acquire(); }
  const lease under_way = acquire();
  BOOST_TEST((refused().earliest == now + 60s));
}

BOOST_FIXTURE_TEST_CASE(a_day_ends_at_pacific_midnight, fixture) {
  pool.apply({limited("a", {.requests_per_day = 2})}, now);
  BOOST_TEST(serve_many(3) == "aa-");
  const no_key full = refused();
  BOOST_TEST((full.earliest == now + 12h));
  BOOST_TEST(full.until_day_end);
  now += 12h;
  BOOST_TEST(serve_many(3) == "aa-");
}

BOOST_FIXTURE_TEST_CASE(a_key_at_its_limit_leaves_the_turns_to_the_others, fixture) {
  pool.apply({limited("a", {.requests_per_minute = 1}, "p"), key("b", "p"), key("c")}, now);
  BOOST_TEST(serve_many(6) == "acbcbc");
  now += 60s;
  BOOST_TEST(serve_many(4) == "acbc");
}

BOOST_FIXTURE_TEST_CASE(the_later_of_limit_and_cool_down_counts, fixture) {
  pool.apply({limited("a", {.requests_per_minute = 1})}, now);
  serve(quota(quota_period::minute, 10s));
  BOOST_TEST((refused().earliest == now + 60s));
  now += 60s;
  serve(quota(quota_period::minute, 90s));
  BOOST_TEST((refused().earliest == now + 90s));
}

BOOST_FIXTURE_TEST_CASE(changed_limits_count_what_was_before, fixture) {
  pool.apply({limited("a", {.requests_per_minute = 5})}, now);
  BOOST_TEST(serve_many(3) == "aaa");
  pool.apply({limited("a", {.requests_per_minute = 2})}, now);
  BOOST_TEST(serve() == "-");
  pool.apply({limited("a", {.requests_per_minute = 4})}, now);
  BOOST_TEST(serve_many(3) == "aa-");
  pool.apply({limited("a", {})}, now);
  BOOST_TEST(serve_many(9) == "aaaaaaaaa");
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

BOOST_FIXTURE_TEST_CASE(a_reset_does_not_lift_the_operators_limits, fixture) {
  pool.apply({limited("a", {.requests_per_day = 1})}, now);
  serve();
  pool.reset(view("a").id, now);
  BOOST_TEST(serve() == "-");
}

BOOST_AUTO_TEST_SUITE_END()
