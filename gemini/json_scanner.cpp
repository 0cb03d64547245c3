#include "ascii.hpp"
#include <gemkeeper/gemini/json_scanner.hpp>

#include <algorithm>
#include <bit>
#include <cstring>

namespace gemkeeper::gemini {
namespace {

enum class byte_class : std::uint8_t { plain, blank, quote, open, close, separator };

constexpr auto classes = [] {
  std::array<byte_class, 256> table{};
  for (const unsigned char c : {' ', '\t', '\r', '\n'})
    table[c] = byte_class::blank;
  for (const unsigned char c : {'{', '['})
    table[c] = byte_class::open;
  for (const unsigned char c : {'}', ']'})
    table[c] = byte_class::close;
  for (const unsigned char c : {',', ':'})
    table[c] = byte_class::separator;
  table[static_cast<unsigned char>('"')] = byte_class::quote;
  return table;
}();

byte_class class_of(char c) {
  return classes[static_cast<unsigned char>(c)];
}

// Most strings are short and hold no escape: where such a one ends, found eight bytes at a time;
// null when that is not to be seen at once.
const char* near_end(const char* at, const char* end) {
  constexpr std::ptrdiff_t near = 64;
  if constexpr (std::endian::native != std::endian::little) return nullptr;
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 255;
  const auto zeros = [](std::uint64_t word) { return (word - ones) & ~word & (ones * 0x80); };
  std::uint64_t word = 0;
  for (const char* const last = end - at < near ? end : at + near; last - at >= 8; at += 8) {
    std::memcpy(&word, at, sizeof(word));
    // The lowest mark is that of a true zero
    // (https://graphics.stanford.edu/~seander/bithacks.html).
    const std::uint64_t found = zeros(word ^ (ones * '"')) | zeros(word ^ (ones * '\\'));
    if (found == 0) continue;
    at += std::countr_zero(found) / 8;
    return *at == '"' ? at : nullptr;
  }
  return nullptr;
}

// The character of `\uXXXX`, given XXXX and whatever follows.
char unicode_escape(std::string_view digits) {
  if (digits.size() < 4) return '?';
  int code = 0;
  for (const char c : digits.substr(0, 4)) {
    const int value = ascii::hex_value(c);
    if (value < 0) return '?';
    code = code * 16 + value;
  }
  return code < 0x80 ? static_cast<char>(code) : '?';
}

char simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

}  // namespace

std::size_t unescape_json(char* bytes, std::size_t size) {
  const std::string_view from(bytes, size);
  std::size_t out = from.find('\\');
  if (out == std::string_view::npos) return size;
  for (std::size_t in = out; in < from.size(); ++in) {
    char c = from[in];
    if (c == '\\' && in + 1 < from.size()) {
      c = from[++in];
      if (c == 'u') {
        c = unicode_escape(from.substr(in + 1));
        in = std::min(in + 4, from.size() - 1);
      } else {
        c = simple_escape(c);
      }
    }
    bytes[out++] = c;
  }
  return out;
}

void json_scanner::reset() {
  objects_ = 0;
  skipping_ = 0;
  depth_ = 0;
  state_ = state::between;
  key_next_ = false;
  ignoring_ = false;
  escaped_ = false;
  captured_.clear();
}

json_token json_scanner::next(std::string_view& input) {
  using type = json_token::type;
  while (!input.empty()) {
    if (skipping_ > 0) {
      skip(input);
      continue;
    }
    if (state_ == state::in_string) {
      if (!ignoring_) return finish_string(input);
      pass_string(input);
      continue;
    }
    if (state_ == state::in_scalar) return finish_scalar(input);

    const char c = input.front();
    const byte_class kind = class_of(c);
    if (kind == byte_class::plain) {
      captured_.clear();
      state_ = state::in_scalar;
      continue;
    }
    input.remove_prefix(1);
    switch (kind) {
      case byte_class::quote:
        if (const char* const at = input.data(), * const quote = near_end(at, at + input.size());
            quote != nullptr && !ignoring_) {
          const json_token found{key_next_ ? type::key : type::string, {at, quote}};
          input.remove_prefix(found.text.size() + 1);
          key_next_ = false;
          return found;
        }
        captured_.clear();
        state_ = state::in_string;
        break;
      case byte_class::open:
        if (depth_ == max_depth) {
          skipping_ = 1;
          break;
        }
        return open(c == '{' ? type::open_object : type::open_array);
      case byte_class::close:
        if (depth_ > 0) return close();
        break;
      case byte_class::separator:
        key_next_ = c == ',' && in_object();
        ignoring_ = ignoring_ && c == ':';
        break;
      default:
        break;
    }
  }
  return {};
}

void json_scanner::leave() {
  close();
  skipping_ = 1;
}

json_token json_scanner::open(json_token::type kind) {
  key_next_ = kind == json_token::type::open_object;
  ignoring_ = false;
  objects_ = (objects_ << 1) | (key_next_ ? 1U : 0U);
  ++depth_;
  return {kind, {}};
}

json_token json_scanner::close() {
  ignoring_ = false;
  key_next_ = false;
  objects_ >>= 1;
  --depth_;
  return {json_token::type::close, {}};
}

json_token json_scanner::finish_string(std::string_view& input) {
  const std::size_t quote = find_closing_quote(input);
  if (quote == std::string_view::npos) {
    captured_.append(input);
    input.remove_prefix(input.size());
    return {};
  }
  const std::string_view rest = input.substr(0, quote);
  input.remove_prefix(quote + 1);
  const auto kind = key_next_ ? json_token::type::key : json_token::type::string;
  key_next_ = false;
  return captured(kind, rest);
}

void json_scanner::pass_string(std::string_view& input) {
  const std::size_t quote = find_closing_quote(input);
  input.remove_prefix(std::min(quote, input.size() - 1) + 1);
  if (quote == std::string_view::npos) return;
  state_ = state::between;
  ignoring_ = false;
}

json_token json_scanner::finish_scalar(std::string_view& input) {
  const auto* end = std::find_if(input.begin(), input.end(),
                                 [](char c) { return class_of(c) != byte_class::plain; });
  const std::string_view rest = input.substr(0, static_cast<std::size_t>(end - input.begin()));
  input.remove_prefix(rest.size());
  if (input.empty()) {
    captured_.append(rest);
    return {};
  }
  return captured(json_token::type::scalar, rest);
}

// The token ends with `rest`. Where no byte came before and nothing is escaped, the input itself
// serves as its text.
json_token json_scanner::captured(json_token::type kind, std::string_view rest) {
  state_ = state::between;
  if (captured_.untouched() && rest.size() <= longest_text &&
      rest.find('\\') == std::string_view::npos) {
    return {kind, rest};
  }
  captured_.append(rest);
  captured_.unescape();
  return {kind, captured_.view()};
}

void json_scanner::skip(std::string_view& input) {
  const char* at = input.data();
  const char* const end = at + input.size();
  while (at != end && skipping_ > 0) {
    if (state_ == state::in_string) {
      const std::string_view rest(at, static_cast<std::size_t>(end - at));
      const std::size_t quote = find_closing_quote(rest);
      if (quote == std::string_view::npos) {
        at = end;
        break;
      }
      at += quote + 1;
      state_ = state::between;
      continue;
    }
    switch (class_of(*at++)) {
      case byte_class::quote:
        if (const char* const quote = near_end(at, end); quote != nullptr) {
          at = quote + 1;
        } else {
          state_ = state::in_string;
        }
        break;
      case byte_class::open:
        ++skipping_;
        break;
      case byte_class::close:
        --skipping_;
        break;
      default:
        break;
    }
  }
  input.remove_prefix(static_cast<std::size_t>(at - input.data()));
}

// Looks for quotes by memchr and only then counts the backslashes before one. The run of them may
// begin in an earlier input: escaped_ carries its parity.
std::size_t json_scanner::find_closing_quote(std::string_view input) {
  std::size_t from = 0;
  for (;;) {
    const std::size_t quote = input.find('"', from);
    const std::size_t end = std::min(quote, input.size());
    std::size_t run = 0;
    while (run < end - from && input[end - 1 - run] == '\\')
      ++run;
    const bool odd = run % 2 != 0;
    const bool escaped = run == end - from ? odd != escaped_ : odd;
    escaped_ = quote == std::string_view::npos && escaped;
    if (quote == std::string_view::npos || !escaped) return quote;
    from = quote + 1;
  }
}

}  // namespace gemkeeper::gemini
