// The words for limits: in settings, JSON, logs and the store. And their shares.
#include <gemkeeper/pool/limits.hpp>

#include <algorithm>
#include <bit>

namespace gemkeeper::pool {
namespace {

constexpr std::array<std::string_view, limit_kind_count> kinds{
    "requests_in_flight", "requests_per_minute", "requests_per_day", "tokens_per_minute",
    "tokens_per_day",     "tokens_per_month",    "usd_per_day",      "usd_per_month"};

constexpr std::array<std::uint64_t limit_set::*, limit_kind_count> members{
    &limit_set::requests_in_flight, &limit_set::requests_per_minute, &limit_set::requests_per_day,
    &limit_set::tokens_per_minute,  &limit_set::tokens_per_day,      &limit_set::tokens_per_month,
    &limit_set::usd_per_day,        &limit_set::usd_per_month};

}  // namespace

std::uint64_t& value_of(limit_set& limits, limit_kind which) {
  return limits.*members[static_cast<std::size_t>(which)];
}

std::uint64_t value_of(const limit_set& limits, limit_kind which) {
  return limits.*members[static_cast<std::size_t>(which)];
}

std::string_view to_string(limit_kind k) {
  return kinds[static_cast<std::size_t>(k)];
}

std::optional<limit_kind> parse_limit_kind(std::string_view name) {
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] == name) return static_cast<limit_kind>(i);
  }
  return std::nullopt;
}

std::string_view to_string(limit_scope s) {
  switch (s) {
    case limit_scope::key:
      return "key";
    case limit_scope::project:
      return "project";
    case limit_scope::client:
      return "client";
  }
  return "unknown";
}

limit_shares::limit_shares() : limit_shares(std::array{50U, 80U, 100U}) {}

limit_shares::limit_shares(std::span<const unsigned> percents) {
  for (const unsigned percent : percents) {
    if (percent >= 1 && percent <= 100) bits_[percent / 64] |= std::uint64_t{1} << percent % 64;
  }
}

unsigned limit_shares::reached(unsigned percent) const {
  percent = std::min(percent, 100U);
  std::uint64_t within = ~std::uint64_t{0} >> (63 - percent % 64);  // up to, and with, `percent`
  for (unsigned word = percent / 64;; --word, within = ~std::uint64_t{0}) {
    if (const std::uint64_t found = bits_[word] & within; found != 0)
      return word * 64 + static_cast<unsigned>(std::bit_width(found)) - 1;
    if (word == 0) return 0;
  }
}

double limit_view::share() const {
  return limit == 0 ? 0 : static_cast<double>(used) / static_cast<double>(limit);
}

}  // namespace gemkeeper::pool
