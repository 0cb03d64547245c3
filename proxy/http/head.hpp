// Reads the head of an HTTP/1.x message: strictly, and without copying a byte.
//
// A gatekeeper, not a repairer: whatever two implementations could read differently is refused
// (RFC 9112, sections 2.2, 3, 5; RFC 9110, section 5.5), so that nothing ambiguous reaches the
// upstream. Names and values stay views into the caller's buffer, in their order and case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy::http {

struct field {
  std::string_view name;
  std::string_view value;  // without surrounding white space
};

enum class head_status : std::uint8_t {
  incomplete,
  complete,
  malformed,            // 400
  too_large,            // 431: more bytes or fields than allowed
  target_too_long,      // 414
  unsupported_version,  // 505
};

struct head_limits {
  std::size_t bytes = 64 * 1024;
  std::size_t fields = 128;
};

// What both kinds of head have. Views are valid while the bytes that were parsed stay where they
// are.
struct message_head {
  std::vector<field> fields;
  int minor_version = 1;     // HTTP/1.0 or HTTP/1.1
  std::size_t size = 0;      // bytes, from the first to the empty line's end
  std::string_view problem;  // after `malformed`: what, in a few words

  // The first field of that name, case-insensitively; nullptr: none.
  [[nodiscard]] const field* find(std::string_view name) const;
};

struct request_head : message_head {
  std::string_view method;
  std::string_view target;
};

struct response_head : message_head {
  int status = 0;
  std::string_view reason;
};

// Finds where a head ends, in bytes that arrive over time; looks at each byte once.
class head_scanner {
 public:
  // `bytes` is all there is since the head began. On `complete`, `size()` bytes are the head.
  head_status scan(std::string_view bytes, const head_limits& limits);
  [[nodiscard]] std::size_t size() const { return position_; }
  void reset() { *this = {}; }

 private:
  std::size_t position_ = 0;  // start of the line that is not complete yet
  std::size_t lines_ = 0;
};

// `bytes` is exactly one head, as found by `head_scanner`.
head_status parse_request(std::string_view bytes, const head_limits& limits, request_head& out);
head_status parse_response(std::string_view bytes, const head_limits& limits, response_head& out);

// Comparisons of names and tokens, ASCII only.
bool iequals_same_size(std::string_view a, std::string_view b);
inline bool iequals(std::string_view a, std::string_view b) {
  // Most names that are compared differ in length or in their first letter.
  if (a.size() != b.size()) return false;
  return a.empty() || (((a[0] ^ b[0]) & ~0x20) == 0 && iequals_same_size(a, b));
}
bool is_token(std::string_view text);
// Without the spaces and tabs around it (RFC 9110, 5.6.3: OWS).
std::string_view trim(std::string_view text);

// Calls `each(std::string_view)` for every element of a comma-separated list (RFC 9110, 5.6.1).
template <class Each>
void for_each_element(std::string_view list, Each&& each) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    std::string_view element = list.substr(0, comma);
    while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) {
      element.remove_prefix(1);
    }
    while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) {
      element.remove_suffix(1);
    }
    if (!element.empty()) each(element);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace gemkeeper::proxy::http
