// `gemkeeper keys`, `clients`, `status` and `credits`: the admin API on the command line.
#pragma once

#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/config.hpp>

#include <functional>
#include <string>

namespace gemkeeper::app {

struct admin_report {
  int exit_code = exit_done;
  std::string out;
  std::string err;  // no secret is ever in either, but a new client's token in `out`
};

// Asks the gemkeeper that runs with this configuration. `read_input` gives standard input, for
// commands that take a key there.
admin_report run_admin(const admin_command& what, const load_result& loaded,
                       const std::function<std::string()>& read_input);

// `health`: asks the same one whether it is well. What is wrong with a configuration outside of
// [admin] does not count: the one that runs may have another.
admin_report run_health(const health_command& what, const load_result& loaded);

// Standard input up to its end, or an error in place of what is longer than a key can be.
std::string read_standard_input();

}  // namespace gemkeeper::app
