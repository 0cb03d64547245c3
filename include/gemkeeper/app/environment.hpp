// The process's environment as a value, so that whoever reads it can be tested with another.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace gemkeeper::app {

using environment = std::map<std::string, std::string, std::less<>>;

environment process_environment();

// The variable's value; empty when it is not set.
std::string_view value_of(const environment& variables, std::string_view name);

}  // namespace gemkeeper::app
