// Google's error bodies by name (protocol document, section 5).
#pragma once

#include <gemkeeper/sandbox/scenario.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::sandbox {

// What a body may speak of.
struct error_context {
  api_service service = api_service::gemini;  // which of them says it
  std::string_view key = "sandbox-key-1";
  std::string_view model = "gemini-3.6-flash";
  std::string_view version = "v1beta";
  std::string_view verb = "generateContent";
  std::string_view path = "/";
  std::uint64_t project_number = 100'000'000'001;
};

struct error_text {
  enum class form : std::uint8_t { json, html };

  int code = 500;
  std::string status;   // "RESOURCE_EXHAUSTED"
  std::string message;  // JSON: error.message; HTML: the sentence shown
  std::string details;  // a JSON array, compact; empty: none
  form kind = form::json;
};

struct quota_violation {
  std::string metric;  // without "generativelanguage.googleapis.com/"
  std::string id;
  std::uint64_t limit = 0;
};

// How an endpoint wraps an error (protocol document, 5.1).
enum class error_framing : std::uint8_t {
  object,  // {"error": {…}}
  array,   // [{"error": {…}}]: /openai/, and streams without alt=sse
  event,   // {"error":{…}} in one line, for the data of an SSE event
};

std::span<const std::string_view> error_names();

// nullopt: no such name. `retry_delay` replaces the one in RetryInfo, where there is one.
std::optional<error_text> make_error(
    std::string_view name, const error_context& context,
    std::optional<std::chrono::milliseconds> retry_delay = std::nullopt);

// The 429 with Help, QuotaFailure and RetryInfo. `violations` is not empty.
error_text make_quota_error(std::span<const quota_violation> violations, std::string_view model,
                            std::chrono::milliseconds retry_delay);

// As Google prints it: two spaces, a newline at the end, members in order. HTML ignores `framing`.
std::string render(const error_text& error, error_framing framing);

}  // namespace gemkeeper::sandbox
