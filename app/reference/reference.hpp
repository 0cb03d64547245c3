// Manual pages, shell completions and docs/configuration.md, from the table of settings and the
// command line's own description. A program of the build, not of the product.
#pragma once

#include <string>

namespace gemkeeper::app::reference {

std::string configuration_page();  // docs/configuration.md
std::string manual_of_commands();  // gemkeeper(1)
std::string manual_of_settings();  // gemkeeper.toml(5)

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace gemkeeper::app::reference
