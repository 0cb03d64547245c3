// What the process as a whole is told before it handles secrets.
#pragma once

namespace gemkeeper::app {

// No core dump and no debugger of another user may see the keys; a peer that closed is an error
// code and no signal; as many descriptors as the system grants.
void harden_process();

}  // namespace gemkeeper::app
