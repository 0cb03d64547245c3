// `gemkeeper top`: a live view of the running gemkeeper, over its admin API.
#pragma once

#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/config.hpp>

namespace gemkeeper::app {

// Until it is told to end: `q`, SIGINT, SIGTERM. Leaves the terminal as it was. Returns the exit
// status; what went wrong is on stderr.
int run_top(const top_command& what, const load_result& loaded);

}  // namespace gemkeeper::app
