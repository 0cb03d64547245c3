#include <gemkeeper/gemini/error.hpp>

#include <algorithm>
#include <limits>

namespace gemkeeper::gemini {
namespace {

using nanos = std::int64_t;

struct unit {
  std::string_view name;
  nanos length;
};

// Longest names first: "ms" must not be read as "m".
constexpr unit units[] = {{"ms", 1'000'000},        {"us", 1'000},         {"ns", 1},
                          {"h", 3'600'000'000'000}, {"m", 60'000'000'000}, {"s", 1'000'000'000}};

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

// "0.539s": removes one number with its unit from `text`. nullopt: there is none, or it is absurd.
std::optional<nanos> take_part(std::string_view& text) {
  const std::string_view whole = take_digits(text);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
  }
  const auto* const found =
      std::ranges::find_if(units, [text](const unit& u) { return text.starts_with(u.name); });
  if (found == std::end(units) || whole.empty() || whole.size() > 9) return std::nullopt;
  text.remove_prefix(found->name.size());

  nanos count = 0;
  for (const char digit : whole)
    count = count * 10 + (digit - '0');
  if (count > std::numeric_limits<nanos>::max() / found->length / 2) return std::nullopt;
  nanos total = count * found->length;
  nanos scale = found->length;
  for (const char digit : fraction) {
    scale /= 10;
    total += (digit - '0') * scale;
  }
  return total;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  nanos total = 0;
  while (!text.empty()) {
    const std::optional<nanos> part = take_part(text);
    if (!part || *part > std::numeric_limits<nanos>::max() - total) return std::nullopt;
    total += *part;
  }
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds(total));
}

}  // namespace gemkeeper::gemini
