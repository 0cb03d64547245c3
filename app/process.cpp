#include <gemkeeper/app/process.hpp>

#include <sys/prctl.h>

#include <csignal>

namespace gemkeeper::app {

inherited_state harden_process() {
  inherited_state found;
  ::getrlimit(RLIMIT_CORE, &found.core);
  ::getrlimit(RLIMIT_NOFILE, &found.files);
  // The hard limit stays: it could not be given back to a program that we start.
  const rlimit no_core{0, found.core.rlim_max};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::prctl(PR_SET_DUMPABLE, 0);
  found.on_broken_pipe = std::signal(SIGPIPE, SIG_IGN);
  const rlimit all_files{found.files.rlim_max, found.files.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &all_files);
  return found;
}

void restore_process(const inherited_state& found) {
  ::setrlimit(RLIMIT_CORE, &found.core);
  ::setrlimit(RLIMIT_NOFILE, &found.files);
  std::signal(SIGPIPE, found.on_broken_pipe);
}

}  // namespace gemkeeper::app
