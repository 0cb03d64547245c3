// ASCII letters without regard to case: header fields and Google's texts, never the locale.
#pragma once

#include <algorithm>
#include <string_view>

namespace gemkeeper::gemini::ascii {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

constexpr bool equal(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

constexpr bool starts_with(std::string_view text, std::string_view prefix) {
  return equal(text.substr(0, prefix.size()), prefix);
}

constexpr bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return part.empty() ||
         std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

// The value of a hexadecimal digit; -1: it is none.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace gemkeeper::gemini::ascii
