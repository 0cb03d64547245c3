#include "fixture.hpp"

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

BOOST_AUTO_TEST_SUITE(models)

BOOST_FIXTURE_TEST_CASE(a_key_serves_the_models_it_is_declared_for, fixture) {
  std::vector<key_spec> specs{key("a"), key("b"), key("c")};
  specs[0].models = {model_name("gemini-3.6-flash"), model_name("embedding-*")};
  specs[1].models = {model_name("*")};
  pool.apply(specs, now);
  const struct {
    const char* model;
    const char* served;
  } cases[] = {
      {"gemini-3.6-flash", "abca"}, {"embedding-004", "abca"},         {"embedding-", "abca"},
      {"embedding", "bcbc"},        {"gemini-3.6-flash-lite", "bcbc"}, {"", "bcbc"}};
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.model) {
      BOOST_TEST(serve_many(4, {.model = c.model}) == c.served);
    }
  }
}

BOOST_AUTO_TEST_CASE(without_a_model_keys_for_some_models_serve_when_no_other_does) {
  for (const policy by : {policy::round_robin, policy::weighted, policy::least_used}) {
    fixture f({.policy = by});
    std::vector<key_spec> specs{key("a"), key("b")};
    specs[0].models = {model_name("gemini-3.6-flash")};
    f.pool.apply(specs, f.now);
    const request_traits upload{.model = ""};
    BOOST_TEST(f.serve_many(3, upload) == "bbb");
    f.meet("b", quota(quota_period::minute, 30s), "");
    BOOST_TEST(f.serve_many(2, upload) == "aa");
    f.now += 31s;
    BOOST_TEST(f.serve_many(2, upload) == "bb");
  }
}

BOOST_AUTO_TEST_CASE(without_a_model_priority_decides_first) {
  fixture f({.policy = policy::priority});
  std::vector<key_spec> specs{key("a"), key("b"), key("c")};
  specs[0].models = {model_name("gemini-3.6-flash")};
  specs[0].priority = 1;
  specs[1].models = {model_name("gemini-3.6-flash")};
  f.pool.apply(specs, f.now);
  BOOST_TEST(f.serve_many(2, {.model = ""}) == "aa");
  f.meet("a", rejected, "");
  BOOST_TEST(f.serve_many(2, {.model = ""}) == "cc");
}

BOOST_AUTO_TEST_CASE(beyond_the_most_the_coldest_idle_model_is_forgotten) {
  fixture f({.max_models = 2});
  f.with_keys({"a"});
  f.serve(quota(quota_period::day), {.model = "old"});
  f.now += 1s;
  f.serve(quota(quota_period::day), {.model = "new"});
  f.now += 1s;
  BOOST_TEST(f.serve(success, {.model = "third"}) == "a");
  BOOST_TEST(f.serve(success, {.model = "new"}) == "-");
  BOOST_TEST(f.serve(success, {.model = "old"}) == "a");
}

BOOST_AUTO_TEST_CASE(a_model_with_a_request_under_way_is_not_forgotten) {
  fixture f({.max_models = 1});
  f.with_keys({"a"});
  lease held = f.acquire({.model = "busy"});
  BOOST_TEST(f.serve(success, {.model = "another"}) == "a");
  f.settle(std::move(held), quota(quota_period::day));
  BOOST_TEST(f.serve(success, {.model = "busy"}) == "-");
}

BOOST_AUTO_TEST_CASE(when_none_is_idle_further_models_share) {
  fixture f({.max_models = 1});
  f.with_keys({"a", "b"});
  const lease busy = f.acquire({.model = "busy"});
  const lease first = f.acquire({.model = "x"});
  const lease second = f.acquire({.model = "y"});
  BOOST_TEST(first.key_name() + second.key_name() == "ab");
}

BOOST_AUTO_TEST_SUITE_END()
