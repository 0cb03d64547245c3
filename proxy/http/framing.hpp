// How long a message's body is and whether its connection goes on (RFC 9112, sections 6 and 9).
#pragma once

#include "http/head.hpp"

#include <cstdint>
#include <string_view>

namespace gemkeeper::proxy::http {

enum class body_kind : std::uint8_t { none, length, chunked, until_close };

struct framing {
  body_kind body = body_kind::none;
  std::uint64_t length = 0;  // of `length`
  bool keep_alive = true;
  bool expects_continue = false;  // requests: Expect: 100-continue
  std::string_view problem;       // not empty: ambiguous, and refused
};

// Refuses whatever a second reader could frame otherwise: Transfer-Encoding other than one plain
// `chunked`, Content-Length beside it, twice, as a list or not all digits, no Host or several.
framing frame_request(const request_head& head);

// `to_head`: the answer to a HEAD request, which has no body whatever it says.
enum class answers_head : bool { no, yes };
framing frame_response(const response_head& head, answers_head to_head);

// True for fields that concern one connection only (RFC 9110, 7.6.1), without those that
// `Connection` nominates.
bool is_hop_by_hop(std::string_view name);

// True when a field that must reach the other end is nominated as hop-by-hop: an attack, not a
// request (`Connection: content-length`).
bool is_never_hop_by_hop(std::string_view name);

}  // namespace gemkeeper::proxy::http
