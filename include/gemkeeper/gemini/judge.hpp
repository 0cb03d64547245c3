// The judge: what an answer means for the key, the project and the request (design, section 7).
// A pure function of status, headers and body.
#pragma once

#include <gemkeeper/gemini/endpoint.hpp>
#include <gemkeeper/pool/outcome.hpp>

#include <string_view>

namespace gemkeeper::gemini {

struct answer {
  int status = 0;
  std::string_view content_type;
  std::string_view retry_after;  // the field's value; empty: absent
  // The error's body, content-decoded, or its first 64 KiB; for a stream that starts with an error,
  // that first event's data. Empty for an answer that is no error.
  std::string_view body;
};

// Reasons come before statuses. Never throws on any bytes. `marks` is filled for `quota` and
// `quota_unknown`.
pool::verdict judge(const answer& what, const endpoint& where);

// As `judge`, for a 2xx answer whose first event is an error: `event` is its JSON.
pool::verdict judge_first_event(std::string_view event, const endpoint& where);

}  // namespace gemkeeper::gemini
