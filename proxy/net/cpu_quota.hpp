// How much of the machine's processors a container may use.
#pragma once

#include <cstddef>
#include <filesystem>

namespace gemkeeper::proxy {

// The least quota of the process's control groups (cgroup v2 cpu.max, v1 cpu.cfs_quota_us), in
// whole cores, rounded up; 0: none. `root` stands for "/", for tests. Never throws: what cannot be
// read is no quota.
std::size_t cpu_quota(const std::filesystem::path& root = "/");

// `cores` under that quota, at least 1.
std::size_t usable_cores(std::size_t cores, std::size_t quota);

}  // namespace gemkeeper::proxy
