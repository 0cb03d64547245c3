// What the process as a whole is told before it handles secrets.
#pragma once

#include <sys/resource.h>

namespace gemkeeper::app {

// What a program that is started on the user's behalf has to find as this one found it.
struct inherited_state {
  rlimit core{};
  rlimit files{};
  void (*on_broken_pipe)(int) = nullptr;
};

// No core dump and no debugger of another user may see the keys; a peer that closed is an error
// code and no signal; as many descriptors as the system grants. Returns what was there before.
inherited_state harden_process();

// In a process that was forked, before it becomes another program.
void restore_process(const inherited_state& found);

}  // namespace gemkeeper::app
