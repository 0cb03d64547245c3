#include "http/head.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace gemkeeper::proxy::http {

namespace {

enum : std::uint8_t { token_char = 1, target_char = 2 };

// RFC 9110, 5.6.2 (token); RFC 3986 without fragment.
constexpr std::array<std::uint8_t, 256> char_classes = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t c = 0x21; c < 0x7f; ++c)
    table[c] = target_char;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] |= token_char;
  }
  for (const char c : std::string_view("#\"<>\\^`{|}")) {
    table[static_cast<unsigned char>(c)] &= static_cast<std::uint8_t>(~target_char);
  }
  return table;
}();

// Visible characters, blanks and obs-text (RFC 9110, 5.5).
constexpr bool is_field_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

// Eight bytes at a time: true if one may be below 0x20 or is 0x7f
// (https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord).
bool has_control(std::uint64_t bytes) {
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 255;
  const std::uint64_t below_space = (bytes - ones * 0x20) & ~bytes;
  const std::uint64_t from_delete = bytes ^ (ones * 0x7f);
  const std::uint64_t is_delete = (from_delete - ones) & ~from_delete;
  return ((below_space | is_delete) & (ones * 0x80)) != 0;
}

bool is_field_value(std::string_view text) {
  std::size_t checked = 0;
  for (std::uint64_t bytes = 0; checked + sizeof(bytes) <= text.size(); checked += sizeof(bytes)) {
    std::memcpy(&bytes, text.data() + checked, sizeof(bytes));
    if (has_control(bytes)) break;  // or a tab
  }
  text.remove_prefix(checked);
  return std::all_of(text.begin(), text.end(), is_field_value_char);
}

bool all_of_class(std::string_view text, std::uint8_t wanted) {
  for (const char c : text) {
    if ((char_classes[static_cast<unsigned char>(c)] & wanted) == 0) return false;
  }
  return true;
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// Takes the next line off `rest`. `head_scanner` has made sure that every line ends with CRLF.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return line;
}

// A head that is refused must not show views of the one that was read before.
void start(std::string_view bytes, message_head& out) {
  out.fields.clear();
  out.minor_version = 1;
  out.size = bytes.size();
  out.problem = {};
}

head_status malformed(message_head& out, std::string_view problem) {
  out.problem = problem;
  return head_status::malformed;
}

head_status parse_version(std::string_view text, message_head& out) {
  if (text == "HTTP/1.1") {
    out.minor_version = 1;
    return head_status::complete;
  }
  if (text == "HTTP/1.0") {
    out.minor_version = 0;
    return head_status::complete;
  }
  const bool plausible = text.size() == 8 && text.starts_with("HTTP/") && text[6] == '.';
  if (plausible) {
    out.problem = "unsupported HTTP version";
    return head_status::unsupported_version;
  }
  return malformed(out, "malformed HTTP version");
}

head_status parse_fields(std::string_view rest, const head_limits& limits, message_head& out) {
  for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
    if (out.fields.size() == limits.fields) {
      out.problem = "too many header fields";
      return head_status::too_large;
    }
    if (line.front() == ' ' || line.front() == '\t') {
      return malformed(out, "obsolete line folding");
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      return malformed(out, "malformed header field name");
    }
    const std::string_view value = trim(line.substr(colon + 1));
    if (!is_field_value(value)) {
      return malformed(out, "control character in a header field value");
    }
    out.fields.push_back({line.substr(0, colon), value});
  }
  return head_status::complete;
}

}  // namespace

const field* message_head::find(std::string_view name) const {
  for (const field& f : fields) {
    if (iequals(f.name, name)) return &f;
  }
  return nullptr;
}

head_status head_scanner::scan(std::string_view bytes, const head_limits& limits) {
  for (;;) {
    const std::string_view rest = bytes.substr(position_);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      // No line is longer than a whole head may be.
      if (bytes.size() >= limits.bytes) {
        return lines_ == 0 ? head_status::target_too_long : head_status::too_large;
      }
      return head_status::incomplete;
    }
    if (position_ + end + 1 > limits.bytes) {
      return lines_ == 0 ? head_status::target_too_long : head_status::too_large;
    }
    if (end == 0 || rest[end - 1] != '\r') return head_status::malformed;  // bare LF
    position_ += end + 1;
    ++lines_;
    if (end == 1 && lines_ > 1) return head_status::complete;
    if (end == 1) {
      // RFC 9112, 2.2: an empty line before the start line may be ignored. The caller strips it;
      // here it can only be the start of something else.
      return head_status::malformed;
    }
    if (lines_ > limits.fields + 2) return head_status::too_large;
  }
}

head_status parse_request(std::string_view bytes, const head_limits& limits, request_head& out) {
  start(bytes, out);
  out.method = out.target = {};
  std::string_view rest = bytes;
  const std::string_view line = take_line(rest);
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return malformed(out, "malformed request line");
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, second - first - 1);
  if (out.method.size() > 32 || !is_token(out.method)) return malformed(out, "malformed method");
  if (out.target.empty() || !all_of_class(out.target, target_char)) {
    return malformed(out, "malformed request target");
  }
  const head_status version = parse_version(line.substr(second + 1), out);
  if (version != head_status::complete) return version;
  return parse_fields(rest, limits, out);
}

head_status parse_response(std::string_view bytes, const head_limits& limits, response_head& out) {
  start(bytes, out);
  out.status = 0;
  out.reason = {};
  std::string_view rest = bytes;
  const std::string_view line = take_line(rest);
  const head_status version = parse_version(line.substr(0, 8), out);
  if (version != head_status::complete) return version;
  // The reason phrase may be absent; the space before it, too, from careless servers.
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) {
    return malformed(out, "malformed status line");
  }
  int status = 0;
  for (const char c : line.substr(9, 3)) {
    if (c < '0' || c > '9') return malformed(out, "malformed status code");
    status = status * 10 + (c - '0');
  }
  if (status < 100 || status > 599) return malformed(out, "status code out of range");
  out.status = status;
  out.reason = line.substr(std::min<std::size_t>(line.size(), 13));
  if (!is_field_value(out.reason)) return malformed(out, "malformed reason phrase");
  return parse_fields(rest, limits, out);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool iequals_same_size(std::string_view a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

bool is_token(std::string_view text) {
  return !text.empty() && all_of_class(text, token_char);
}

}  // namespace gemkeeper::proxy::http
