// The demo: sandbox and proxy in one process, for a first look without any API key.
#pragma once

#include <gemkeeper/app/config.hpp>
#include <gemkeeper/sandbox/run.hpp>

namespace gemkeeper::app {

// Three keys, of which one is out of quota and one is invalid; prints a request to try and what to
// look for. Serves as `serve` does. Returns the exit status.
int run_demo(const sandbox::sandbox_options& options, config_inputs inputs);

}  // namespace gemkeeper::app
