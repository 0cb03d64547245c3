#include "pieces.hpp"
#include <gemkeeper/gemini/first_event.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace gemkeeper::gemini;
using gemkeeper::test::every_cut;
using gemkeeper::test::feed;

namespace {

using state = first_event::state;

const std::string error = R"({"error":{"code":429,"message":"a \"}\" b","details":[{"x":[]}]}})";
const std::string interaction_error =
    R"({"event_type":"error","error":{"code":"too_many_requests","message":"slow down"}})";

struct expectation {
  answer_form form;
  std::string text;
  state result;
  std::string json;
  bool complete = true;
};

void check(const expectation& expected) {
  first_event event(answer_form::json);
  for (const auto& cut : every_cut(expected.text)) {
    BOOST_TEST_CONTEXT(expected.text << ", first piece of " << cut.front().size() << " bytes") {
      event.reset(expected.form);
      feed(event, cut);
      BOOST_TEST((event.feed({}) == expected.result));
      BOOST_TEST(event.complete() == (expected.result == state::error && expected.complete));
      if (expected.result == state::error) BOOST_TEST(event.error_json() == expected.json);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(first_events)

BOOST_AUTO_TEST_CASE(an_error_is_known_in_every_framing) {
  const expectation cases[] = {
      {answer_form::json, error, state::error, error},
      {answer_form::json, "[" + error + "]\n", state::error, error},
      {answer_form::json_array, "[\n" + error + "\r\n]", state::error, error},
      {answer_form::sse, "data: " + error + "\r\n\r\n", state::error, error},
      {answer_form::sse, ": c\r\n\r\nevent: x\r\ndata:" + error + "\r\n\r\ndata: {}\r\n\r\n",
       state::error, error},
      {answer_form::sse, error, state::error, error},
      {answer_form::sse, "\n" + error + "\n", state::error, error},
      {answer_form::sse, "[" + error + "]", state::error, error},
      {answer_form::sse, "event: error\ndata: " + interaction_error + "\n\n", state::error,
       interaction_error},
      {answer_form::sse,
       R"(data: {"event_id":"e1","event_type":"error"})"
       "\n\n",
       state::error, R"({"event_id":"e1","event_type":"error"})"},
      {answer_form::sse, "data: {\ndata: \"error\": {\ndata: }}\n\n", state::error,
       "{\n \"error\": {\n }}"},
      {answer_form::json, R"({"error":"plain"})", state::error, R"({"error":"plain"})"},
      {answer_form::json, R"({"\u0065rror":{}})", state::error, R"({"\u0065rror":{}})"},
  };
  for (const expectation& expected : cases)
    check(expected);
}

BOOST_AUTO_TEST_CASE(whatever_does_not_start_with_an_error_is_data) {
  const std::pair<answer_form, const char*> cases[] = {
      {answer_form::json, R"({"candidates":[{"error":{}}]})"},
      {answer_form::json, R"({"candidates")"},
      {answer_form::json, R"({"name":"operations/x","done":true,"error":{"code":3}})"},
      {answer_form::json, R"({"error":null,"id":"x"})"},
      {answer_form::json, "{}"},
      {answer_form::json, "[]"},
      {answer_form::json, R"([["error"]])"},
      {answer_form::json, R"(["error"])"},
      {answer_form::json, R"("error")"},
      {answer_form::json, "<html lang=en>"},
      {answer_form::json_array, R"([{"candidates":[)"},
      {answer_form::sse, "data: {\"candidates\""},
      {answer_form::sse, "data: [DONE]\n\n"},
      {answer_form::sse, "data: {\"error\"\n\ndata: :{}}\n\n"},
      {answer_form::sse,
       "event: interaction.created\ndata: {\"event_type\":\"interaction.created\""},
      {answer_form::sse, "data: {\"event_id\":\"error\",\"delta\""},
  };
  for (const auto& [form, text] : cases)
    check({form, text, state::data, {}});
  check({answer_form::opaque, error, state::data, {}});
}

BOOST_AUTO_TEST_CASE(a_start_that_may_become_an_error_stays_undecided) {
  const std::pair<answer_form, const char*> cases[] = {
      {answer_form::json, ""},
      {answer_form::json, " [ {"},
      {answer_form::json, R"({"error)"},
      {answer_form::json, R"({"error":)"},
      {answer_form::json, R"({"event_type":"error)"},
      {answer_form::sse, "event: x\nid: 1\n\ndata: \n\n: c\n\n"},
      {answer_form::sse, "data: {\"err"},
  };
  for (const auto& [form, text] : cases) {
    check({form, text, state::undecided, {}});
    first_event event(form);
    event.feed(text);
    BOOST_TEST((event.finish() == state::data));
  }
}

BOOST_AUTO_TEST_CASE(an_error_cut_off_keeps_what_came) {
  const std::string cut = error.substr(0, error.size() - 3);
  check({answer_form::json, cut, state::error, cut, false});
  first_event event(answer_form::json);
  event.feed(cut);
  BOOST_TEST((event.finish() == state::error));
  BOOST_TEST(event.complete());
  check({answer_form::sse, "data: " + cut + "\n\ndata: }}}\n\n", state::error, cut + "\n"});
}

BOOST_AUTO_TEST_CASE(a_long_undecided_start_is_data) {
  first_event event(answer_form::sse);
  const std::string comment(first_event::max_undecided, ':');
  BOOST_TEST((event.feed(comment) == state::undecided));
  BOOST_TEST((event.feed(":") == state::data));
}

BOOST_AUTO_TEST_CASE(an_error_is_kept_up_to_its_bound) {
  first_event event(answer_form::json);
  event.feed(R"({"error":{"message":")");
  for (int i = 0; i < 20; ++i)
    event.feed(std::string(10'000, 'x'));
  BOOST_TEST(event.complete());
  BOOST_TEST(event.error_json().size() == first_event::max_error);
}

BOOST_AUTO_TEST_CASE(deep_nesting_costs_no_stack) {
  first_event event(answer_form::json);
  event.feed(R"({"error":)");
  BOOST_TEST((event.feed(std::string(100'000, '[')) == state::error));
  event.reset(answer_form::json);
  BOOST_TEST((event.feed(std::string(100'000, '{')) == state::data));
}

BOOST_AUTO_TEST_SUITE_END()
