#include "fixture.hpp"

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

key_spec limited(std::string name, quota_set quota_of_it, std::string project = {}) {
  key_spec spec = key(std::move(name), std::move(project));
  spec.quota = quota_of_it;
  return spec;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(declared_quota)

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

BOOST_FIXTURE_TEST_CASE(a_key_at_its_quota_leaves_the_turns_to_the_others, fixture) {
  pool.apply({limited("a", {.requests_per_minute = 1}, "p"), key("b", "p"), key("c")}, now);
  BOOST_TEST(serve_many(6) == "acbcbc");
  now += 60s;
  BOOST_TEST(serve_many(4) == "acbc");
}

BOOST_FIXTURE_TEST_CASE(the_later_of_quota_and_cool_down_counts, fixture) {
  pool.apply({limited("a", {.requests_per_minute = 1})}, now);
  serve(quota(quota_period::minute, 10s));
  BOOST_TEST((refused().earliest == now + 60s));
  now += 60s;
  serve(quota(quota_period::minute, 90s));
  BOOST_TEST((refused().earliest == now + 90s));
}

BOOST_FIXTURE_TEST_CASE(a_changed_quota_counts_what_was_before, fixture) {
  pool.apply({limited("a", {.requests_per_minute = 5})}, now);
  BOOST_TEST(serve_many(3) == "aaa");
  pool.apply({limited("a", {.requests_per_minute = 2})}, now);
  BOOST_TEST(serve() == "-");
  pool.apply({limited("a", {.requests_per_minute = 4})}, now);
  BOOST_TEST(serve_many(3) == "aa-");
  pool.apply({limited("a", {})}, now);
  BOOST_TEST(serve_many(9) == "aaaaaaaaa");
}

BOOST_FIXTURE_TEST_CASE(a_reset_does_not_lift_a_declared_quota, fixture) {
  pool.apply({limited("a", {.requests_per_day = 1})}, now);
  serve();
  pool.reset(view("a").id, now);
  BOOST_TEST(serve() == "-");
}

BOOST_FIXTURE_TEST_CASE(a_projects_quota_is_shared_by_its_keys_and_each_model_has_its_own,
                        fixture) {
  pool.declare({{project_name("p"), {}, {.requests_per_minute = 3}}}, now);
  pool.apply({key("a", "p"), key("b", "p"), key("c")}, now);
  BOOST_TEST(serve_many(9) == "acbcacccc");
  BOOST_TEST(serve_many(2, {.model = "another"}) == "ac");
  now += 60s;
  BOOST_TEST(serve_many(2) == "bc");
}

BOOST_FIXTURE_TEST_CASE(input_tokens_of_a_minute_are_held_until_they_are_known, fixture) {
  pool.declare({{project_name("p"), {}, {.tokens_per_minute = 2'000}}}, now);
  pool.apply({key("a", "p")}, now);
  lease first = acquire();
  lease second = acquire();  // two of a thousand each are expected
  BOOST_TEST(!refused().earliest);
  token_usage usage;
  usage.prompt = 100;
  usage.total = 50'000;  // what is put out is another quota's
  pool.settle(std::move(first), success, usage, now);
  lease third = acquire();
  usage.prompt = 1'900;
  pool.settle(std::move(second), success, usage, now);
  const no_key full = refused();
  BOOST_REQUIRE(full.earliest.has_value());
  BOOST_TEST((*full.earliest == now + 61s));
  BOOST_TEST(!full.by_limit);
  settle(std::move(third));
  now += 61s;
  BOOST_TEST(serve() == "a");
}

BOOST_FIXTURE_TEST_CASE(how_far_it_is_used_is_told_for_each_model, fixture) {
  pool.declare({{project_name("p"), {}, {.requests_per_minute = 3, .requests_per_day = 10}}}, now);
  pool.apply({limited("a", {.tokens_per_minute = 5'000}, "p")}, now);
  serve_many(2);
  now += 30s;
  serve(success, {.model = "another"});
  now += 31s;
  const std::vector<quota_view> quota = pool.keys(now).front().quota;
  std::string told;
  for (const quota_view& one : quota) {
    told += std::string(to_string(one.scope)) + " " + one.model.value + " " +
            std::string(to_string(one.use.which)) + " " + std::to_string(one.use.used) + "/" +
            std::to_string(one.use.limit) + "; ";
  }
  BOOST_TEST(told.find("project " + quota.front().model.value + " requests_per_minute 0/3") == 0U);
  BOOST_TEST(told.find("project another requests_per_minute 1/3") != told.npos);
  BOOST_TEST(told.find(" requests_per_day 2/10") != told.npos);
  BOOST_TEST(told.find("key another tokens_per_minute 0/5000") != told.npos);
  const auto day = std::find_if(quota.begin(), quota.end(), [](const quota_view& one) {
    return one.use.which == limit_kind::requests_per_day;
  });
  BOOST_TEST((day->use.resets_at > now));
  BOOST_TEST(pool.projects(now).front().quota.size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
