// A command that gemkeeper runs, as if the user's shell had run it: it has gemkeeper's own standard
// streams, process group, signal mask and limits, and the signals that gemkeeper gets reach it.
#pragma once

#include <gemkeeper/app/environment.hpp>
#include <gemkeeper/app/process.hpp>

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

namespace gemkeeper::app {

// One at a time; its members are called from one thread, which lives as long as the command: the
// command gets SIGTERM when that thread ends.
class command_process {
 public:
  // Forks a process that waits for its environment. Only while this process has a single thread and
  // no descriptors that the command must not have. From here until `wait` returns, the signals that
  // are passed on are blocked, in threads made later too. Throws std::system_error.
  command_process(const std::vector<std::string>& arguments, const inherited_state& found);
  command_process(const command_process&) = delete;
  command_process& operator=(const command_process&) = delete;
  ~command_process();  // a command that was not started, or not waited for, is ended

  // Makes the waiting process the command. 0, or why it cannot be run (errno).
  int start(const environment& variables);

  // Passes signals on until the command ends. Its exit status; 128 + the number of the signal that
  // ended it.
  int wait();

 private:
  void pass_on(const siginfo_t& signal) const;
  void stop_too() const;

  sigset_t relayed_{};
  sigset_t mask_before_{};
  int channel_ = -1;
  pid_t pid_ = -1;
};

}  // namespace gemkeeper::app
