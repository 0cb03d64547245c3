#include "values.hpp"

#include <algorithm>
#include <charconv>

namespace gemkeeper::pool::prices {
namespace {

constexpr std::uint64_t million = 1'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Digits only: from_chars would take a sign.
std::optional<std::uint64_t> parse_digits(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc()) return std::nullopt;
  return value;
}

// Millionths.
std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  const auto whole = parse_digits(text.substr(0, point));
  if (!whole || *whole > million) return std::nullopt;
  if (point == std::string_view::npos) return *whole * million;

  const std::string_view decimals = text.substr(point + 1);
  if (decimals.size() > 6) return std::nullopt;
  auto fraction = parse_digits(decimals);
  if (!fraction) return std::nullopt;
  for (std::size_t i = decimals.size(); i < 6; ++i)
    *fraction *= 10;
  return *whole * million + *fraction;
}

}  // namespace

std::optional<pico_usd> parse_token_price(std::string_view text) {
  // A millionth of a dollar per million tokens is a picodollar per token.
  if (const auto price = parse_decimal(text)) return pico_usd{*price};
  return std::nullopt;
}

std::optional<pico_usd> parse_request_price(std::string_view text) {
  if (const auto price = parse_decimal(text)) return pico_usd{*price * million};
  return std::nullopt;
}

std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_digits(text.substr(0, 4));
  const auto month = parse_digits(text.substr(5, 2));
  const auto day = parse_digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

bool is_suffix_pattern(std::string_view text) {
  return text.size() >= 2 && text.front() == '-' && std::ranges::all_of(text, [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '#';
         });
}

bool completes(std::string_view tail, std::string_view pattern) {
  return std::ranges::equal(tail, pattern,
                            [](char c, char p) { return p == '#' ? is_digit(c) : c == p; });
}

}  // namespace gemkeeper::pool::prices
