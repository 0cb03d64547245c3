// What an attempt with a key meant, and what follows from it (design, section 7).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::pool {

enum class outcome : std::uint8_t {
  success,            // 2xx
  key_fault,          // Google rejects the key: quarantine
  quota,              // QuotaFailure with violations: (project, model, quota) cools
  request_too_large,  // one request beyond this tier's per-minute tokens: cools nothing
  project_exhausted,  // credits or spend cap used up: the whole project cools for long
  quota_unknown,      // a bare 429: (project, model) cools, growing from 5 s to 5 min
  model_fault,        // 500, 503, 504: the model's or Google's, no mark on the key
  egress_fault,       // connect, TLS, reset before a byte of answer: no mark on the key
  location_blocked,   // this egress address is not served: no mark on the key
  client_fault,       // the request's own fault, or a resource's: passed on unchanged
  cancelled,          // the client went away
};
inline constexpr std::size_t outcome_count = 11;
std::string_view to_string(outcome);

enum class next_step : std::uint8_t {
  relay,         // commit this answer to the client
  pass_on,       // an error, but the client's to see, unchanged
  next_key,      // at once, with another key; its project may be the same
  next_project,  // at once, with a key of another project
  other_tier,    // only a project of another tier can help, else pass on
  backoff,       // wait (full jitter), then another key
  same_again,    // the same key may be tried again, if the request may be repeated
};

// How long a quota refuses.
enum class quota_period : std::uint8_t {
  minute,     // RetryInfo, else one minute
  day,        // until the next midnight in America/Los_Angeles; RetryInfo never shortens it
  no_access,  // "limit: 0": this project cannot use this model
  unknown,    // RetryInfo or Retry-After, else grows from 5 s to 5 min
};

// One violated quota.
struct quota_mark {
  std::string model{};     // empty: the model of the request
  std::string quota_id{};  // as Google names it; empty when it named none
  quota_period period = quota_period::unknown;
  std::optional<std::chrono::milliseconds> retry_delay{};

  friend bool operator==(const quota_mark&, const quota_mark&) = default;
};

// What `gemini::judge` says of one answer.
struct verdict {
  outcome kind = outcome::success;
  next_step next = next_step::relay;
  // Google's reason or a short word of ours ("API_KEY_INVALID", "leaked", "overloaded"). Static
  // storage, a bounded set: fit for a log field and a metric label.
  std::string_view reason{};
  std::vector<quota_mark> marks{};
  // "projects/123", when an error body named the consumer.
  std::optional<std::string> google_project{};
};

}  // namespace gemkeeper::pool
