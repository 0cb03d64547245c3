// What Google's reasons and texts mean (protocol document, 5.2 to 5.9). Texts hold for bodies and
// for the reasons of WebSocket close frames alike.
#pragma once

#include <cstdint>
#include <string_view>

namespace gemkeeper::gemini::rules {

enum class meaning : std::uint8_t {
  key_fault,    // Google rejects this key
  not_the_key,  // names a credential, but says nothing against the key
  location,     // this egress address is not served
  exhausted,    // the project has no credit, no budget or no tier for the Gemini API
  quota,
};

// Whether it holds for a path that nobody knows, where a refusal may be the path's fault.
enum class scope : std::uint8_t { anywhere, known_endpoints };

struct rule {
  std::string_view mark;  // ErrorInfo.reason, or how the message begins
  meaning means;
  std::string_view reason;  // verdict::reason
  scope holds = scope::anywhere;
};

// Messages can quote the request, so a text counts only at the message's start: a client must not
// be able to talk a key into quarantine. Case does not matter.
inline constexpr rule by_text[] = {
    {"API key not valid", meaning::key_fault, "API_KEY_INVALID"},
    {"API key not found", meaning::key_fault, "API_KEY_INVALID"},
    {"Please pass a valid API key", meaning::key_fault, "API_KEY_INVALID"},
    {"API key expired", meaning::key_fault, "expired"},
    {"Your API key was reported as leaked", meaning::key_fault, "leaked"},
    {"Permission denied: Consumer", meaning::key_fault, "CONSUMER_SUSPENDED"},
    {"Your project has been denied access", meaning::key_fault, "project_denied"},
    {"Requests to this API", meaning::key_fault, "API_KEY_SERVICE_BLOCKED", scope::known_endpoints},
    {"Requests from referer", meaning::key_fault, "API_KEY_HTTP_REFERRER_BLOCKED"},
    {"Requests from this Android client", meaning::key_fault, "API_KEY_ANDROID_APP_BLOCKED"},
    {"Requests from this iOS client", meaning::key_fault, "API_KEY_IOS_APP_BLOCKED"},
    {"The provided API key has an IP address restriction", meaning::key_fault,
     "API_KEY_IP_ADDRESS_BLOCKED"},
    {"This API method requires billing", meaning::key_fault, "BILLING_DISABLED",
     scope::known_endpoints},
    {"Gemini API has not been used in project", meaning::key_fault, "SERVICE_DISABLED",
     scope::known_endpoints},
    {"Generative Language API has not been used in project", meaning::key_fault, "SERVICE_DISABLED",
     scope::known_endpoints},

    {"Multiple authentication credentials received", meaning::not_the_key, "multiple_credentials"},
    {"Method doesn't allow unregistered callers", meaning::not_the_key, "no_credential"},
    {"Missing or invalid Authorization header", meaning::not_the_key, "no_credential"},
    {"API keys are not supported by this API", meaning::not_the_key, "oauth_required"},

    {"User location is not supported", meaning::location, "location"},

    // Lifted by enabling billing only: a key that lists models well would leave quarantine at once.
    {"Gemini API free tier is not available in your country", meaning::exhausted,
     "free_tier_unavailable"},
    {"Your prepayment credits are depleted", meaning::exhausted, "prepaid_credits"},
    {"Your project has exceeded its monthly spending cap", meaning::exhausted, "spending_cap"},

    {"You exceeded your current quota", meaning::quota, "quota"},
    {"Quota exceeded for", meaning::quota, "quota"},
    {"Resource has been exhausted", meaning::quota, "quota"},
    {"RESOURCE_EXHAUSTED", meaning::quota, "quota"},
};

// google.api.ErrorReason
// (https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto).
inline constexpr rule by_reason[] = {
    {"API_KEY_INVALID", meaning::key_fault, "API_KEY_INVALID"},
    {"CONSUMER_SUSPENDED", meaning::key_fault, "CONSUMER_SUSPENDED"},
    {"CONSUMER_INVALID", meaning::key_fault, "CONSUMER_INVALID"},
    {"API_KEY_HTTP_REFERRER_BLOCKED", meaning::key_fault, "API_KEY_HTTP_REFERRER_BLOCKED"},
    {"API_KEY_IP_ADDRESS_BLOCKED", meaning::key_fault, "API_KEY_IP_ADDRESS_BLOCKED"},
    {"API_KEY_ANDROID_APP_BLOCKED", meaning::key_fault, "API_KEY_ANDROID_APP_BLOCKED"},
    {"API_KEY_IOS_APP_BLOCKED", meaning::key_fault, "API_KEY_IOS_APP_BLOCKED"},
    {"API_KEY_SERVICE_BLOCKED", meaning::key_fault, "API_KEY_SERVICE_BLOCKED",
     scope::known_endpoints},
    {"SERVICE_DISABLED", meaning::key_fault, "SERVICE_DISABLED", scope::known_endpoints},
    {"BILLING_DISABLED", meaning::key_fault, "BILLING_DISABLED", scope::known_endpoints},
    {"USER_PROJECT_DENIED", meaning::key_fault, "USER_PROJECT_DENIED", scope::known_endpoints},
    {"ACCESS_TOKEN_TYPE_UNSUPPORTED", meaning::key_fault, "ACCESS_TOKEN_TYPE_UNSUPPORTED",
     scope::known_endpoints},
    {"CREDENTIALS_MISSING", meaning::not_the_key, "oauth_required"},
    {"RATE_LIMIT_EXCEEDED", meaning::quota, "quota"},
    {"RESOURCE_QUOTA_EXCEEDED", meaning::quota, "quota"},
};

// What a stream's first event says instead of an HTTP status: google.rpc.Code, and the string codes
// of the Interactions API.
struct named_status {
  std::string_view name;
  int status;
};
inline constexpr named_status statuses[] = {
    {"INVALID_ARGUMENT", 400},   {"invalid_request", 400},   {"FAILED_PRECONDITION", 400},
    {"OUT_OF_RANGE", 400},       {"UNAUTHENTICATED", 401},   {"PERMISSION_DENIED", 403},
    {"NOT_FOUND", 404},          {"ABORTED", 409},           {"ALREADY_EXISTS", 409},
    {"RESOURCE_EXHAUSTED", 429}, {"too_many_requests", 429}, {"rate_limit_exceeded", 429},
    {"CANCELLED", 499},          {"INTERNAL", 500},          {"UNKNOWN", 500},
    {"UNIMPLEMENTED", 501},      {"UNAVAILABLE", 503},       {"DEADLINE_EXCEEDED", 504},
};

}  // namespace gemkeeper::gemini::rules
