// The query of a request's target: its parameters, and values that several calls take.
#pragma once

#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace gemkeeper::admin {

// Not decoded; views into the query. Without a "=" the value is empty.
struct parameter {
  std::string_view name, value;
  bool assigned = false;  // there is a "="
};
// The first one, which `query` is left without; nameless between two "&".
parameter take_parameter(std::string_view& query);

// The value of the first parameter of this name; empty: absent. Not decoded.
std::string_view query_value(std::string_view query, std::string_view name);

// The whole text.
template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc{} && end == text.data() + text.size();
}

// The value of `limit`: how much a page holds. Throws `refusal` 400.
std::size_t read_page_size(std::string_view text);

}  // namespace gemkeeper::admin
