#include "json_slices.hpp"

#include <algorithm>

namespace gemkeeper::gemini {
namespace {

constexpr std::string_view blanks = " \t\r\n";

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

// Past the end of the string that starts at `at`; npos: it does not end.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

std::size_t end_of_container(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view take_value(std::string_view& text) {
  skip_blanks(text);
  if (text.empty()) return {};
  std::size_t end = 0;
  if (text.front() == '"') {
    end = end_of_string(text, 0);
  } else if (text.front() == '{' || text.front() == '[') {
    end = end_of_container(text);
  } else {
    end = std::min(text.find_first_of(" \t\r\n,:]}\"[{"), text.size());
  }
  if (end == std::string_view::npos) return {};
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end);
  return value;
}

bool take_byte(std::string_view& text, char c) {
  skip_blanks(text);
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace gemkeeper::gemini
