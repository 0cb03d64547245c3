#include "fixture.hpp"

#include <map>

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

key_spec weighted(std::string name, std::uint32_t weight, std::string project = {}) {
  key_spec spec = key(std::move(name), std::move(project));
  spec.weight = weight;
  return spec;
}

key_spec with_priority(std::string name, std::int32_t priority, std::string project = {}) {
  key_spec spec = key(std::move(name), std::move(project));
  spec.priority = priority;
  return spec;
}

std::map<char, long> counted(const std::string& names) {
  std::map<char, long> counts;
  for (const char c : names)
    ++counts[c];
  return counts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policies)

BOOST_AUTO_TEST_CASE(words_and_policies_correspond) {
  for (const policy p :
       {policy::round_robin, policy::weighted, policy::least_used, policy::priority}) {
    BOOST_TEST((parse_policy(to_string(p)) == p));
  }
  BOOST_TEST(!parse_policy("random"));
  BOOST_TEST(!parse_policy(""));
}

BOOST_FIXTURE_TEST_CASE(round_robin_goes_in_order_of_declaration, fixture) {
  with_keys({"c", "a", "b"});
  BOOST_TEST(serve_many(7) == "cabcabc");
}

BOOST_FIXTURE_TEST_CASE(each_model_has_its_own_round, fixture) {
  with_keys({"a", "b"});
  BOOST_TEST(serve(success, {.model = "x"}) == "a");
  BOOST_TEST(serve(success, {.model = "y"}) == "a");
  BOOST_TEST(serve(success, {.model = "x"}) == "b");
  BOOST_TEST(serve(success, {}) == "a");
}

BOOST_FIXTURE_TEST_CASE(round_robin_gives_each_project_a_turn_and_its_keys_in_turn, fixture) {
  pool.apply({key("a", "p"), key("b", "p"), key("c", "q")}, now);
  BOOST_TEST(serve_many(8) == "acbcacbc");
}

BOOST_FIXTURE_TEST_CASE(turns_go_on_while_requests_are_in_flight, fixture) {
  with_keys({"a", "b", "c"});
  std::vector<lease> held;
  std::string names;
  for (int i = 0; i < 6; ++i) {
    held.push_back(acquire());
    names += held.back().key_name();
  }
  BOOST_TEST(names == "abcabc");
}

BOOST_FIXTURE_TEST_CASE(one_that_was_away_gets_no_burst, fixture) {
  with_keys({"a", "b", "c"});
  meet("b", quota(quota_period::minute));
  BOOST_TEST(serve_many(8) == "acacacac");
  now += 2min;
  BOOST_TEST(serve_many(7) == "bacbacb");
}

BOOST_FIXTURE_TEST_CASE(a_new_key_gets_no_burst, fixture) {
  with_keys({"a", "b"});
  serve_many(100);
  with_keys({"a", "b", "c"});
  BOOST_TEST(serve_many(6) == "cabcab");
}

BOOST_AUTO_TEST_CASE(weighted_serves_in_proportion_and_interleaves) {
  fixture f({.policy = policy::weighted});
  f.pool.apply({weighted("a", 3), weighted("b", 1), weighted("c", 2)}, f.now);
  const std::string served = f.serve_many(600);
  const auto counts = counted(served);
  BOOST_TEST(std::abs(counts.at('a') - 300) <= 1);
  BOOST_TEST(std::abs(counts.at('b') - 100) <= 1);
  BOOST_TEST(std::abs(counts.at('c') - 200) <= 1);
  BOOST_TEST(served.find("aaaa") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_projects_weight_is_the_sum_of_its_usable_keys) {
  fixture f({.policy = policy::weighted});
  f.pool.apply({weighted("a", 1, "p"), weighted("b", 3, "p"), weighted("c", 4, "q")}, f.now);
  auto counts = counted(f.serve_many(800));
  BOOST_TEST(std::abs(counts['a'] - 100) <= 2);
  BOOST_TEST(std::abs(counts['b'] - 300) <= 2);
  BOOST_TEST(std::abs(counts['c'] - 400) <= 2);
  f.meet("b", rejected);
  counts = counted(f.serve_many(500));
  BOOST_TEST(std::abs(counts['a'] - 100) <= 2);
  BOOST_TEST(std::abs(counts['c'] - 400) <= 2);
}

BOOST_AUTO_TEST_CASE(least_used_levels_tokens_not_requests) {
  fixture f({.policy = policy::least_used});
  f.with_keys({"a", "b", "c"});
  const std::map<char, std::uint64_t> price{{'a', 1'000}, {'b', 100}, {'c', 500}};
  std::map<char, std::uint64_t> used;
  for (int i = 0; i < 3'000; ++i) {
    lease l = f.acquire();
    const char name = l.key_name()[0];
    used[name] += price.at(name);
    f.settle(std::move(l), success, price.at(name));
  }
  for (const auto& [name, tokens] : used) {
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(tokens > used['a'] * 95 / 100);
      BOOST_TEST(tokens < used['a'] * 105 / 100);
    }
  }
}

BOOST_AUTO_TEST_CASE(least_used_counts_what_is_in_flight) {
  fixture f({.policy = policy::least_used});
  f.with_keys({"a", "b"});
  f.settle(f.acquire(), success, 80);
  std::vector<lease> held;
  std::string names;
  for (int i = 0; i < 12; ++i) {
    held.push_back(f.acquire());
    names += held.back().key_name();
  }
  const auto counts = counted(names);
  BOOST_TEST(counts.at('b') > counts.at('a'));
  BOOST_TEST(counts.at('a') >= 1);
}

BOOST_AUTO_TEST_CASE(least_used_is_not_drawn_to_a_key_that_only_fails) {
  fixture f({.policy = policy::least_used});
  f.with_keys({"a", "b"});
  f.settle(f.acquire(), success, 100);
  int failures = 0;
  for (int i = 0; i < 100; ++i) {
    lease l = f.acquire();
    const bool fails = l.key_name() == "b";
    failures += fails ? 1 : 0;
    f.settle(std::move(l), fails ? verdict{.kind = outcome::model_fault} : success, 100);
  }
  BOOST_TEST(failures < 70);
}

BOOST_AUTO_TEST_CASE(priority_serves_the_highest_that_is_free) {
  fixture f({.policy = policy::priority});
  f.pool.apply(
      {with_priority("a", 1), with_priority("b", 5), with_priority("c", 5), with_priority("d", -1)},
      f.now);
  BOOST_TEST(f.serve_many(4) == "bcbc");
  f.meet("b", quota(quota_period::minute));
  BOOST_TEST(f.serve_many(2) == "cc");
  f.meet("c", quota(quota_period::minute));
  BOOST_TEST(f.serve_many(2) == "aa");
  f.meet("a", quota(quota_period::day));
  BOOST_TEST(f.serve_many(2) == "dd");
  f.now += 61s;
  BOOST_TEST(f.serve_many(4) == "bcbc");
}

BOOST_AUTO_TEST_CASE(priority_holds_among_the_keys_of_a_project_and_for_what_is_left_of_it) {
  fixture f({.policy = policy::priority});
  key_spec best = with_priority("a", 9, "p");
  best.quota.requests_per_minute = 2;
  f.pool.apply({best, with_priority("b", 1, "p"), with_priority("c", 5)}, f.now);
  BOOST_TEST(f.serve_many(5) == "aaccc");  // at its quota, `a` leaves its project with priority 1
  f.now += 60s;
  BOOST_TEST(f.serve_many(3) == "aac");  // and brings it back
}

BOOST_AUTO_TEST_CASE(another_policy_starts_with_the_next_request) {
  fixture f;
  f.pool.apply({with_priority("a", 1), with_priority("b", 2)}, f.now);
  BOOST_TEST(f.serve_many(3) == "aba");
  f.pool.configure({.policy = policy::priority});
  BOOST_TEST(f.serve_many(3) == "bbb");
  f.pool.configure({.policy = policy::round_robin});
  BOOST_TEST(f.serve_many(4) == "abab");
}

BOOST_AUTO_TEST_SUITE_END()
