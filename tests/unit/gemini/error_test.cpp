#include "error_bodies.hpp"
#include <gemkeeper/gemini/error.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

using namespace gemkeeper::gemini;
using std::chrono::milliseconds;

namespace {

own_error all_cooling() {
  own_error error;
  error.http_status = 429;
  error.status = "RESOURCE_EXHAUSTED";
  error.reason = "ALL_KEYS_COOLING";
  error.message = "every key is cooling";
  error.retry_after = milliseconds(12'345);
  return error;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(a_quota_error_is_read_in_full) {
  const auto error = parse_error(bodies::quota_per_minute);
  BOOST_REQUIRE(error);
  BOOST_TEST(error->code == 429);
  BOOST_TEST(error->status == "RESOURCE_EXHAUSTED");
  BOOST_TEST(error->message.ends_with("\nPlease retry in 47.618338084s."));
  BOOST_TEST(error->has_details);
  BOOST_TEST(error->reasons.empty());
  BOOST_REQUIRE(error->violations.size() == 1U);
  const quota_violation& violation = error->violations[0];
  BOOST_TEST(violation.metric ==
             "generativelanguage.googleapis.com/generate_content_free_tier_requests");
  BOOST_TEST(violation.id == "GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
  BOOST_TEST(violation.model == "gemini-3.5-flash-lite");
  BOOST_TEST((violation.value == 15U));
  BOOST_TEST((error->retry_delay == milliseconds(47'000)));
}

BOOST_AUTO_TEST_CASE(error_info_tells_reason_consumer_and_quota) {
  const auto error = parse_error(bodies::quota_old_text);
  BOOST_REQUIRE(error);
  BOOST_REQUIRE(error->reasons.size() == 1U);
  BOOST_TEST(error->reasons[0] == "RATE_LIMIT_EXCEEDED");
  BOOST_TEST(error->consumer == "projects/123456789012");
  BOOST_TEST(error->quota_limit == "GenerateContentRequestsPerMinutePerProjectPerRegion");
  BOOST_TEST(error->quota_limit_value == "60");
}

BOOST_AUTO_TEST_CASE(several_violations_and_missing_values_are_kept_apart) {
  const auto error = parse_error(bodies::quota_several);
  BOOST_REQUIRE(error);
  BOOST_REQUIRE(error->violations.size() == 3U);
  BOOST_TEST((error->violations[0].value == 250'000U));
  BOOST_TEST(!error->violations[2].value);
}

BOOST_AUTO_TEST_CASE(every_framing_of_an_error_is_understood) {
  struct {
    std::string_view body;
    int code;
    std::string_view status, message;
  } const cases[] = {
      {R"({"error":{"code":503,"message":"m","status":"UNAVAILABLE"}})", 503, "UNAVAILABLE", "m"},
      {R"([{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}])", 503, "UNAVAILABLE", "m"},
      {"\n[ {\"error\":{\"code\":503}}\r\n", 503, "", ""},
      {R"([{"error":{"code":503}},{"error":{"code":400}}])", 503, "", ""},
      {R"({"error":{"message":"m","code":"invalid_request"}})", 0, "invalid_request", "m"},
      {R"({"error":{"message":"m","code":"429"}})", 429, "", "m"},
      {R"({"event_type":"error","error":{"code":"internal","message":"m"},"event_id":"e"})", 0,
       "internal", "m"},
      {R"({"error":"invalid_grant"})", 0, "", "invalid_grant"},
      {R"({"error":{}})", 0, "", ""},
      {R"({"error":{"code":503}} trailing)", 503, "", ""},
      {R"({"error":{"code":null,"message":7,"status":[],"details":{}}})", 0, "", ""},
      {R"({"error":{"code":99999999999,"message":"m"}})", 0, "", "m"},
  };
  for (const auto& c : cases) {
    const auto error = parse_error(c.body);
    BOOST_REQUIRE_MESSAGE(error, c.body);
    BOOST_TEST(error->code == c.code, c.body);
    BOOST_TEST(error->status == c.status, c.body);
    BOOST_TEST(error->message == c.message, c.body);
  }
}

BOOST_AUTO_TEST_CASE(what_holds_no_error_object_is_none) {
  for (const std::string_view body :
       {std::string_view(), std::string_view("   "), bodies::html_502, std::string_view("[]"),
        std::string_view("[1]"), std::string_view("null"), std::string_view("\"error\""),
        std::string_view("{}"), std::string_view(R"({"error":null})"),
        std::string_view(R"({"error":429})"), std::string_view(R"({"candidates":[]})"),
        std::string_view("File upload backend failed"), std::string_view("\0{\"error\":{}}", 13)}) {
    BOOST_TEST(!parse_error(body).has_value(), body);
  }
}

BOOST_AUTO_TEST_CASE(an_error_cut_off_anywhere_is_none) {
  std::string_view whole = bodies::quota_several;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    BOOST_TEST(!parse_error(whole.substr(0, size)).has_value(), size);
  }
}

BOOST_AUTO_TEST_CASE(details_may_have_stray_spaces_any_order_and_any_type) {
  const auto error = parse_error(R"({"error":{"details":[
      null, 7, "text", [], {}, {"@type":null}, {"@type":"google.rpc.QuotaFailure"},
      {" @type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2s"},
      {"@type ":" type.googleapis.com/google.rpc.ErrorInfo ","reason":"A","metadata":[]},
      {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1s"},
      {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":
        [null, "v", {}, {"quotaId":7,"quotaValue":12,"quotaDimensions":"d"}]},
      {"@type":"type.googleapis.com/google.rpc.PreconditionFailure","violations":[{}]},
      {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"B",
       "metadata":{"consumer":"projects/7"}}]}})");
  BOOST_REQUIRE(error);
  BOOST_TEST((error->reasons == std::vector<std::string>{"A", "B"}));
  BOOST_TEST(error->consumer == "projects/7");
  BOOST_TEST((error->retry_delay == milliseconds(2'000)));
  BOOST_REQUIRE(error->violations.size() == 2U);
  BOOST_TEST((error->violations[1].value == 12U));
}

BOOST_AUTO_TEST_CASE(deep_nesting_costs_no_stack) {
  const std::string deep(1'000'000, '[');
  BOOST_TEST(!parse_error(deep).has_value());
  BOOST_TEST(!parse_error("{\"error\":" + deep).has_value());
  const std::string closed(1'000'000, ']');
  BOOST_TEST(parse_error("{\"a\":" + deep + closed + ",\"error\":{}}").has_value());
}

BOOST_AUTO_TEST_CASE(durations_are_read_and_rounded_up) {
  struct {
    std::string_view text;
    std::optional<milliseconds> expected;
  } const cases[] = {
      {"47s", milliseconds(47'000)},
      {"0s", milliseconds(0)},
      {"0.5s", milliseconds(500)},
      {"0.539477544s", milliseconds(540)},
      {"82.441033ms", milliseconds(83)},
      {"1us", milliseconds(1)},
      {"68940s", milliseconds(68'940'000)},
      {"1.001s", milliseconds(1'001)},
      {"21h14m32.5s", milliseconds(76'472'500)},
      {"1m30s", milliseconds(90'000)},
      {"999999999s", milliseconds(999'999'999'000)},
      {"", std::nullopt},
      {"47", std::nullopt},
      {"s", std::nullopt},
      {"-1s", std::nullopt},
      {"1.s", std::nullopt},
      {".5s", std::nullopt},
      {"1 s", std::nullopt},
      {"1s ", std::nullopt},
      {"1d", std::nullopt},
      {"1e3s", std::nullopt},
      {"9999999999s", std::nullopt},
      {"999999999h", std::nullopt},
      {"999999999s999999999s999999999s999999999s999999999s999999999s999999999s999999999s"
       "999999999s999999999s",
       std::nullopt},
  };
  for (const auto& c : cases)
    BOOST_TEST((parse_duration(c.text) == c.expected), c.text);
}

BOOST_AUTO_TEST_CASE(our_own_errors_have_googles_shape) {
  BOOST_TEST(render_error(all_cooling(), api_family::native) ==
             R"({"error":{"code":429,"message":"every key is cooling",)"
             R"("status":"RESOURCE_EXHAUSTED","details":[)"
             R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo",)"
             R"("reason":"ALL_KEYS_COOLING","domain":"gemkeeper"},)"
             R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"12.345s"}]}})");
}

BOOST_AUTO_TEST_CASE(our_own_errors_follow_the_family) {
  const std::string native = render_error(all_cooling(), api_family::native);
  BOOST_TEST(render_error(all_cooling(), api_family::live) == native);
  BOOST_TEST(render_error(all_cooling(), api_family::openai) == "[" + native + "]");
  const std::string text = render_error(all_cooling(), api_family::interactions);
  BOOST_TEST(text.starts_with(
      R"({"error":{"code":"too_many_requests","message":"every key is cooling","details":[)"));
}

BOOST_AUTO_TEST_CASE(interactions_are_told_a_code_in_words) {
  struct {
    int http_status;
    std::string_view status, code;
  } const cases[] = {
      {400, "INVALID_ARGUMENT", "invalid_request"},
      {401, "UNAUTHENTICATED", "unauthenticated"},
      {403, "PERMISSION_DENIED", "permission_denied"},
      {404, "NOT_FOUND", "not_found"},
      {502, "UNAVAILABLE", "unavailable"},
      {504, "DEADLINE_EXCEEDED", "deadline_exceeded"},
  };
  for (const auto& c : cases) {
    own_error error;
    error.http_status = c.http_status;
    error.status = c.status;
    const auto read = parse_error(render_error(error, api_family::interactions));
    BOOST_REQUIRE(read);
    BOOST_TEST(read->status == c.code);
  }
}

BOOST_AUTO_TEST_CASE(a_day_without_quota_is_told_as_a_daily_quota) {
  own_error error = all_cooling();
  error.until_day_end = true;
  const auto read = parse_error(render_error(error, api_family::openai));
  BOOST_REQUIRE(read);
  BOOST_REQUIRE(read->violations.size() == 1U);
  BOOST_TEST(read->violations[0].id.find("PerDay") != std::string::npos);
  BOOST_TEST((read->retry_delay == milliseconds(12'345)));
}

BOOST_AUTO_TEST_CASE(any_bytes_in_a_message_stay_valid_json) {
  own_error error;
  error.http_status = 400;
  error.message = "\"q\" \\ / \n\t\x01\x7f é \xff\xc3(\xe2\x82 €";
  error.message.push_back('\0');
  const auto read = parse_error(render_error(error, api_family::native));
  BOOST_REQUIRE(read);
  BOOST_TEST(read->message.starts_with("\"q\" \\ / \n\t\x01\x7f é \uFFFD"));
  BOOST_TEST(read->message.ends_with(std::string("\0", 1)));
  BOOST_TEST(read->message.find('\xff') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(delays_are_written_as_protobuf_writes_them) {
  struct {
    milliseconds delay;
    std::string_view text;
  } const cases[] = {
      {milliseconds(0), "0s"},       {milliseconds(-5), "0s"},      {milliseconds(1), "0.001s"},
      {milliseconds(250), "0.250s"}, {milliseconds(60'000), "60s"},
  };
  for (const auto& c : cases) {
    own_error error;
    error.retry_after = c.delay;
    const std::string body = render_error(error, api_family::native);
    BOOST_TEST(body.find("\"retryDelay\":\"" + std::string(c.text) + "\"") != std::string::npos,
               body);
  }
}

BOOST_AUTO_TEST_SUITE_END()
