// A heap for a container whose memory is limited.
#pragma once

namespace gemkeeper::app {

// Large pieces go back to the kernel when they are freed, rather than stay for the next one, and
// threads share two heaps: slower by some page faults for a large body, and no larger for having
// been busy. Before other threads are started.
void keep_heap_small();

}  // namespace gemkeeper::app
