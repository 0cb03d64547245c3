#include "sandbox/fault_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace gemkeeper::sandbox;

namespace {

const request_facts any_request = {"k", "p", "m", "/v1beta/models/m:generateContent"};

fault named(std::string name) {
  fault rule;
  rule.name = std::move(name);
  return rule;
}

// Which of so many requests meet an error: "..x." is the third of four.
std::string errors_of(fault_plan& plan, int requests) {
  std::string met;
  for (int i = 0; i < requests; ++i)
    met += plan.draw(any_request).error == nullptr ? '.' : 'x';
  return met;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fault_plans)

BOOST_AUTO_TEST_CASE(nth_and_count_choose_requests) {
  struct {
    std::uint64_t nth, count;
    std::string met;
  } const cases[] = {{0, 0, "xxxxx"}, {3, 0, "..x.."}, {0, 2, "xx..."}, {3, 2, "..xx."}};
  for (const auto& [nth, count, met] : cases) {
    fault rule = named("bare_429");
    rule.nth = nth;
    rule.count = count;
    fault_plan plan({rule}, 1);
    BOOST_TEST(errors_of(plan, 5) == met);
  }
}

BOOST_AUTO_TEST_CASE(probability_is_the_same_for_the_same_seed) {
  fault rule = named("bare_429");
  rule.probability = 0.5;
  fault_plan first({rule}, 7);
  fault_plan second({rule}, 7);
  const std::string met = errors_of(first, 64);
  BOOST_TEST(met == errors_of(second, 64));
  BOOST_TEST(met.find('x') != std::string::npos);
  BOOST_TEST(met.find('.') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_condition_of_a_rule_must_hold) {
  struct {
    std::string key, project, model, path;
    bool meets;
  } const cases[] = {{"k", "p", "m", ":generate", true},
                     {"x", "", "", "", false},
                     {"", "x", "", "", false},
                     {"", "", "x", "", false},
                     {"", "", "", ":stream", false}};
  for (const auto& [key, project, model, path, meets] : cases) {
    fault rule = named("bare_429");
    rule.key = key;
    rule.project = project;
    rule.model = model;
    rule.path = path;
    fault_plan plan({rule}, 1);
    BOOST_TEST((plan.draw(any_request).error != nullptr) == meets);
  }
}

BOOST_AUTO_TEST_CASE(the_first_error_and_the_first_wire_fault_are_played_together) {
  fault once = named("key_invalid");
  once.count = 1;
  fault_plan plan({once, named("bare_429"), named("slow_head"), named("stall")}, 1);
  auto drawn = plan.draw(any_request);
  BOOST_TEST(drawn.error->name == "key_invalid");
  BOOST_TEST((drawn.kind == wire_fault::slow_head));
  drawn = plan.draw(any_request);
  BOOST_TEST(drawn.error->name == "bare_429");
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_refused) {
  BOOST_CHECK_EXCEPTION(fault_plan({named("quota_dya")}, 1), scenario_error, [](const auto& error) {
    const std::string text = error.what();
    return text.find("quota_dya") != std::string::npos &&
           text.find("quota_day") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()
