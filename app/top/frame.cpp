#include "frame.hpp"

#include <gemkeeper/app/log_line.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

namespace gemkeeper::app::top {
namespace {

constexpr std::string_view keys_help = "q quit   sort: c calls  t tokens  e errors  u cost  n name";

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t width_of(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_continuation));
}

// At most so many letters.
std::string cut(std::string_view text, std::size_t width) {
  std::size_t letters = 0, end = 0;
  for (; end < text.size(); ++end) {
    if (!is_continuation(text[end]) && ++letters > width) break;
  }
  return std::string(text.substr(0, end));
}

std::string padded(std::string_view text, std::size_t width) {
  std::string made = cut(text, width);
  made.append(width - width_of(made), ' ');
  return made;
}

std::string harmless(std::string_view text) {
  std::string made;
  append_escaped(made, text);
  return made;
}

// "950", "12.3k", "4.56M"
std::string count_text(double number) {
  constexpr std::array<std::pair<double, char>, 3> units{{{1e9, 'G'}, {1e6, 'M'}, {1e3, 'k'}}};
  for (const auto& [size, letter] : units) {
    if (number >= 10 * size || (size > 1e3 && number >= size)) {
      return fmt::format("{:.1f}{}", number / size, letter);
    }
  }
  return fmt::format("{:.0f}", number);
}

std::string rate_text(const std::optional<double>& rate) {
  if (!rate) return "-";
  return *rate < 100 ? fmt::format("{:.1f}", *rate) : count_text(*rate);
}

std::string seconds_text(const std::optional<double>& seconds) {
  if (!seconds) return "-";
  if (*seconds < 0.001) return fmt::format("{:.0f} µs", *seconds * 1e6);
  if (*seconds < 1) return fmt::format("{:.1f} ms", *seconds * 1e3);
  return fmt::format("{:.1f} s", *seconds);
}

// "0:34", "7:05:00", "3d 4h"
std::string countdown(system_clock::duration left) {
  const auto seconds =
      std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(left).count(), 0);
  const std::int64_t hours = seconds / 3600, minutes = seconds / 60 % 60;
  if (hours >= 48) return fmt::format("{}d {}h", hours / 24, hours % 24);
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, seconds % 60);
  return fmt::format("{}:{:02}", minutes, seconds % 60);
}

std::string cooling_text(const key& of, system_clock::time_point now) {
  const auto latest = std::ranges::max_element(of.cool_downs, {}, &cool_down::until);
  if (latest == of.cool_downs.end()) return {};
  std::string text = countdown(latest->until - now) + " " +
                     (latest->model.empty() ? "all models" : harmless(latest->model));
  if (!latest->quota.empty()) text += " " + harmless(latest->quota);
  if (of.cool_downs.size() > 1) text += fmt::format(" and {} more", of.cool_downs.size() - 1);
  return text;
}

std::vector<const key*> sorted(const std::vector<key>& keys, top_sort by) {
  std::vector<const key*> order;
  for (const key& one : keys)
    order.push_back(&one);
  const auto weight = [by](const key& of) -> double {
    switch (by) {
      case top_sort::calls:
        return static_cast<double>(of.calls);
      case top_sort::tokens:
        return static_cast<double>(of.tokens);
      case top_sort::errors:
        return static_cast<double>(of.errors);
      case top_sort::cost:
        return of.cost.value_or(-1);
      case top_sort::name:
        break;
    }
    return 0;
  };
  std::ranges::sort(order, [&](const key* a, const key* b) {
    const double wa = weight(*a), wb = weight(*b);
    return wa != wb ? wa > wb : a->name < b->name;
  });
  return order;
}

class picture {
 public:
  explicit picture(const view& how) : how_(how) {}

  void line(std::string_view text, std::string_view style = {}) {
    if (how_.height != 0 && lines_ == how_.height) return;
    ++lines_;
    const bool styled = how_.styled && !style.empty();
    if (styled) text_ += style;
    text_ += how_.width == 0 ? std::string(text) : cut(text, how_.width);
    if (styled) text_ += "\x1b[0m";
    text_ += '\n';
  }
  [[nodiscard]] std::size_t room() const {
    return how_.height == 0 ? SIZE_MAX : how_.height - lines_;
  }
  std::string take() { return std::move(text_); }

 private:
  const view& how_;
  std::string text_;
  std::size_t lines_ = 0;
};

constexpr std::string_view bold = "\x1b[1m", reverse = "\x1b[7m", red = "\x1b[31m",
                           yellow = "\x1b[33m", dim = "\x1b[2m";

std::string_view style_of(std::string_view state) {
  if (state == "cooling") return yellow;
  if (state == "quarantined" || state == "exhausted") return red;
  return state == "disabled" ? dim : std::string_view();
}

std::string clock_text(system_clock::time_point now) {
  const auto time =
      std::chrono::floor<std::chrono::seconds>(now) - std::chrono::floor<std::chrono::days>(now);
  const auto seconds = time.count();
  return fmt::format("{:02}:{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

void draw_head(picture& on, std::string_view where, const sample& now, const sample* before) {
  const rates since = rates_between(before, now);
  std::string counts;
  for (const auto& [name, count] : now.counts) {
    if (name == "total") {
      counts += fmt::format("{} keys", count);
    } else if (count != 0) {
      counts += fmt::format(", {} {}", count, name);
    }
  }
  on.line(fmt::format("gemkeeper {}   {}   {}", harmless(where), clock_text(now.at), counts), bold);
  on.line(fmt::format("requests {}/s   tokens {}/min   streams {}   upstream {} active, {} idle{}",
                      rate_text(since.requests_per_second), rate_text(since.tokens_per_minute),
                      now.streams, now.active, now.idle,
                      now.connecting == 0 ? "" : fmt::format(", {} connecting", now.connecting)));
  on.line(fmt::format("overhead p50 {}, p99 {}   first byte p50 {}, p99 {}",
                      seconds_text(since.overhead_p50), seconds_text(since.overhead_p99),
                      seconds_text(since.first_byte_p50), seconds_text(since.first_byte_p99)));
}

}  // namespace

std::string draw(const view& how, std::string_view where, const sample& now, const sample* before,
                 std::string_view problem) {
  constexpr std::size_t longest_name = 32;
  picture on(how);
  draw_head(on, where, now, before);
  on.line(harmless(problem), red);
  std::size_t name_width = 4;
  for (const key& one : now.keys)
    name_width = std::max(name_width, std::min(width_of(harmless(one.name)), longest_name));
  on.line(fmt::format("{}  {:<11}  {:>8}  {:>8}  {:>7}  {:>10}  {}", padded("NAME", name_width),
                      "STATE", "CALLS", "TOKENS", "ERRORS", "COST USD", "COOLING"),
          reverse);
  const std::vector<const key*> order = sorted(now.keys, how.by);
  // One line stays for what the keys of the keyboard do, and one for how many are not seen.
  const std::size_t below = how.height == 0 ? 0 : 2;
  const std::size_t room = on.room() - std::min(on.room(), below);
  const std::size_t shown = std::min(order.size(), room);
  for (std::size_t i = 0; i < shown; ++i) {
    const key& one = *order[i];
    on.line(
        fmt::format("{}  {:<11}  {:>8}  {:>8}  {:>7}  {:>10}  {}",
                    padded(harmless(one.name), name_width), harmless(one.state),
                    count_text(static_cast<double>(one.calls)),
                    count_text(static_cast<double>(one.tokens)),
                    count_text(static_cast<double>(one.errors)),
                    one.cost ? fmt::format("{:.4f}", *one.cost) : "-", cooling_text(one, now.at)),
        style_of(one.state));
  }
  if (how.height == 0) return on.take();
  on.line(shown < order.size() ? fmt::format("and {} more keys", order.size() - shown) : "");
  on.line(keys_help, dim);
  return on.take();
}

std::string draw_problem(const view& how, std::string_view where, std::string_view problem) {
  picture on(how);
  on.line(fmt::format("gemkeeper {}", harmless(where)), bold);
  on.line(harmless(problem), red);
  if (how.height != 0) on.line(keys_help, dim);
  return on.take();
}

}  // namespace gemkeeper::app::top
