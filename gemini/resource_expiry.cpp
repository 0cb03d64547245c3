// How long Google keeps what.
#include <gemkeeper/gemini/answer_resources.hpp>

#include <charconv>
#include <chrono>

namespace gemkeeper::gemini {
namespace {

using std::string_view;

bool take_number(string_view& text, std::size_t digits, unsigned& value) {
  if (text.size() < digits) return false;
  const char* const end = text.data() + digits;
  if (const auto [at, fault] = std::from_chars(text.data(), end, value);
      fault != std::errc() || at != end) {
    return false;
  }
  text.remove_prefix(digits);
  return true;
}

bool take(string_view& text, string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<pool::time_point> parse_timestamp(string_view text) {
  using namespace std::chrono;
  unsigned y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  const bool whole = take_number(text, 4, y) && take(text, "-") && take_number(text, 2, mo) &&
                     take(text, "-") && take_number(text, 2, d) && take(text, "Tt ") &&
                     take_number(text, 2, h) && take(text, ":") && take_number(text, 2, mi) &&
                     take(text, ":") && take_number(text, 2, s);
  const year_month_day date{year(static_cast<int>(y)), month(mo), day(d)};
  // Years beyond are outside of what a time_point of nanoseconds holds.
  if (!whole || !date.ok() || y < 1970 || y > 2200 || h > 23 || mi > 59 || s > 60) return {};
  if (take(text, ".")) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return {};
    text.remove_prefix(digits);  // less than a second does not matter
  }
  pool::time_point at = sys_days(date) + hours(h) + minutes(mi) + seconds(s);
  if (text == "Z" || text == "z") return at;
  const bool east = text.starts_with('+');
  unsigned hour = 0, minute = 0;
  if (!take(text, "+-") || !take_number(text, 2, hour) || !take(text, ":") ||
      !take_number(text, 2, minute) || !text.empty() || hour > 23 || minute > 59) {
    return {};
  }
  const auto offset = hours(hour) + minutes(minute);
  return east ? at - offset : at + offset;
}

pool::time_point expiry_of(const learned_resource& what, pool::tier tier, pool::time_point now) {
  using namespace std::chrono_literals;
  if (what.expires) return *what.expires;
  constexpr auto day = 24h;
  switch (kind_of(what.name)) {
    case resource_kind::file:
    case resource_kind::batch:
    case resource_kind::operation:
      return now + 2 * day;
    case resource_kind::cached_content:
      return now + 1h;
    case resource_kind::interaction:
      return now + (tier == pool::tier::free ? 1 : 55) * day;
    case resource_kind::auth_token:
      return now + 30min;
    case resource_kind::session:
      return now + 2h;
    case resource_kind::upload:  // not documented; Google's other resumable uploads last so long
    case resource_kind::environment:
      return now + 7 * day;
    default:
      return pool::time_point::max();
  }
}

}  // namespace gemkeeper::gemini
