#include "request_query.hpp"

#include "message.hpp"
#include "query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace gemkeeper::admin {
namespace {

using std::chrono::microseconds;
using std::chrono::system_clock;

[[noreturn]] void refuse(std::string_view name, std::string_view what) {
  throw refusal(400, "invalid_field", fmt::format("{} {}", name, what), std::string(name));
}

// RFC 3986, 2.1.
std::string decoded(std::string_view name, std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      made += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc{} || end != digits.data() + 2) refuse(name, "is badly percent-encoded");
    made += static_cast<char>(byte);
    i += 2;
  }
  return made;
}

// "250ms", "2s", "1m".
microseconds read_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 3> units{
      {{"ms", 1'000}, {"s", 1'000'000}, {"m", 60'000'000}}};
  const std::size_t unit_at = std::min(text.find_first_not_of("0123456789."), text.size());
  double number = 0;
  const bool readable = read_number(text.substr(0, unit_at), number) && number < 1e9;
  for (const auto& [unit, us] : units) {
    if (!readable || text.substr(unit_at) != unit) continue;
    return microseconds(static_cast<std::int64_t>(number * static_cast<double>(us)));
  }
  refuse("min_duration", R"(must be a duration: "250ms", "2s", "1m")");
}

std::string read_outcome(std::string_view text) {
  std::string known = "refused, tunnelled, cut_off";
  if (text == "refused" || text == "tunnelled" || text == "cut_off") return std::string(text);
  for (std::size_t i = 0; i < pool::outcome_count; ++i) {
    const std::string_view name = pool::to_string(static_cast<pool::outcome>(i));
    if (text == name) return std::string(text);
    known += fmt::format(", {}", name);
  }
  refuse("outcome", "must be one of " + known);
}

// "1785500000000000-0123456789abcdef", as `place_after` writes it.
request_place read_place(std::string_view text) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  std::int64_t us = 0;
  if (!read_number(text.substr(0, dash), us) || us < 0) {
    refuse("before", "must be what `next` of the page before said");
  }
  request_place place;
  place.ended = system_clock::time_point(microseconds(us));
  place.request_id = text.substr(std::min(dash + 1, text.size()));
  return place;
}

void read_one(std::string_view name, std::string_view value, request_query& into) {
  if (name == "key") {
    into.key = decoded(name, value);
  } else if (name == "client") {
    into.client = decoded(name, value);
  } else if (name == "model") {
    into.model = decoded(name, value);
  } else if (name == "outcome") {
    into.outcome = read_outcome(value);
  } else if (name == "status") {
    int status = 0;
    const bool right =
        read_number(value, status) && (status == 0 || (status >= 100 && status <= 599));
    if (!right) refuse(name, "must be 0 (the client left) or an HTTP status");
    into.which.status = status;
  } else if (name == "min_duration") {
    into.which.min_duration = read_duration(value);
  } else if (name == "limit") {
    into.limit = read_page_size(value);
  } else if (name == "before") {
    into.which.before = read_place(value);
  } else {
    throw refusal(
        400, "unknown_parameter",
        fmt::format("this call knows no such parameter; known are {}", request_query_names),
        std::string(name));
  }
}

}  // namespace

request_filter request_query::filter() const {
  request_filter made = which;
  made.key = key;
  made.client = client;
  made.model = model;
  made.outcome = outcome;
  return made;
}

request_query parse_request_query(std::string_view query) {
  request_query asked;
  std::set<std::string_view> seen;
  while (!query.empty()) {
    if (query.front() == '&') {  // an empty one
      query.remove_prefix(1);
      continue;
    }
    const parameter one = take_parameter(query);
    if (!seen.insert(one.name).second) refuse(one.name, "stands twice");
    if (one.value.empty() && request_query_names.find(one.name) != std::string_view::npos) {
      refuse(one.name, "has no value");
    }
    read_one(one.name, one.value, asked);
  }
  return asked;
}

std::string place_after(const kept_request& last) {
  const auto us = std::chrono::duration_cast<microseconds>(last.ended.time_since_epoch()).count();
  return fmt::format("{}-{}", us, last.request_id);
}

}  // namespace gemkeeper::admin
