#include "error_bodies.hpp"
#include <gemkeeper/gemini/judge.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

using namespace gemkeeper::gemini;
using gemkeeper::pool::next_step;
using gemkeeper::pool::outcome;
using gemkeeper::pool::quota_mark;
using gemkeeper::pool::quota_period;
using gemkeeper::pool::verdict;
using std::chrono::milliseconds;

namespace gemkeeper::pool {

std::ostream& operator<<(std::ostream& out, outcome kind) {
  return out << "outcome " << static_cast<int>(kind);
}

std::ostream& operator<<(std::ostream& out, next_step next) {
  return out << "next " << static_cast<int>(next);
}

std::ostream& operator<<(std::ostream& out, const quota_mark& mark) {
  out << '(' << mark.model << ", " << mark.quota_id << ", " << static_cast<int>(mark.period);
  if (mark.retry_delay) out << ", " << mark.retry_delay->count() << " ms";
  return out << ')';
}

}  // namespace gemkeeper::pool

namespace {

endpoint generate() {
  return classify("POST", "/v1beta/models/gemini-3.6-flash:generateContent");
}

verdict judge_body(int status, std::string_view body) {
  answer what;
  what.status = status;
  what.body = body;
  return judge(what, generate());
}

quota_mark mark(std::string model, std::string id, quota_period period,
                std::optional<milliseconds> delay = std::nullopt) {
  return {std::move(model), std::move(id), period, delay};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(judging)

BOOST_AUTO_TEST_CASE(every_error_means_what_the_protocol_document_says) {
  struct {
    int status;
    std::string_view body;
    outcome kind;
    next_step next;
    std::string_view reason;
  } const cases[] = {
      {200, "", outcome::success, next_step::relay, ""},
      {101, "", outcome::success, next_step::relay, ""},

      {400, bodies::api_key_invalid, outcome::key_fault, next_step::next_key, "API_KEY_INVALID"},
      {400, bodies::api_key_invalid_debug, outcome::key_fault, next_step::next_key,
       "API_KEY_INVALID"},
      {400, bodies::api_key_not_found, outcome::key_fault, next_step::next_key, "API_KEY_INVALID"},
      {400, bodies::api_key_expired, outcome::key_fault, next_step::next_key, "expired"},
      {400, bodies::openai_invalid_key, outcome::key_fault, next_step::next_key, "API_KEY_INVALID"},
      {401, bodies::unauthenticated, outcome::key_fault, next_step::next_key,
       "ACCESS_TOKEN_TYPE_UNSUPPORTED"},
      {401, "", outcome::key_fault, next_step::next_key, "unauthenticated"},
      {403, bodies::key_leaked, outcome::key_fault, next_step::next_key, "leaked"},
      {403, bodies::consumer_suspended, outcome::key_fault, next_step::next_key,
       "CONSUMER_SUSPENDED"},
      {403, bodies::service_disabled, outcome::key_fault, next_step::next_key, "SERVICE_DISABLED"},
      {403, bodies::service_blocked, outcome::key_fault, next_step::next_key,
       "API_KEY_SERVICE_BLOCKED"},
      {403, bodies::referrer_blocked, outcome::key_fault, next_step::next_key,
       "API_KEY_HTTP_REFERRER_BLOCKED"},
      {403, bodies::ip_blocked, outcome::key_fault, next_step::next_key,
       "API_KEY_IP_ADDRESS_BLOCKED"},
      {403, bodies::android_blocked, outcome::key_fault, next_step::next_key,
       "API_KEY_ANDROID_APP_BLOCKED"},
      {403, bodies::ios_blocked, outcome::key_fault, next_step::next_key,
       "API_KEY_IOS_APP_BLOCKED"},
      {403, bodies::project_denied, outcome::key_fault, next_step::next_key, "project_denied"},
      {403, bodies::billing_disabled, outcome::key_fault, next_step::next_key, "BILLING_DISABLED"},

      {400, bodies::multiple_credentials, outcome::client_fault, next_step::pass_on,
       "multiple_credentials"},
      {400, bodies::interactions_multiple_credentials, outcome::client_fault, next_step::pass_on,
       "multiple_credentials"},
      {401, bodies::oauth_required, outcome::client_fault, next_step::pass_on, "oauth_required"},
      {403, bodies::unregistered_caller, outcome::client_fault, next_step::pass_on,
       "no_credential"},

      {400, bodies::location_not_supported, outcome::location_blocked, next_step::pass_on,
       "location"},
      {429, bodies::html_automated_queries, outcome::location_blocked, next_step::pass_on,
       "automated_queries"},
      {403, bodies::html_automated_queries, outcome::location_blocked, next_step::pass_on,
       "automated_queries"},

      {400, bodies::free_tier_not_available, outcome::project_exhausted, next_step::next_project,
       "free_tier_unavailable"},
      {402, bodies::prepaid_credits_depleted_402, outcome::project_exhausted,
       next_step::next_project, "prepaid_credits"},
      {402, "", outcome::project_exhausted, next_step::next_project, "payment_required"},
      {429, bodies::prepaid_credits_depleted, outcome::project_exhausted, next_step::next_project,
       "prepaid_credits"},
      {429, bodies::spending_cap, outcome::project_exhausted, next_step::next_project,
       "spending_cap"},

      {429, bodies::quota_per_minute, outcome::quota, next_step::next_project, "quota_per_minute"},
      {429, bodies::quota_per_day, outcome::quota, next_step::next_project, "quota_per_day"},
      {429, bodies::quota_several, outcome::quota, next_step::next_project, "quota_per_day"},
      {429, bodies::quota_limit_zero_in_message, outcome::quota, next_step::next_project,
       "no_access"},
      {429, bodies::quota_value_zero, outcome::quota, next_step::next_project, "no_access"},
      {429, bodies::quota_old_text, outcome::quota, next_step::next_project, "quota_per_minute"},
      {429, bodies::quota_old_text_zero, outcome::quota, next_step::next_project, "no_access"},
      {429, bodies::quota_text_only, outcome::quota, next_step::next_project, "no_access"},
      {429, bodies::minute_tokens_nearly_free, outcome::quota, next_step::next_project,
       "quota_per_minute"},
      {429, bodies::request_larger_than_minute, outcome::request_too_large, next_step::other_tier,
       "request_too_large"},
      {429, bodies::bare_429, outcome::quota_unknown, next_step::next_project, "quota_unknown"},
      {429, bodies::vertex_429, outcome::quota_unknown, next_step::next_project, "quota_unknown"},
      {403, bodies::vertex_service_blocked, outcome::key_fault, next_step::next_key,
       "API_KEY_SERVICE_BLOCKED"},
      {429, bodies::openai_bare_429, outcome::quota_unknown, next_step::next_project,
       "quota_unknown"},
      {429, bodies::help_only_429, outcome::quota_unknown, next_step::next_project,
       "quota_unknown"},
      {429, bodies::interactions_429, outcome::quota_unknown, next_step::next_project,
       "quota_unknown"},
      {429, bodies::html_429, outcome::quota_unknown, next_step::next_project, "quota_unknown"},
      {429, "", outcome::quota_unknown, next_step::next_project, "quota_unknown"},

      {404, bodies::model_closed_to_new_users, outcome::quota, next_step::next_project,
       "no_access"},

      {400, bodies::unknown_field, outcome::client_fault, next_step::pass_on, "bad_request"},
      {400, bodies::too_many_input_tokens, outcome::client_fault, next_step::pass_on,
       "bad_request"},
      {400, bodies::interactions_invalid_request, outcome::client_fault, next_step::pass_on,
       "bad_request"},
      {403, bodies::file_of_another_project, outcome::client_fault, next_step::pass_on,
       "permission_denied"},
      {403, bodies::cache_of_another_project, outcome::client_fault, next_step::pass_on,
       "permission_denied"},
      {403, bodies::caller_without_permission, outcome::client_fault, next_step::pass_on,
       "permission_denied"},
      {404, bodies::model_not_found, outcome::client_fault, next_step::pass_on, "not_found"},
      {404, bodies::html_not_found, outcome::client_fault, next_step::pass_on, "not_found"},
      {409, "", outcome::client_fault, next_step::pass_on, "client_error"},
      {413, "", outcome::client_fault, next_step::pass_on, "body_too_large"},
      {501, bodies::unimplemented, outcome::client_fault, next_step::pass_on, "not_implemented"},

      {499, bodies::cancelled, outcome::model_fault, next_step::backoff, "cancelled_by_google"},
      {500, bodies::internal, outcome::model_fault, next_step::backoff, "internal"},
      {501, bodies::html_502, outcome::model_fault, next_step::backoff, "bad_gateway"},
      {502, bodies::html_502, outcome::model_fault, next_step::backoff, "bad_gateway"},
      {503, bodies::overloaded, outcome::model_fault, next_step::backoff, "overloaded"},
      {503, bodies::high_demand, outcome::model_fault, next_step::backoff, "overloaded"},
      {504, bodies::deadline_exceeded, outcome::model_fault, next_step::backoff,
       "deadline_exceeded"},
      {599, "", outcome::model_fault, next_step::backoff, "server_error"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.status << ' ' << c.body.substr(0, 120)) {
      const verdict made = judge_body(c.status, c.body);
      BOOST_TEST(made.kind == c.kind);
      BOOST_TEST(made.next == c.next);
      BOOST_TEST(made.reason == c.reason);
      const bool cools = c.kind == outcome::quota || c.kind == outcome::quota_unknown;
      BOOST_TEST(made.marks.empty() == !cools);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_minute_quota_cools_by_the_longest_delay_told) {
  const verdict made = judge_body(429, bodies::quota_per_minute);
  BOOST_REQUIRE(made.marks.size() == 1U);
  BOOST_TEST(made.marks[0] == mark("gemini-3.5-flash-lite",
                                   "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
                                   quota_period::minute, milliseconds(47'619)));
}

BOOST_AUTO_TEST_CASE(every_violation_cools_and_a_day_is_not_shortened) {
  const verdict made = judge_body(429, bodies::quota_several);
  BOOST_REQUIRE(made.marks.size() == 3U);
  BOOST_TEST(made.marks[0] == mark("gemini-3.6-flash",
                                   "GenerateContentInputTokensPerModelPerMinute-FreeTier",
                                   quota_period::minute, milliseconds(5'000)));
  BOOST_TEST(made.marks[1] == mark("gemini-3.6-flash",
                                   "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
                                   quota_period::minute, milliseconds(5'000)));
  BOOST_TEST(made.marks[2] == mark("gemini-3.6-flash",
                                   "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
                                   quota_period::day));
}

BOOST_AUTO_TEST_CASE(a_limit_of_zero_is_no_access_wherever_it_is_told) {
  const verdict in_message = judge_body(429, bodies::quota_limit_zero_in_message);
  BOOST_REQUIRE(in_message.marks.size() == 2U);
  BOOST_TEST(in_message.marks[0] == mark("gemini-3-pro",
                                         "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
                                         quota_period::no_access));
  BOOST_TEST(in_message.marks[1] == mark("gemini-3-pro",
                                         "GenerateContentInputTokensPerModelPerMinute-FreeTier",
                                         quota_period::no_access));

  const verdict in_value = judge_body(429, bodies::quota_value_zero);
  BOOST_REQUIRE(in_value.marks.size() == 1U);
  BOOST_TEST((in_value.marks[0].period == quota_period::no_access));

  const verdict old_text = judge_body(429, bodies::quota_old_text_zero);
  BOOST_REQUIRE(old_text.marks.size() == 1U);
  BOOST_TEST(old_text.marks[0] == mark("", "GenerateContentRequestsPerMinutePerProjectPerRegion",
                                       quota_period::no_access));

  const verdict text_only = judge_body(429, bodies::quota_text_only);
  BOOST_REQUIRE(text_only.marks.size() == 1U);
  BOOST_TEST(text_only.marks[0] == mark("gemini-3-pro", "", quota_period::no_access));
}

BOOST_AUTO_TEST_CASE(a_limit_that_begins_with_zero_is_not_zero) {
  const verdict made =
      judge_body(429, R"({"error":{"message":"Quota exceeded for metric: m/requests,)"
                      R"( limit: 05, model: x\nPlease retry in 3s."}})");
  BOOST_REQUIRE(made.marks.size() == 1U);
  BOOST_TEST(made.marks[0] == mark("x", "", quota_period::unknown, milliseconds(3'000)));
  BOOST_TEST(made.kind == outcome::quota_unknown);
}

BOOST_AUTO_TEST_CASE(no_access_is_not_mistaken_for_a_request_too_large) {
  const verdict made = judge_body(
      429,
      R"({"error":{"message":"* Quota exceeded for metric: g/input_token_count, limit: 0",)"
      R"("details":[{"@type":"google.rpc.RetryInfo","retryDelay":"1s"},)"
      R"({"@type":"google.rpc.QuotaFailure","violations":[{"quotaMetric":"g/input_token_count",)"
      R"("quotaId":"GenerateContentInputTokensPerModelPerMinute-FreeTier"}]}]}})");
  BOOST_TEST(made.kind == outcome::quota);
  BOOST_TEST(made.reason == "no_access");
}

BOOST_AUTO_TEST_CASE(the_period_is_read_from_the_quota_however_it_is_spelled) {
  struct {
    std::string_view id, metric;
    quota_period period;
  } const cases[] = {
      {"GenerateRequestsPerDayPerProjectPerModel", "", quota_period::day},
      {"EmbedContentRequestsPerDayPerUserPerProjectPerModel-FreeTier", "", quota_period::day},
      {"DailyRequests", "", quota_period::day},
      {"", "generativelanguage.googleapis.com/generate_requests_per_model_per_day",
       quota_period::day},
      {"GenerateContentPaidTierInputTokensPerModelPerMinute-PaidTier2", "", quota_period::minute},
      {"", "requests per minute", quota_period::minute},
      {"ConcurrentSessions", "", quota_period::unknown},
      {"", "", quota_period::unknown},
  };
  for (const auto& c : cases) {
    const std::string body =
        R"({"error":{"code":429,"details":[{"@type":"google.rpc.QuotaFailure","violations":[{)"
        R"("quotaId":")" +
        std::string(c.id) + R"(","quotaMetric":")" + std::string(c.metric) + R"("}]}]}})";
    const verdict made = judge_body(429, body);
    BOOST_REQUIRE(made.marks.size() == 1U);
    BOOST_TEST((made.marks[0].period == c.period), body);
    BOOST_TEST(made.kind == outcome::quota, body);
  }
}

BOOST_AUTO_TEST_CASE(a_bare_429_takes_the_longest_delay_it_finds) {
  struct {
    std::string_view body, retry_after;
    std::optional<milliseconds> delay;
  } const cases[] = {
      {bodies::bare_429, "", std::nullopt},
      {bodies::bare_429, "12", milliseconds(12'000)},
      {bodies::bare_429, "Fri, 31 Dec 1999 23:59:59 GMT", std::nullopt},
      {bodies::bare_429, "-1", std::nullopt},
      {bodies::bare_429, "99999999999999999999", std::nullopt},
      {bodies::retry_info_only_429, "", milliseconds(83)},
      {bodies::retry_info_only_429, "2", milliseconds(2'000)},
      {bodies::interactions_429, "", milliseconds(7'500)},
      {bodies::html_429, "30", milliseconds(30'000)},
  };
  for (const auto& c : cases) {
    answer what;
    what.status = 429;
    what.body = c.body;
    what.retry_after = c.retry_after;
    const verdict made = judge(what, generate());
    BOOST_TEST(made.kind == outcome::quota_unknown);
    BOOST_REQUIRE(made.marks.size() == 1U);
    BOOST_TEST(made.marks[0] == mark("", "", quota_period::unknown, c.delay));
  }
}

BOOST_AUTO_TEST_CASE(a_model_closed_to_new_users_is_no_access_to_the_requested_model) {
  const verdict made = judge_body(404, bodies::model_closed_to_new_users);
  BOOST_REQUIRE(made.marks.size() == 1U);
  BOOST_TEST(made.marks[0] == mark("", "", quota_period::no_access));
}

BOOST_AUTO_TEST_CASE(the_project_is_learned_from_the_consumer) {
  BOOST_TEST(judge_body(403, bodies::consumer_suspended).google_project.value_or("") ==
             "projects/123456789012");
  BOOST_TEST(judge_body(429, bodies::quota_old_text).google_project.value_or("") ==
             "projects/123456789012");
  BOOST_TEST(judge_body(429, bodies::quota_old_text_zero).google_project.value_or("") ==
             "projects/123456789012");
  BOOST_TEST(!judge_body(429, bodies::bare_429).google_project.has_value());
  BOOST_TEST(!judge_body(403, R"({"error":{"details":[{"@type":"google.rpc.ErrorInfo",)"
                              R"("metadata":{"consumer":"api_key:AIzaSyTEST"}}]}})")
                  .google_project.has_value());
}

BOOST_AUTO_TEST_CASE(words_of_the_request_that_a_message_quotes_harm_no_key) {
  for (const std::string_view message :
       {"Unknown name \\\"API key not valid\\\"", "models/API key expired is not found",
        "You do not have permission to access the File API_KEY_INVALID or it may not exist.",
        "Invalid value: Your API key was reported as leaked"}) {
    for (const int status : {400, 403, 404}) {
      const std::string body = R"({"error":{"message":")" + std::string(message) + "\"}}";
      BOOST_TEST(judge_body(status, body).kind == outcome::client_fault, body);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_path_harms_a_key_only_by_what_is_said_of_the_key) {
  const auto judged = [](int status, std::string_view body) {
    answer what;
    what.status = status;
    what.body = body;
    return judge(what, classify("GET", "/v1beta/nothing")).kind;
  };
  BOOST_TEST(judged(404, bodies::html_not_found) == outcome::client_fault);
  BOOST_TEST(judged(401, "") == outcome::client_fault);
  BOOST_TEST(judged(401, bodies::unauthenticated) == outcome::client_fault);
  BOOST_TEST(judged(403, bodies::service_blocked) == outcome::client_fault);
  BOOST_TEST(judged(403, bodies::service_disabled) == outcome::client_fault);
  BOOST_TEST(judged(400, bodies::api_key_invalid) == outcome::key_fault);
  BOOST_TEST(judged(403, bodies::key_leaked) == outcome::key_fault);
}

BOOST_AUTO_TEST_CASE(a_first_event_is_judged_by_its_own_code) {
  struct {
    std::string_view event;
    outcome kind;
  } const cases[] = {
      {bodies::high_demand, outcome::model_fault},
      {bodies::quota_per_day, outcome::quota},
      {bodies::api_key_invalid, outcome::key_fault},
      {bodies::model_not_found, outcome::client_fault},
      {bodies::interactions_error_event, outcome::quota_unknown},
      {R"({"error":{"message":"m","code":"invalid_request"}})", outcome::client_fault},
      {R"({"error":{"message":"m","code":14,"status":"UNAVAILABLE"}})", outcome::model_fault},
      {R"({"error":{"message":"m","status":"PERMISSION_DENIED"}})", outcome::client_fault},
      {R"({"error":{"message":"m","code":"something_new"}})", outcome::model_fault},
      {R"({"error":{"code":503,"mess)", outcome::model_fault},
  };
  for (const auto& c : cases) {
    BOOST_TEST(judge_first_event(c.event, generate()).kind == c.kind, c.event);
  }
}

BOOST_AUTO_TEST_CASE(texts_are_understood_without_json) {
  // Upload servers answer plain text, and close frames of Live carry the bare message.
  BOOST_TEST(judge_body(400, "API key expired. Please renew the API key.").kind ==
             outcome::key_fault);
  BOOST_TEST(judge_body(500, "You exceeded your current quota, please check your plan").kind ==
             outcome::quota_unknown);
  BOOST_TEST(judge_body(500, "Your prepayment credits are depleted. Please go to").kind ==
             outcome::project_exhausted);
  BOOST_TEST(judge_body(400, "User location is not supported for the API use.").kind ==
             outcome::location_blocked);
}

BOOST_AUTO_TEST_CASE(no_body_cut_off_anywhere_throws_or_harms_a_key) {
  for (std::size_t size = 0; size < bodies::quota_several.size(); ++size) {
    const verdict made = judge_body(429, bodies::quota_several.substr(0, size));
    BOOST_TEST(made.kind == outcome::quota_unknown, size);
  }
}

BOOST_AUTO_TEST_SUITE_END()
