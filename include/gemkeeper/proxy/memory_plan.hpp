// What the memory of a container is given to, where it has a limit: so that much load waits or is
// answered 503, and does not end the process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gemkeeper::proxy {

// Bytes, and counts. Zero: not bounded by memory.
struct memory_plan {
  std::uint64_t limit = 0;
  std::size_t connections = 0;  // of clients, over all workers
  std::uint64_t bodies = 0;     // that are kept for another attempt, over all workers
  std::uint64_t database = 0;   // one that is in memory
};

// Pure. Connections get half of what the program itself leaves, bodies and such a database a
// quarter.
memory_plan plan_memory(std::uint64_t limit);

// How many workers have room for what each of them takes; at least 1. `limit` 0: any number.
std::size_t workers_within(std::uint64_t limit, std::size_t workers);

// By the control groups of this process, as they were when it was first asked. Thread-safe; never
// throws.
const memory_plan& plan_memory_here();

}  // namespace gemkeeper::proxy
