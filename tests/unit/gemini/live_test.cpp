// What a Live session's messages and its end tell.
#include "pieces.hpp"
#include <gemkeeper/gemini/live.hpp>
#include <gemkeeper/gemini/request_body.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::gemini;
using gemkeeper::pool::next_step;
using gemkeeper::pool::outcome;
using gemkeeper::test::every_cut;
using gemkeeper::test::feed;

namespace {

constexpr std::string_view address =
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";

struct judged {
  std::uint16_t code;
  std::string_view reason;
  outcome kind;
  next_step next;
  std::string_view word;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(live)

BOOST_AUTO_TEST_CASE(a_setup_names_its_model) {
  constexpr std::string_view setup =
      R"({"setup":{"generationConfig":{"model":"not this"},"tools":[{"model":"nor this"}],)"
      R"("model":"models/gemini-live-2.5-flash-preview","sessionResumption":{"handle":"Cihy_X-1"}}})";
  BOOST_TEST(live_setup_model(setup) == "gemini-live-2.5-flash-preview");
  request_scanner names;
  names.reset(body_facts::resources);
  feed(names, {setup});
  BOOST_TEST(names.resources().size() == 1U);
  BOOST_TEST(names.resources()[0] == "sessions/Cihy_X-1");
}

BOOST_AUTO_TEST_CASE(what_is_no_setup_asks_for_nothing) {
  for (const std::string_view text :
       {"", "{}", "hello", R"({"model":"models/x"})", R"({"setup":["model","x"]})",
        R"({"clientContent":{"model":"models/x"}})", R"({"setup":{"model":7}})", "{\"setup\":{"}) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(live_setup_model(text).empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(usage_is_summed_over_turns) {
  constexpr std::string_view first =
      R"({"serverContent":{"turnComplete":true,"usageMetadata":{"promptTokenCount":9}},)"
      R"("usageMetadata":{"promptTokenCount":10,"responseTokenCount":50,"totalTokenCount":60,)"
      R"("responseTokensDetails":[{"modality":"AUDIO","tokenCount":50}],"serviceTier":"FLEX"}})";
  constexpr std::string_view second =
      R"({"usageMetadata":{"promptTokenCount":70,"responseTokenCount":5,"totalTokenCount":75}})";
  for (const auto& cut : every_cut(first)) {
    live_messages server;
    feed(server, cut);
    BOOST_TEST(!server.metered());
    server.end_message();
    BOOST_TEST(server.take_new_usage().prompt == 10U);
    BOOST_TEST((server.service() == gemkeeper::pool::service_tier::flex));
    feed(server, {second});
    server.end_message();
    BOOST_TEST(server.metered());
    BOOST_TEST(server.usage().prompt == 80U);
    BOOST_TEST(server.usage().candidates == 55U);
    BOOST_TEST(server.usage().candidates_by[2] == 50U);
    BOOST_TEST(server.take_new_usage().total == 75U);
    BOOST_TEST(server.take_new_usage().empty());
  }
}

BOOST_AUTO_TEST_CASE(setup_handles_and_farewells_are_noticed_however_they_are_cut) {
  constexpr std::string_view setup = R"({"setupComplete":{"sessionId":"s1"}})";
  constexpr std::string_view handle =
      R"({"sessionResumptionUpdate":{"resumable":true,"newHandle":"Cihy_X-2"}})";
  constexpr std::string_view farewell = R"({"goAway":{"timeLeft":"50s"}})";
  constexpr std::string_view talk =
      R"({"serverContent":{"modelTurn":{"parts":[{"text":"{\"goAway\":{}}"}]},"goAway":{},)"
      R"("sessionResumptionUpdate":{"newHandle":"no"}}})";
  for (const auto& cut : every_cut(setup)) {
    live_messages server;
    feed(server, cut);
    BOOST_TEST(server.setup_complete());
  }
  for (const auto& cut : every_cut(handle)) {
    live_messages server;
    feed(server, cut);
    server.end_message();
    const auto handles = server.take_handles();
    BOOST_TEST(handles.size() == 1U);
    if (!handles.empty()) BOOST_TEST(handles[0] == "sessions/Cihy_X-2");
    BOOST_TEST(server.take_handles().empty());
  }
  for (const auto& cut : every_cut(farewell)) {
    live_messages server;
    feed(server, cut);
    BOOST_TEST(server.going_away());
  }
  for (const auto& cut : every_cut(talk)) {
    live_messages server;
    feed(server, cut);
    server.end_message();
    BOOST_TEST(!server.going_away());
    BOOST_TEST(!server.setup_complete());
    BOOST_TEST(server.take_handles().empty());
  }
}

BOOST_AUTO_TEST_CASE(an_error_message_is_told_from_one_that_speaks_of_errors) {
  live_messages server;
  feed(server, {R"({"serverContent":{"error":{"code":1}}})"});
  BOOST_TEST(!server.error_seen());
  server.end_message();
  feed(server, {R"({"error":{"code":429}})"});
  BOOST_TEST(server.error_seen());
}

BOOST_AUTO_TEST_CASE(a_close_says_what_the_key_is_worth) {
  const endpoint where = classify("GET", address);
  const judged cases[] = {
      {1007, "API key expired. Please renew the API key.", outcome::key_fault, next_step::next_key,
       "expired"},
      {1007, "API key not valid. Please pass a valid API key.", outcome::key_fault,
       next_step::next_key, "API_KEY_INVALID"},
      {1008, "Your API key was reported as leaked. Please use another API key.", outcome::key_fault,
       next_step::next_key, "leaked"},
      {1007, "User location is not supported for the API use.", outcome::location_blocked,
       next_step::pass_on, "location"},
      {1007, "Request contains an invalid argument.", outcome::client_fault, next_step::pass_on,
       "bad_request"},
      {1008,
       "models/x is not found for API version v1beta, or is not supported for "
       "bidiGenerateContent. Call ListModels to see the list of ava",
       outcome::client_fault, next_step::pass_on, "not_found"},
      {1008, "Requested entity was not found.", outcome::client_fault, next_step::pass_on,
       "not_found"},
      {1008, "Operation is not implemented, or supported, or enabled.", outcome::client_fault,
       next_step::pass_on, "permission_denied"},
      {1011,
       "You exceeded your current quota, please check your plan and billing details. For more "
       "information on this error, head to: ht",
       outcome::quota_unknown, next_step::next_project, "quota_unknown"},
      {1011, "RESOURCE_EXHAUSTED", outcome::quota_unknown, next_step::next_project,
       "quota_unknown"},
      {1011, "Your prepayment credits are depleted. Please go to AI Studio",
       outcome::project_exhausted, next_step::next_project, "prepaid_credits"},
      {1011, "Your project has exceeded its monthly spending cap.", outcome::project_exhausted,
       next_step::next_project, "spending_cap"},
      {1011, "Internal error encountered.", outcome::model_fault, next_step::backoff, "internal"},
      {1013, "The service is currently unavailable.", outcome::model_fault, next_step::backoff,
       "overloaded"},
      {1000, "", outcome::success, next_step::pass_on, "closed"},
      {1001, "The session duration limit was reached.", outcome::success, next_step::pass_on,
       "closed"},
      {1002, "x", outcome::client_fault, next_step::pass_on, "bad_request"},
  };
  for (const judged& one : cases) {
    BOOST_TEST_CONTEXT(one.code << " " << one.reason) {
      const auto verdict = judge_live_close(one.code, one.reason, where);
      BOOST_TEST((verdict.kind == one.kind));
      BOOST_TEST((verdict.next == one.next));
      BOOST_TEST(verdict.reason == one.word);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
