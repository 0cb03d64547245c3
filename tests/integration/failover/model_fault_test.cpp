// Google's own trouble: no mark on any key, another one is tried after a pause.
#include "expect.hpp"

#include <array>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

// After so many requests.
void expect_unmarked(rig& r, std::size_t requests = 1) {
  BOOST_TEST(r.requests().wait_for(requests).size() == requests);
  for (const pool::key_view& view : r.keys_now()) {
    BOOST_TEST_CONTEXT(view.name) {
      BOOST_TEST(view.state == key_state::healthy);
      BOOST_TEST(view.cool_downs.empty());
      BOOST_TEST(view.in_flight == 0U);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model_fault)

BOOST_AUTO_TEST_CASE(an_overloaded_model_is_asked_again_with_another_key) {
  for (const std::string_view fault : {"internal_500", "overloaded_503", "overloaded_503_old_text",
                                       "deadline_504", "cancelled_499", "html_502", "html_503"}) {
    BOOST_TEST_CONTEXT(fault) {
      rig_setup s;
      s.keys = {key("bad"), key("good")};
      s.faults = {fault_of("bad", fault)};
      rig r(std::move(s));
      expect_success(r, r.call(generate));
      expect_tried(r, {"bad", "good"});
      expect_unmarked(r);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_framing_is_understood) {
  for (const api_call& call : all_calls) {
    BOOST_TEST_CONTEXT(call.name) {
      rig_setup s;
      s.keys = {key("bad"), key("good")};
      s.faults = {fault_of("bad", "overloaded_503")};
      rig r(std::move(s));
      expect_success(r, r.call(call));
      expect_tried(r, {"bad", "good"});
      expect_unmarked(r);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_single_key_is_asked_again) {
  rig_setup s;
  s.keys = {key("one")};
  s.faults = {fault_of({}, "overloaded_503")};
  s.faults[0].count = 2;
  rig r(std::move(s));
  expect_success(r, r.call(generate));
  expect_tried(r, {"one", "one", "one"});
}

BOOST_AUTO_TEST_CASE(after_ten_failures_in_a_row_a_model_is_asked_once_and_its_answer_passed_on) {
  rig_setup s;
  s.keys = {key("one"), key("two")};
  s.faults = {fault_of({}, "overloaded_503")};
  s.faults[0].model = model;
  s.proxy.retry.max_attempts = 2;
  rig r(std::move(s));
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(header(r.call(generate), "x-gemkeeper-attempts") == "2");
  const response answer = r.call(generate);
  BOOST_TEST(answer.result_int() == 503);
  BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "1");
  expect_success(r, r.call(generate_with_other_model));
  expect_unmarked(r, 7);
}

BOOST_AUTO_TEST_CASE(a_call_that_creates_something_is_not_repeated_when_it_may_have_been_done) {
  const api_call create{"cachedContents", "/v1beta/cachedContents",
                        R"({"model":"models/gemini-3.6-flash"})"};
  rig_setup s;
  s.keys = {key("one"), key("two")};
  s.faults = {fault_of({}, "html_502")};
  rig r(std::move(s));
  const response answer = r.call(create);
  BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
