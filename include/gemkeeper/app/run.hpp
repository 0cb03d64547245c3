// `gemkeeper run` and `gemkeeper env`: a command, or a shell, whose Gemini clients come to
// gemkeeper.
#pragma once

#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/config.hpp>

#include <string>

namespace gemkeeper::app {

// Runs a command with the gemkeeper that listens at proxy.listen; where none does, with one of its
// own at a free port, which ends with the command and logs to log.file, else warnings to stderr.
// Returns the command's status, 128 + N when signal N ended it, 127 when it is not found, 126 when
// it cannot be run; problems of gemkeeper's own go to stderr. Call it while there is one thread.
int run(const run_command& what, const config_inputs& inputs);

struct env_report {
  int exit_code = exit_done;
  std::string out;  // for a shell to evaluate
  std::string err;
};

// Asks who listens at proxy.listen: for some seconds at most. Forward mode makes the local CA where
// there is none, and writes the bundle of CAs into the state directory.
env_report show_environment(const env_command& what, const load_result& loaded,
                            const environment& present);

}  // namespace gemkeeper::app
