// Feeds a text in every way the wire may cut it.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::test {

using pieces = std::vector<std::string_view>;

// `text` as a whole, in two pieces cut at every byte, and byte by byte.
inline std::vector<pieces> every_cut(std::string_view text) {
  std::vector<pieces> cuts{{text}};
  if (text.size() < 2) return cuts;
  for (std::size_t i = 1; i < text.size(); ++i) {
    cuts.push_back({text.substr(0, i), text.substr(i)});
  }
  cuts.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i)
    cuts.back().push_back(text.substr(i, 1));
  return cuts;
}

// The cuts would outlive it.
template <std::same_as<std::string> Text>
std::vector<pieces> every_cut(Text&&) = delete;

// Each piece is fed from memory of its own that is gone afterwards, so that the address sanitizer
// sees a view kept too long.
template <class Reader>
void feed(Reader& reader, const pieces& text) {
  for (const std::string_view piece : text) {
    const std::vector<char> copy(piece.begin(), piece.end());
    reader.feed(std::string_view(copy.data(), copy.size()));
  }
}

}  // namespace gemkeeper::test
