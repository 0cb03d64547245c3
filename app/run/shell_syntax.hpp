// Environment changes as text for a shell to evaluate, or for a program to parse.
#pragma once

#include "client_environment.hpp"

#include <string>

namespace gemkeeper::app {

// One statement a line. Values come out of the shell as they went in, whatever is in them.
std::string assignments(const environment_changes& changes, shell_syntax syntax);

// One JSON object; null: must not be set.
std::string json_object(const environment_changes& changes);

}  // namespace gemkeeper::app
