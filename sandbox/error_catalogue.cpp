#include "error_catalogue.hpp"

#include <array>

namespace gemkeeper::sandbox {
namespace {

using namespace std::chrono_literals;
using form = error_text::form;

constexpr std::string_view api_key_invalid =
    R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com"}},{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"{message}"}])";
constexpr std::string_view invalid_argument = "INVALID_ARGUMENT";
constexpr std::string_view denied = "PERMISSION_DENIED";
constexpr std::string_view exhausted = "RESOURCE_EXHAUSTED";

// The texts are quoted in the protocol document, 5.2 to 5.7; those of service_disabled,
// ip_blocked, android_blocked and the HTML pages are from memory.
constexpr auto
    errors =
        std::to_array<catalogued_error>(
            {
                // 5.2
                {"key_invalid", 400, invalid_argument,
                 "API key not valid. Please pass a valid API key.", api_key_invalid},
                {"key_not_found", 400, invalid_argument,
                 "API Key not found. Please pass a valid API key.", api_key_invalid},
                {"key_expired", 400, invalid_argument, "API key expired. Please renew the API key.",
                 api_key_invalid},
                {"openai_key_invalid", 400, invalid_argument, "Please pass a valid API key"},
                {"invalid_with_debug", 400, invalid_argument,
                 "API key not valid. Please pass a valid API key.",
                 R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com"}},{"@type":"type.googleapis.com/google.rpc.DebugInfo","detail":"Invalid API key: {key}"}])"},
                {"multiple_credentials", 400, invalid_argument,
                 "Multiple authentication credentials received. Please pass only one."},
                {"location", 400, "FAILED_PRECONDITION",
                 "User location is not supported for the API use."},
                {"free_tier_unavailable", 400, "FAILED_PRECONDITION",
                 "Gemini API free tier is not available in your country. Please enable billing on "
                 "your project "
                 "in Google AI Studio."},
                {"invalid_argument", 400, invalid_argument,
                 "Request contains an invalid argument."},
                {"input_too_long", 400, invalid_argument,
                 "The input token count (1048577) exceeds the maximum number of tokens allowed "
                 "(1048576)."},

                // 5.3
                {"unauthenticated", 401, "UNAUTHENTICATED",
                 "Request had invalid authentication credentials. Expected OAuth 2 access token, "
                 "login cookie "
                 "or other valid authentication credential. See "
                 "https://developers.google.com/identity/sign-in/web/devconsole-project.",
                 R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_TYPE_UNSUPPORTED","metadata":{"service":"generativelanguage.googleapis.com","method":"google.ai.generativelanguage.{version}.GenerativeService.{Verb}"}}])"},
                {"openai_authorization_missing", 401, "UNAUTHENTICATED",
                 "Missing or invalid Authorization header."},

                // 5.4
                {"unregistered_caller", 403, denied,
                 "Method doesn't allow unregistered callers (callers without established "
                 "identity). Please use "
                 "API Key or other form of API consumer identity to call this API."},
                {"leaked", 403, denied,
                 "Your API key was reported as leaked. Please use another API key."},
                {"suspended", 403, denied,
                 "Permission denied: Consumer 'api_key:{key}' has been suspended.",
                 R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"CONSUMER_SUSPENDED","domain":"googleapis.com","metadata":{"consumer":"projects/{project}","service":"generativelanguage.googleapis.com","containerInfo":"api_key:{key}"}},{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"{message}"}])"},
                {"service_disabled", 403, denied,
                 "Generative Language API has not been used in project {project} before or it is "
                 "disabled. "
                 "Enable it by visiting "
                 "https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/"
                 "overview?project={project} then retry. If you enabled this API recently, wait a "
                 "few minutes "
                 "for the action to propagate to our systems and retry.",
                 R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com","metadata":{"serviceTitle":"Generative Language API","activationUrl":"https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project={project}","consumer":"projects/{project}","service":"generativelanguage.googleapis.com"}},{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"{message}"},{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Google developers console API activation","url":"https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project={project}"}]}])"},
                {"service_blocked", 403, denied,
                 "Requests to this API generativelanguage.googleapis.com method "
                 "google.ai.generativelanguage.{version}.GenerativeService.{Verb} are blocked.",
                 R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_SERVICE_BLOCKED","domain":"googleapis.com","metadata":{"consumer":"projects/{project}","service":"generativelanguage.googleapis.com","apiName":"generativelanguage.googleapis.com","methodName":"google.ai.generativelanguage.{version}.GenerativeService.{Verb}"}},{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"{message}"}])"},
                {"referrer_blocked", 403, denied, "Requests from referer <empty> are blocked.",
                 R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_HTTP_REFERRER_BLOCKED","domain":"googleapis.com","metadata":{"consumer":"projects/{project}","service":"generativelanguage.googleapis.com","httpReferrer":"<empty>"}},{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"{message}"}])"},
                {"ip_blocked", 403, denied,
                 "The provided API key has an IP address restriction. The originating IP address "
                 "of the call "
                 "(127.0.0.1) violates this restriction.",
                 R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_IP_ADDRESS_BLOCKED","domain":"googleapis.com","metadata":{"consumer":"projects/{project}","service":"generativelanguage.googleapis.com","callerIp":"127.0.0.1"}}])"},
                {"android_blocked", 403, denied,
                 "Requests from this Android client application <empty> are blocked.",
                 R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_ANDROID_APP_BLOCKED","domain":"googleapis.com","metadata":{"consumer":"projects/{project}","service":"generativelanguage.googleapis.com"}}])"},
                {"project_denied", 403, denied,
                 "Your project has been denied access. Please contact support."},
                {"billing_disabled", 403, denied,
                 "This API method requires billing to be enabled. Please enable billing on project "
                 "#{project} "
                 "by visiting "
                 "https://console.developers.google.com/billing/enable?project={project} then "
                 "retry. If you enabled billing for this project recently, wait a few minutes for "
                 "the action "
                 "to propagate to our systems and retry.",
                 R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"BILLING_DISABLED","domain":"googleapis.com","metadata":{"consumer":"projects/{project}","service":"generativelanguage.googleapis.com"}}])"},
                {"resource_403", 403, denied,
                 "You do not have permission to access the File abc123def456 or it may not exist."},
                {"cached_content_403", 403, denied,
                 "CachedContent not found (or permission denied)"},
                {"caller_403", 403, denied, "The caller does not have permission"},

                // 5.5
                {"model_not_found", 404, "NOT_FOUND",
                 "models/{model} is not found for API version {version}, or is not supported for "
                 "{verb}. Call "
                 "ListModels to see the list of available models and their supported methods."},
                {"not_available_to_new_users", 404, "NOT_FOUND",
                 "This model models/{model} is no longer available to new users. Please update "
                 "your code to "
                 "use a newer model for the latest features and improvements."},

                {"vertex_model_not_found", 404, "NOT_FOUND",
                 "Publisher Model `projects/{project}/locations/global/publishers/google/models/"
                 "{model}` was not found or your project does not have access to it. Please ensure "
                 "you are using a valid model version. For more information, see: "
                 "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions"},

                // 5.6, but for those with a QuotaFailure
                {"vertex_429", 429, exhausted,
                 "Resource exhausted. Please try again later. Please refer to "
                 "https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more "
                 "details."},
                {"bare_429", 429, exhausted, "Resource has been exhausted (e.g. check quota)."},
                {"help_only_429", 429, exhausted,
                 "You exceeded your current quota, please check your plan and billing details. For "
                 "more "
                 "information on this error, head to: "
                 "https://ai.google.dev/gemini-api/docs/rate-limits.",
                 R"([{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Learn more about Gemini API quotas","url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]}])"},
                {"prepay_depleted", 429, exhausted,
                 "Your prepayment credits are depleted. Please go to AI Studio at "
                 "https://ai.studio/projects to "
                 "manage your project and billing."},
                {"spend_cap", 429, exhausted,
                 "Your project has exceeded its monthly spending cap. Please go to AI Studio at "
                 "https://ai.studio/spend to manage your project spend cap. Learn more at "
                 "https://ai.google.dev/gemini-api/docs/billing#project-spend-caps."},
                {"quota_old_text", 429, exhausted,
                 "Quota exceeded for quota metric 'Generate Content API requests per minute' and "
                 "limit "
                 "'GenerateContent request limit per minute for a region' of service "
                 "'generativelanguage.googleapis.com' for consumer 'project_number:{project}'.",
                 R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED","domain":"googleapis.com","metadata":{"quota_limit":"GenerateContentRequestsPerMinutePerProjectPerRegion","quota_limit_value":"60","quota_location":"us-east1","quota_metric":"generativelanguage.googleapis.com/generate_content_requests","consumer":"projects/{project}","service":"generativelanguage.googleapis.com"}}])"},

                // 5.7
                {"cancelled_499", 499, "CANCELLED", "The operation was cancelled."},
                {"internal_500", 500, "INTERNAL", "Internal error encountered."},
                {"overloaded_503", 503, "UNAVAILABLE",
                 "This model is currently experiencing high demand. Spikes in demand are usually "
                 "temporary. "
                 "Please try again later."},
                {"overloaded_503_old_text", 503, "UNAVAILABLE",
                 "The model is overloaded. Please try again later."},
                {"deadline_504", 504, "DEADLINE_EXCEEDED",
                 "Deadline expired before operation could complete."},

                // Google's front end
                {"html_400",
                 400,
                 "Bad Request",
                 "Your client has issued a malformed or illegal request.",
                 {},
                 form::html},
                {"html_404",
                 404,
                 "Not Found",
                 "The requested URL <code>{path}</code> was not found on this server.",
                 {},
                 form::html},
                {"html_429",
                 429,
                 "Too Many Requests",
                 "We're sorry... but your computer or network may be sending automated queries. To "
                 "protect our "
                 "users, we can't process your request right now.",
                 {},
                 form::html},
                {"html_502",
                 502,
                 "Server Error",
                 "The server encountered a temporary error and could not complete your "
                 "request.<p>Please try "
                 "again in 30 seconds.",
                 {},
                 form::html},
                {"html_503",
                 503,
                 "Service Unavailable",
                 "The service you requested is not available at this time.<p>Service error -27.",
                 {},
                 form::html},
            });

constexpr std::string_view per_minute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
constexpr std::string_view per_day = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
constexpr std::string_view tokens_per_minute =
    "GenerateContentInputTokensPerModelPerMinute-FreeTier";

constexpr std::array minute_only = {per_minute};
constexpr std::array day_only = {per_day};
constexpr std::array tokens_only = {tokens_per_minute};
constexpr std::array minute_and_day = {tokens_per_minute, per_minute, per_day};

// A daily quota carries a short delay too, and a request beyond a minute's tokens "1s" for ever.
constexpr auto quota_errors = std::to_array<catalogued_quota_error>({
    {"quota_minute", minute_only, 47'618ms},
    {"quota_minute_tokens", tokens_only, 33'250ms},
    {"quota_day", day_only, 18'000ms},
    {"quota_minute_and_day", minute_and_day, 20'000ms},
    {"limit_zero", minute_and_day, 41'000ms, true},
    {"request_too_large", tokens_only, 1'000ms},
});

struct known_quota {
  std::string_view id;
  std::string_view metric;
  std::uint64_t limit;
};

constexpr auto known_quotas = std::to_array<known_quota>({
    {per_minute, "generate_content_free_tier_requests", 15},
    {per_day, "generate_content_free_tier_requests", 20},
    {tokens_per_minute, "generate_content_free_tier_input_token_count", 250'000},
    {"GenerateRequestsPerMinutePerProjectPerModel", "generate_content_paid_tier_requests", 1'000},
    {"GenerateRequestsPerDayPerProjectPerModel", "generate_requests_per_model_per_day", 10'000},
    {"GenerateContentPaidTierInputTokensPerModelPerMinute",
     "generate_content_paid_tier_input_token_count", 1'000'000},
    {"EmbedContentRequestsPerMinutePerProjectPerModel-FreeTier", "embed_content_free_tier_requests",
     100},
    {"EmbedContentRequestsPerDayPerProjectPerModel-FreeTier", "embed_content_free_tier_requests",
     1'000},
    {"EmbedContentRequestsPerMinutePerProjectPerModel", "embed_content_paid_tier_requests", 3'000},
    {"EmbedContentRequestsPerDayPerProjectPerModel", "embed_content_paid_tier_requests", 100'000},
});

}  // namespace

std::span<const catalogued_error> error_catalogue() {
  return errors;
}
std::span<const catalogued_quota_error> quota_error_catalogue() {
  return quota_errors;
}

quota_violation violation_of(std::string_view quota_id) {
  for (const known_quota& known : known_quotas) {
    if (known.id == quota_id)
      return {std::string(known.metric), std::string(known.id), known.limit};
  }
  return {"generate_content_requests", std::string(quota_id), 0};
}

}  // namespace gemkeeper::sandbox
