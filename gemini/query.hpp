// The query of a request target.
#pragma once

#include <string_view>

namespace gemkeeper::gemini {

struct query_parameter {
  std::string_view text;  // "name=value" as it stands
  std::string_view name;
  std::string_view value;  // empty where there is no '='
};

// Calls `visit` with each parameter of `target`'s query in order, empty ones ("?a&&b") too.
template <class Visit>
void each_parameter(std::string_view target, Visit visit) {
  std::size_t end = target.find('?');
  while (end != std::string_view::npos) {
    const std::size_t begin = end + 1;
    end = target.find('&', begin);
    const std::string_view text = target.substr(begin, end - begin);
    const std::string_view name = text.substr(0, text.find('='));
    const bool has_value = name.size() < text.size();
    visit(query_parameter{text, name, has_value ? text.substr(name.size() + 1) : ""});
  }
}

}  // namespace gemkeeper::gemini
