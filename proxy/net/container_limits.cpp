#include "container_limits.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

namespace {

namespace fs = std::filesystem;

// Of two limits, of which 0 is none.
std::uint64_t least(std::uint64_t a, std::uint64_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

std::uint64_t cores_of(double quota, double period) {
  if (!(quota > 0) || !(period > 0)) return 0;
  const auto whole = static_cast<std::uint64_t>(quota / period);
  return static_cast<double>(whole) * period < quota ? whole + 1 : whole;
}

// "50000 100000", or "max 100000".
std::uint64_t cpu_v2(const fs::path& group) {
  std::ifstream in(group / "cpu.max");
  double quota = 0, period = 0;
  return in >> quota >> period ? cores_of(quota, period) : 0;
}

// -1: none.
std::uint64_t cpu_v1(const fs::path& group) {
  std::ifstream quota_in(group / "cpu.cfs_quota_us"), period_in(group / "cpu.cfs_period_us");
  double quota = 0, period = 0;
  return quota_in >> quota && period_in >> period ? cores_of(quota, period) : 0;
}

// "67108864", or "max".
std::uint64_t bytes_in(const fs::path& file) {
  std::ifstream in(file);
  std::uint64_t bytes = 0;
  return in >> bytes ? bytes : 0;
}

std::uint64_t memory_v2(const fs::path& group) {
  return least(bytes_in(group / "memory.max"), bytes_in(group / "memory.high"));
}

// No limit is told as the highest multiple of the page size.
std::uint64_t memory_v1(const fs::path& group) {
  constexpr std::uint64_t beyond_any_machine = std::uint64_t{1} << 60;
  const std::uint64_t bytes = bytes_in(group / "memory.limit_in_bytes");
  return bytes < beyond_any_machine ? bytes : 0;
}

using reader = std::uint64_t (*)(const fs::path& group);

// In a container the path may be the host's, of which only the root is mounted.
std::uint64_t least_along(const fs::path& mount, fs::path path, reader read) {
  std::uint64_t found = read(mount);
  for (path = path.relative_path(); !path.empty(); path = path.parent_path())
    found = least(found, read(mount / path));
  return found;
}

std::uint64_t least_of_groups(const fs::path& root, std::string_view controller, reader v1,
                              reader v2) {
  std::ifstream groups(root / "proc/self/cgroup");
  const fs::path mounts = root / "sys/fs/cgroup";
  const std::string wanted = "," + std::string(controller) + ",";
  std::uint64_t found = 0;
  // "0::/path" for v2, "4:cpu,cpuacct:/path" for v1.
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path path = line.substr(second + 1);
    if (controllers.empty()) {
      found = least(found, least_along(mounts, path, v2));
      found = least(found, least_along(mounts / "unified", path, v2));
    } else if (("," + controllers + ",").find(wanted) != std::string::npos) {
      found = least(found, least_along(mounts / controllers, path, v1));
      found = least(found, least_along(mounts / controller, path, v1));
    }
  }
  return found;
}

}  // namespace

std::size_t cpu_quota(const fs::path& root) {
  return least_of_groups(root, "cpu", cpu_v1, cpu_v2);
}

std::size_t usable_cores(std::size_t cores, std::size_t quota) {
  return std::max<std::size_t>(1, quota == 0 ? cores : std::min(cores, quota));
}

std::uint64_t memory_limit(const fs::path& root) {
  return least_of_groups(root, "memory", memory_v1, memory_v2);
}

}  // namespace gemkeeper::proxy
