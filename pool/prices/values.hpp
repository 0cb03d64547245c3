// The values of a price file, from their text.
#pragma once

#include <gemkeeper/pool/prices.hpp>

namespace gemkeeper::pool::prices {

// "0.0375", dollars per million tokens: what one token costs. Digits with at most six decimals and
// nothing else, so that no price is ever rounded; at most 1,000,000.
std::optional<pico_usd> parse_token_price(std::string_view text);

// "0.08", dollars: the same for a request.
std::optional<pico_usd> parse_request_price(std::string_view text);

// "2026-12-31", a day that exists.
std::optional<std::chrono::sys_days> parse_day(std::string_view text);

// Whether `text` has the form of a suffix pattern: a hyphen, then letters, digits, hyphens, points
// and '#'.
bool is_suffix_pattern(std::string_view text);

// Whether `tail` is what `pattern` stands for: '#' for any digit, the rest for itself.
bool completes(std::string_view tail, std::string_view pattern);

}  // namespace gemkeeper::pool::prices
