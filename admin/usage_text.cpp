#include "usage_text.hpp"

#include "query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace gemkeeper::admin {
namespace {

using namespace std::chrono;

// `count` digits from the start of `text`, which they leave.
bool take_digits(std::string_view& text, std::size_t count, int& into) {
  if (text.size() < count) return false;
  const std::string_view digits = text.substr(0, count);
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return false;
  text.remove_prefix(count);
  return read_number(digits, into);
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "+01:00", or nothing.
std::optional<minutes> parse_offset(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return minutes(0);
  const bool behind = text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  int h = 0, m = 0;
  if (!take_digits(text, 2, h) || !take(text, ':') || !take_digits(text, 2, m)) return std::nullopt;
  if (!text.empty() || h > 23 || m > 59) return std::nullopt;
  const minutes offset = hours(h) + minutes(m);
  return behind ? -offset : offset;
}

struct named_step {
  std::string_view name;
  std::optional<seconds> step;
  hours span;  // that is told when no beginning is
};
constexpr std::array steps{named_step{"minute", seconds(60), hours(1)},
                           named_step{"hour", seconds(3'600), hours(24)},
                           named_step{"day", seconds(86'400), hours(24 * 30)},
                           named_step{"month", std::nullopt, hours(24 * 365)}};

// "15m", "6h", "7d".
std::optional<seconds> parse_step(std::string_view text) {
  constexpr seconds longest = hours(24 * 366);
  if (text.size() < 2) return std::nullopt;
  std::int64_t count = 0;
  if (!read_number(text.substr(0, text.size() - 1), count) || count <= 0 || count > 1'000'000) {
    return std::nullopt;
  }
  seconds unit{};
  switch (text.back()) {
    case 's':
      unit = seconds(1);
      break;
    case 'm':
      unit = minutes(1);
      break;
    case 'h':
      unit = hours(1);
      break;
    case 'd':
      unit = hours(24);
      break;
    default:
      return std::nullopt;
  }
  const seconds step = count * unit;
  if (step % minutes(1) != seconds(0) || step > longest) return std::nullopt;
  return step;
}

constexpr std::array dimensions{std::pair{std::string_view("key"), usage_dimension::key},
                                std::pair{std::string_view("project"), usage_dimension::project},
                                std::pair{std::string_view("model"), usage_dimension::model},
                                std::pair{std::string_view("client"), usage_dimension::client}};

std::vector<usage_dimension> parse_groups(std::string_view text) {
  std::vector<usage_dimension> groups;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const auto known =
        std::ranges::find(dimensions, one, &std::pair<std::string_view, usage_dimension>::first);
    if (known == dimensions.end() || std::ranges::find(groups, known->second) != groups.end()) {
      throw refusal(400, "invalid_field",
                    "group_by takes each of key, project, model and client once, with commas "
                    "between them",
                    "group_by");
    }
    groups.push_back(known->second);
  }
  return groups;
}

pool::time_point read_time(std::string_view query, const char* name, pool::time_point otherwise) {
  const std::string text = percent_decoded(query_value(query, name));
  if (text.empty()) return otherwise;
  if (const auto time = parse_time(text)) return *time;
  throw refusal(400, "invalid_field",
                fmt::format("{} must be a time such as 2026-11-24T15:00:00Z or 2026-11-24", name),
                name);
}

void check_names(std::string_view query) {
  while (!query.empty()) {
    const std::string_view name = take_parameter(query).name;
    constexpr std::array<std::string_view, 6> known{"", "from", "to", "step", "group_by", "format"};
    if (std::ranges::find(known, name) != known.end()) continue;
    throw refusal(400, "unknown_field", "the query may hold from, to, step, group_by and format",
                  std::string(name.substr(0, 64)));
  }
}

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] == '%' && text.size() - i > 2) {
      const char* const digits = text.data() + i + 1;
      const auto [end, error] = std::from_chars(digits, digits + 2, code, 16);
      if (error == std::errc{} && end == digits + 2) {
        made += static_cast<char>(code);
        i += 2;
        continue;
      }
    }
    made += text[i];
  }
  return made;
}

std::optional<pool::time_point> parse_time(std::string_view text) {
  constexpr std::int64_t year_10000 = 253'402'300'800;
  if (std::int64_t unix_seconds = 0; text.size() > 8 && read_number(text, unix_seconds)) {
    if (unix_seconds < 0 || unix_seconds >= year_10000) return std::nullopt;
    return pool::time_point(seconds(unix_seconds));
  }
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (!take_digits(text, 4, y) || !take(text, '-') || !take_digits(text, 2, mo) ||
      !take(text, '-') || !take_digits(text, 2, d)) {
    return std::nullopt;
  }
  const year_month_day day{year(y), month(static_cast<unsigned>(mo)),
                           std::chrono::day(static_cast<unsigned>(d))};
  if (!day.ok() || y < 1970) return std::nullopt;
  if (text.empty()) return sys_days(day);
  if (!take(text, 'T') && !take(text, 't')) return std::nullopt;
  if (!take_digits(text, 2, h) || !take(text, ':') || !take_digits(text, 2, mi)) {
    return std::nullopt;
  }
  if (take(text, ':') && !take_digits(text, 2, s)) return std::nullopt;
  if (take(text, '.')) {
    while (!text.empty() && text.front() >= '0' && text.front() <= '9')
      text.remove_prefix(1);
  }
  if (h > 23 || mi > 59 || s > 60) return std::nullopt;
  const auto offset = parse_offset(text);
  if (!offset) return std::nullopt;
  return sys_days(day) + hours(h) + minutes(mi) + seconds(s) - *offset;
}

usage_question parse_usage_question(std::string_view query, pool::time_point now) {
  check_names(query);
  usage_question asked;
  std::string_view step = query_value(query, "step");
  if (step.empty()) step = "hour";
  hours span{24};
  if (const auto named = std::ranges::find(steps, step, &named_step::name); named != steps.end()) {
    asked.step = named->step;
    span = named->span;
  } else {
    asked.step = parse_step(step);
    if (!asked.step) {
      throw refusal(400, "invalid_field",
                    "step must be minute, hour, day or month, or whole minutes such as 15m, 6h or "
                    "7d, at most 366d",
                    "step");
    }
    span = std::max(span, duration_cast<hours>(*asked.step * 24));
  }
  asked.to = read_time(query, "to", now);
  asked.from = read_time(query, "from", asked.to - span);
  if (asked.from >= asked.to) {
    throw refusal(400, "invalid_field", "from must be before to", "from");
  }
  asked.group_by = parse_groups(percent_decoded(query_value(query, "group_by")));
  return asked;
}

}  // namespace gemkeeper::admin
