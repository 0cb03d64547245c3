// Memory that only the start needed.
#pragma once

namespace gemkeeper::app {

// Gives back what reading the configuration, opening the database and setting up TLS touched and
// serving does not: free memory of the heap, and pages of code that ran once. What is needed again
// comes back by itself, so that what stays resident is what serving uses. Costs a millisecond.
void release_start_memory();

}  // namespace gemkeeper::app
