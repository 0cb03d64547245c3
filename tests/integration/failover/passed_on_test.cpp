// What is the client's to see, unchanged, and harms no key: its own faults, missing resources, and
// a location that Google does not serve.
#include "expect.hpp"

#include <array>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

constexpr std::array passed_on{
    "invalid_argument",
    "input_too_long",
    "resource_403",
    "cached_content_403",
    "caller_403",
    "model_not_found",
    "html_400",
    "html_404",
    "html_429",
    "multiple_credentials",
    "unregistered_caller",
    "location",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(passed_on_unchanged)

BOOST_AUTO_TEST_CASE(each_comes_as_google_sent_it_after_one_attempt) {
  for (const std::string_view fault : passed_on) {
    for (const api_call& call : all_calls) {
      BOOST_TEST_CONTEXT(fault << ", " << call.name) {
        rig_setup s;
        s.keys = {key("one"), key("two")};
        s.faults = {fault_of({}, fault)};
        rig r(std::move(s));
        const response direct = r.call_upstream(call, "one");
        r.upstream().reset();

        const response answer = r.call(call);
        expect_unchanged(answer, direct);
        BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "1");
        expect_tried(r, {"one"});
        BOOST_TEST(r.key_state("one").state == key_state::healthy);

        r.set_faults({});
        r.upstream().reset();
        expect_success(r, r.call(call));
        expect_success(r, r.call(call));
        expect_tried(r, {"two", "one"});
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_path_that_google_does_not_know_harms_no_key) {
  rig_setup s;
  s.keys = {key("one")};
  rig r(std::move(s));
  for (const api_call& call : {api_call{"", "/nowhere", ""}, api_call{"", "/v1beta/unknown", "{}"},
                               api_call{"", "/v1beta/nothings/none", ""}}) {
    const response answer = r.call(call);
    BOOST_TEST(answer.result_int() == 404);
    BOOST_TEST(answer.body().find("<!DOCTYPE html>") == 0U, answer.body());
  }
  BOOST_TEST(r.key_state("one").state == key_state::healthy);
  expect_success(r, r.call(generate));
}

BOOST_AUTO_TEST_SUITE_END()
