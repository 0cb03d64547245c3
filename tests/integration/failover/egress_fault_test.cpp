// Connections that fail before a byte of an answer: no mark on any key, and another try if the
// request may be repeated.
#include "expect.hpp"

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

const api_call create{"cachedContents", "/v1beta/cachedContents",
                      R"({"model":"models/gemini-3.6-flash"})"};

void expect_unmarked(const rig& r) {
  for (const pool::key_view& view : r.keys_now())
    BOOST_TEST(view.state == key_state::healthy, view.name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(egress_fault)

BOOST_AUTO_TEST_CASE(a_connection_that_ends_before_the_answer_is_followed_by_another) {
  for (const std::string_view fault : {"reset_before_head", "close_before_head"}) {
    for (const api_call& call : all_calls) {
      BOOST_TEST_CONTEXT(fault << ", " << call.name) {
        rig_setup s;
        s.keys = {key("one"), key("two")};
        s.faults = {fault_of({}, fault)};
        s.faults[0].nth = 1;
        rig r(std::move(s));
        expect_success(r, r.call(call));
        BOOST_TEST(r.tried().size() == 2U);
        expect_unmarked(r);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(three_such_ends_are_a_bad_gateway) {
  rig_setup s;
  s.keys = {key("one"), key("two")};
  s.faults = {fault_of({}, "reset_before_head")};
  rig r(std::move(s));
  expect_own_error(r.call(generate), 502, "UNAVAILABLE", "UPSTREAM_UNREACHABLE");
  BOOST_TEST(r.tried().size() == 3U);
  expect_unmarked(r);
}

BOOST_AUTO_TEST_CASE(what_creates_something_is_sent_once) {
  rig_setup s;
  s.keys = {key("one"), key("two")};
  s.faults = {fault_of({}, "reset_before_head")};
  rig r(std::move(s));
  expect_own_error(r.call(create), 502, "UNAVAILABLE", "UPSTREAM_UNREACHABLE");
  BOOST_TEST(r.tried().size() == 1U);
  expect_unmarked(r);
}

BOOST_AUTO_TEST_CASE(an_upstream_that_is_down_is_a_bad_gateway_and_serves_again_when_it_is_up) {
  rig_setup s;
  s.keys = {key("one"), key("two")};
  rig r(std::move(s));
  expect_success(r, r.call(generate));
  r.stop_upstream();
  for (const api_call& call : {generate, stream_sse, chat})
    expect_own_error(r.call(call), 502, "UNAVAILABLE", "UPSTREAM_UNREACHABLE");
  r.start_upstream();
  expect_success(r, r.call(generate));
  expect_success(r, r.call(stream_sse));
  expect_unmarked(r);
}

BOOST_AUTO_TEST_CASE(a_connection_that_went_stale_costs_no_attempt) {
  rig_setup s;
  s.keys = {key("one")};
  s.upstream.connection.max_requests = 1;
  rig r(std::move(s));
  client app(r.port());
  for (int i = 0; i < 5; ++i) {
    const response answer = app.call(generate.target, generate.body);
    expect_success(r, answer);
    BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "1");
  }
  BOOST_TEST(r.key_state("one").errors == 0U);
}

BOOST_AUTO_TEST_CASE(an_error_answer_that_ends_early_is_no_answer) {
  rig_setup s;
  s.keys = {key("one"), key("two")};
  s.faults = {fault_of("one", "leaked"), fault_of("one", "short_body")};
  rig r(std::move(s));
  expect_success(r, r.call(generate));
}

BOOST_AUTO_TEST_SUITE_END()
