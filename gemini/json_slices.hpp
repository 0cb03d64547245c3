// The members and elements of a JSON text as they stand, for texts that are put together anew.
#pragma once

#include <cstddef>
#include <string_view>

namespace gemkeeper::gemini {

// Removes one value from the front of `text` and returns it; empty: there is none that ends.
std::string_view take_value(std::string_view& text);

// Removes blanks and then `c` from the front; false: something else stands there.
bool take_byte(std::string_view& text, char c);

// Calls `visit(name, value)` for each member of an object, the name without its quotes and with its
// escapes. False: it is none, or ends too early.
template <class Visit>
bool each_member(std::string_view text, Visit visit) {
  if (!take_byte(text, '{')) return false;
  if (take_byte(text, '}')) return true;
  do {
    const std::string_view name = take_value(text);
    if (name.size() < 2 || name.front() != '"' || !take_byte(text, ':')) return false;
    const std::string_view value = take_value(text);
    if (value.empty()) return false;
    visit(name.substr(1, name.size() - 2), value);
  } while (take_byte(text, ','));
  return take_byte(text, '}');
}

// The same for the elements of an array.
template <class Visit>
bool each_element(std::string_view text, Visit visit) {
  if (!take_byte(text, '[')) return false;
  if (take_byte(text, ']')) return true;
  do {
    const std::string_view value = take_value(text);
    if (value.empty()) return false;
    visit(value);
  } while (take_byte(text, ','));
  return take_byte(text, ']');
}

}  // namespace gemkeeper::gemini
