#include <gemkeeper/sandbox/error_bodies.hpp>

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <set>
#include <string>

using namespace gemkeeper::sandbox;
using namespace std::chrono_literals;

namespace {

rapidjson::Document parsed(std::string_view text) {
  rapidjson::Document document;
  document.Parse(text.data(), text.size());
  BOOST_REQUIRE(!document.HasParseError());
  return document;
}

error_text named(std::string_view name, const error_context& context = {}) {
  const auto error = make_error(name, context);
  BOOST_REQUIRE(error.has_value());
  return *error;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(error_bodies)

BOOST_AUTO_TEST_CASE(an_invalid_key_is_told_as_the_protocol_document_has_it) {
  BOOST_TEST(render(named("key_invalid"), error_framing::event) ==
             R"({"error":{"code":400,"message":"API key not valid. Please pass a valid API key.",)"
             R"("status":"INVALID_ARGUMENT","details":[{"@type":)"
             R"("type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":)"
             R"("googleapis.com","metadata":{"service":"generativelanguage.googleapis.com"}},)"
             R"({"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US",)"
             R"("message":"API key not valid. Please pass a valid API key."}]}})");
}

BOOST_AUTO_TEST_CASE(a_minute_quota_is_told_as_the_protocol_document_has_it) {
  error_context context;
  context.model = "gemini-3.5-flash-lite";
  const auto document = parsed(render(named("quota_minute", context), error_framing::object));
  const auto expected = parsed(
      R"({"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. \n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 15, model: gemini-3.5-flash-lite\nPlease retry in 47.618s.",
"status":"RESOURCE_EXHAUSTED","details":[
 {"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Learn more about Gemini API quotas","url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]},
 {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaDimensions":{"location":"global","model":"gemini-3.5-flash-lite"},"quotaValue":"15"}]},
 {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"47s"}]}})");
  BOOST_TEST((document == expected));
}

BOOST_AUTO_TEST_CASE(documents_are_printed_by_two_spaces_with_a_newline_at_the_end) {
  BOOST_TEST(render(named("bare_429"), error_framing::object) ==
             "{\n"
             "  \"error\": {\n"
             "    \"code\": 429,\n"
             "    \"message\": \"Resource has been exhausted (e.g. check quota).\",\n"
             "    \"status\": \"RESOURCE_EXHAUSTED\"\n"
             "  }\n"
             "}\n");
}

BOOST_AUTO_TEST_CASE(every_error_is_json_in_each_framing_or_html) {
  std::set<std::string_view> names;
  for (const std::string_view name : error_names()) {
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(names.insert(name).second);
      const error_text error = named(name);
      const std::string object = render(error, error_framing::object);
      BOOST_TEST(object.find("{project}") == std::string::npos);
      if (error.kind == error_text::form::html) {
        BOOST_TEST(object.starts_with("<!DOCTYPE html>"));
        continue;
      }
      BOOST_TEST(parsed(object)["error"]["code"].GetInt() == error.code);
      const auto array = parsed(render(error, error_framing::array));
      BOOST_TEST(array[0]["error"]["status"].GetString() == error.status);
      const std::string event = render(error, error_framing::event);
      BOOST_TEST((parsed(event) == parsed(object)));
      BOOST_TEST(event.find('\n') == std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(only_two_errors_echo_the_key) {
  error_context context;
  context.key = "AIza-the-key";
  std::set<std::string_view> echoing;
  for (const std::string_view name : error_names()) {
    const std::string body = render(named(name, context), error_framing::object);
    if (body.find(context.key) != std::string::npos) echoing.insert(name);
  }
  BOOST_TEST((echoing == std::set<std::string_view>{"suspended", "invalid_with_debug"}));
}

BOOST_AUTO_TEST_CASE(several_quotas_are_told_at_once) {
  const auto document = parsed(render(named("quota_minute_and_day"), error_framing::object));
  const auto& violations = document["error"]["details"][1]["violations"];
  BOOST_TEST(violations.Size() == 3U);
  BOOST_TEST(violations[2]["quotaId"].GetString() ==
             "GenerateRequestsPerDayPerProjectPerModel-FreeTier");
}

BOOST_AUTO_TEST_CASE(a_limit_of_zero_stands_in_the_message_only) {
  const error_text error = named("limit_zero");
  BOOST_TEST(error.message.find("limit: 0,") != std::string::npos);
  BOOST_TEST(error.details.find("quotaValue") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_retry_delay_is_cut_to_seconds_unless_it_is_short) {
  struct {
    std::chrono::milliseconds delay;
    std::string told;
  } const cases[] = {{47'618ms, R"("retryDelay":"47s")"},
                     {539ms, R"("retryDelay":"0.539s")"},
                     {1'250ms, R"("retryDelay":"1.250s")"},
                     {1'000ms, R"("retryDelay":"1s")"}};
  for (const auto& [delay, told] : cases) {
    const auto error = make_error("quota_minute", {}, delay);
    BOOST_TEST(error->details.find(told) != std::string::npos, told);
  }
}

BOOST_AUTO_TEST_CASE(what_is_quoted_from_a_request_is_escaped) {
  error_context context;
  context.key = R"(a"b\c)";
  context.path = "/<script>";
  BOOST_TEST(
      parsed(render(named("suspended", context),
                    error_framing::object))["error"]["details"][0]["metadata"]["containerInfo"]
          .GetString() == R"(api_key:a"b\c)");
  BOOST_TEST(render(named("html_404", context), error_framing::object).find("<script>") ==
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
