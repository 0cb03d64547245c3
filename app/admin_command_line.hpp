// The part of the command line that speaks to the admin API.
#pragma once

#include <gemkeeper/app/command_line.hpp>

#include <CLI/App.hpp>

namespace gemkeeper::app {

// Adds `keys`, `clients`, `status` and `credits`, which fill `into`. `asked` becomes true when one
// is given.
void add_admin_commands(CLI::App& app, admin_command& into, bool& asked, reseal_command& resealing);

}  // namespace gemkeeper::app
