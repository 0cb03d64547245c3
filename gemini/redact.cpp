#include "ascii.hpp"
#include <gemkeeper/gemini/redact.hpp>

#include <algorithm>
#include <utility>

namespace gemkeeper::gemini {
namespace {

using std::string_view;

// What stands where something is looked for.
enum class sight : unsigned char {
  other,
  beginning,  // the text ends before it can be told
  whole,
};

struct found {
  sight what = sight::other;
  std::size_t size = 0;  // of a whole one
};

// `prefix` followed by the hexadecimal digits of `value`, as many as `digits`.
found find_hex(string_view text, string_view prefix, std::size_t digits, unsigned char value) {
  const std::size_t size = prefix.size() + digits;
  for (std::size_t i = 0; i < size; ++i) {
    if (i == text.size()) return {sight::beginning};
    if (i < prefix.size()) {
      if (text[i] != prefix[i]) return {};
      continue;
    }
    const std::size_t place = size - 1 - i;
    const int expected = place > 1 ? 0 : (value >> (4 * place)) & 0xf;
    if (ascii::hex_value(text[i]) != expected) return {};
  }
  return {sight::whole, size};
}

// What follows the backslash in JSON's short escape of `c`; 'u': it has none.
char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 'u';
  }
}

// One spelling of `c` at the start of `text`. A spelling that is longer goes first.
found find_character(string_view text, char c) {
  if (text.empty()) return {sight::beginning};
  found best;
  if (text[0] == '\\') {
    best = find_hex(text, "\\u", 4, static_cast<unsigned char>(c));
    if (best.what == sight::other && short_escape(c) != 'u' &&
        text.substr(1).starts_with(short_escape(c))) {
      best = {sight::whole, 2};
    }
  } else if (text[0] == '%') {
    best = find_hex(text, "%", 2, static_cast<unsigned char>(c));
  }
  if (best.what == sight::other && text[0] == c) best = {sight::whole, 1};
  return best;
}

found find_secret(string_view text, string_view secret) {
  std::size_t size = 0;
  for (const char c : secret) {
    const found one = find_character(text.substr(size), c);
    if (one.what != sight::whole) return one;
    size += one.size;
  }
  return {sight::whole, size};
}

}  // namespace

redactor::redactor(string_view secret) : secret_(secret) {}

redactor::scan_result redactor::mask(char* data, std::size_t size) const {
  scan_result result{0, size};
  if (secret_.empty()) return result;
  const string_view text(data, size);
  const char starts[] = {secret_[0], '\\', '%'};
  for (std::size_t at = 0;;) {
    at = text.find_first_of({starts, sizeof starts}, at);
    if (at == string_view::npos) return result;
    const found seen = find_secret(text.substr(at), secret_);
    if (seen.what == sight::whole) {
      std::fill_n(data + at, seen.size, '*');
      ++result.masked;
      at += seen.size;
      continue;
    }
    if (seen.what == sight::beginning) result.safe = std::min(result.safe, at);
    // An escaped backslash does not begin the escape that seems to follow it: masking "\u0041" in
    // "\\u0041" would leave a lone backslash, and broken JSON.
    at += text.substr(at).starts_with("\\\\") ? 2 : 1;
  }
}

std::size_t redactor::redact(char* data, std::size_t size) const {
  return mask(data, size).masked;
}

std::size_t redactor::redact(std::string& text) const {
  return redact(text.data(), text.size());
}

stream_redactor::stream_redactor(string_view secret) : redactor_(secret) {}

std::string stream_redactor::feed(string_view piece) {
  held_ += piece;
  const std::size_t safe = redactor_.mask(held_.data(), held_.size()).safe;
  std::string passed = held_.substr(0, safe);
  held_.erase(0, safe);
  return passed;
}

std::string stream_redactor::finish() {
  return std::exchange(held_, {});
}

}  // namespace gemkeeper::gemini
