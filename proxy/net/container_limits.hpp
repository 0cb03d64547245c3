// How much of the machine a container may use: the limits of the process's control groups, v1 and
// v2. A group is bound by those above it too. `root` stands for "/", for tests. Never throws: what
// cannot be read is no limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace gemkeeper::proxy {

// Of the processors (cpu.max, v1 cpu.cfs_quota_us), in whole cores, rounded up; 0: no limit.
std::size_t cpu_quota(const std::filesystem::path& root = "/");

// `cores` under that quota, at least 1.
std::size_t usable_cores(std::size_t cores, std::size_t quota);

// Of the memory (memory.max and memory.high, v1 memory.limit_in_bytes), in bytes; 0: no limit.
std::uint64_t memory_limit(const std::filesystem::path& root = "/");

}  // namespace gemkeeper::proxy
