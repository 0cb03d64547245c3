// Token counts as Google reports them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gemkeeper::pool {

enum class modality : std::uint8_t { text, image, audio, video, document };
inline constexpr std::size_t modality_count = 5;
using tokens_by_modality = std::array<std::uint64_t, modality_count>;

// How Google serves a request: `serviceTier` in it and in its usage, or the Batch API
// (https://ai.google.dev/gemini-api/docs/optimization).
enum class service_tier : std::uint8_t {
  standard,
  batch,
  flex,
  priority,
  other,  // one that is not known here, and so has no price
};
inline constexpr std::size_t service_tier_count = 4;  // without `other`
std::string_view to_string(service_tier);             // "standard" …, as in the price file
std::optional<service_tier> parse_service_tier(std::string_view);  // exactly these words

// One exchange's usage, after Google's `usageMetadata`
// (https://ai.google.dev/api/generate-content#UsageMetadata). Absent fields are 0.
struct token_usage {
  std::uint64_t prompt = 0;      // includes `cached`
  std::uint64_t cached = 0;      // part of `prompt` that came from a cache
  std::uint64_t tool_use = 0;    // billed as input, not part of `prompt`
  std::uint64_t candidates = 0;  // without `thoughts`
  std::uint64_t thoughts = 0;    // billed as output
  std::uint64_t total = 0;       // as reported

  tokens_by_modality prompt_by{};
  tokens_by_modality cached_by{};
  tokens_by_modality tool_use_by{};
  tokens_by_modality candidates_by{};

  [[nodiscard]] bool empty() const { return total == 0 && prompt == 0 && candidates == 0; }
  // As reported, else the sum of its parts.
  [[nodiscard]] std::uint64_t all() const {
    return total != 0 ? total : prompt + tool_use + candidates + thoughts;
  }
  token_usage& operator+=(const token_usage& other);
  friend bool operator==(const token_usage&, const token_usage&) = default;
};

}  // namespace gemkeeper::pool
