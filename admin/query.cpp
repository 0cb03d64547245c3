#include "query.hpp"

#include "message.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gemkeeper::admin {

parameter take_parameter(std::string_view& query) {
  const std::string_view one = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(one.size() + 1, query.size()));
  const std::size_t equals = std::min(one.find('='), one.size());
  return {one.substr(0, equals), one.substr(std::min(equals + 1, one.size())), equals < one.size()};
}

std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const parameter one = take_parameter(query);
    if (one.assigned && one.name == name) return one.value;
  }
  return {};
}

std::size_t read_page_size(std::string_view text) {
  constexpr std::size_t most = 1000;
  std::size_t size = 0;
  if (!read_number(text, size) || size == 0 || size > most) {
    throw refusal(400, "invalid_field", fmt::format("limit must be a number from 1 to {}", most),
                  "limit");
  }
  return size;
}

}  // namespace gemkeeper::admin
