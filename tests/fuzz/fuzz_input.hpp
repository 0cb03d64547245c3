// What a target takes from the fuzzer's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::fuzz {

// The first two bytes choose, the rest is the text that is read.
struct input {
  unsigned choice = 0;
  std::size_t cut = 0;
  std::string_view text;

  input(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return;
    choice = data[0];
    text = {reinterpret_cast<const char*>(data) + 2, size - 2};
    if (!text.empty()) cut = data[1] % text.size();
  }

  // The text as the wire may cut it: whole, in two pieces, byte by byte.
  [[nodiscard]] std::vector<std::vector<std::string_view>> deliveries() const {
    std::vector<std::vector<std::string_view>> all{{text}, {text.substr(0, cut), text.substr(cut)}};
    all.emplace_back();
    for (std::size_t i = 0; i < text.size(); ++i)
      all.back().push_back(text.substr(i, 1));
    return all;
  }
};

inline void require(bool holds) {
  if (!holds) std::abort();
}

// All results must be the same: how a text is cut may not matter.
template <class Result>
void require_same(const std::vector<Result>& results) {
  for (const Result& result : results)
    require(result == results.front());
}

}  // namespace gemkeeper::fuzz
