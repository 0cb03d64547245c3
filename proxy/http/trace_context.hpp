// W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/): which trace a request is of.
#pragma once

#include <string_view>

namespace gemkeeper::proxy::http {

// The trace id, 32 lower-case hex digits, of the value of a `traceparent` field; empty: it is
// malformed, and must be ignored (section 3.2.2). A view into it. Pure.
std::string_view trace_id_of(std::string_view traceparent);

}  // namespace gemkeeper::proxy::http
