// Google's error bodies, read tolerantly: plain, array-wrapped, OpenAI-compatible, Interactions,
// HTML (protocol document, 5). And gemkeeper's own errors, written in the same shapes.
#pragma once

#include <gemkeeper/gemini/endpoint.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::gemini {

struct quota_violation {
  std::string metric;                  // quotaMetric
  std::string id;                      // quotaId
  std::string model;                   // quotaDimensions.model
  std::optional<std::uint64_t> value;  // quotaValue
};

struct parsed_error {
  int code = 0;        // error.code where it is a number
  std::string status;  // "RESOURCE_EXHAUSTED"; for Interactions the string code
  std::string message;
  std::vector<std::string> reasons;  // ErrorInfo.reason, in order
  std::string consumer;              // ErrorInfo.metadata.consumer: "projects/123"
  std::string quota_limit;           // ErrorInfo.metadata.quota_limit
  std::string quota_limit_value;     // ErrorInfo.metadata.quota_limit_value
  std::vector<quota_violation> violations;
  std::optional<std::chrono::milliseconds> retry_delay;  // RetryInfo, rounded up
  bool has_details = false;
};

// Never throws on any bytes; nesting costs no stack. nullopt: no error object in these bytes (HTML,
// plain text, cut off before the object ended).
std::optional<parsed_error> parse_error(std::string_view body);

// "47s", "0.5s", "82.441033ms", "21h14m32.5s"; rounded up to whole milliseconds. nullopt: not a
// duration, or one of centuries.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// An error that gemkeeper itself makes.
struct own_error {
  int http_status = 500;
  std::string_view status;  // canonical name: "UNAVAILABLE"
  std::string_view reason;  // ErrorInfo.reason: "NO_KEY_CONFIGURED"
  std::string message;      // says what to do
  std::optional<std::chrono::milliseconds> retry_after;
  // With `retry_after`: every key is out until its daily quota resets; adds a QuotaFailure whose
  // quotaId contains "PerDay", which stops gemini-cli from retrying all day.
  bool until_day_end = false;
};

// The JSON body in `family`'s shape: {"error": {…}}, array-wrapped for `openai` as Google does it,
// string code for `interactions`. Details hold ErrorInfo{reason, domain: "gemkeeper"} and
// RetryInfo.
std::string render_error(const own_error& error, api_family family);

}  // namespace gemkeeper::gemini
