#include "cpu_quota.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace gemkeeper::proxy {

namespace {

namespace fs = std::filesystem;

std::size_t cores_of(double quota, double period) {
  if (!(quota > 0) || !(period > 0)) return 0;
  const auto whole = static_cast<std::size_t>(quota / period);
  return static_cast<double>(whole) * period < quota ? whole + 1 : whole;
}

// "50000 100000", or "max 100000".
std::size_t read_v2(const fs::path& group) {
  std::ifstream in(group / "cpu.max");
  double quota = 0, period = 0;
  return in >> quota >> period ? cores_of(quota, period) : 0;
}

// -1: none.
std::size_t read_v1(const fs::path& group) {
  std::ifstream quota_in(group / "cpu.cfs_quota_us"), period_in(group / "cpu.cfs_period_us");
  double quota = 0, period = 0;
  return quota_in >> quota && period_in >> period ? cores_of(quota, period) : 0;
}

std::size_t least(std::size_t a, std::size_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

// A group is bound by those above it too. In a container the path may be the host's, of which only
// the root is mounted.
template <class Read>
std::size_t least_along(const fs::path& mount, fs::path path, Read read) {
  std::size_t found = read(mount);
  for (path = path.relative_path(); !path.empty(); path = path.parent_path())
    found = least(found, read(mount / path));
  return found;
}

}  // namespace

std::size_t cpu_quota(const fs::path& root) {
  std::ifstream groups(root / "proc/self/cgroup");
  const fs::path mounts = root / "sys/fs/cgroup";
  std::size_t found = 0;
  // "0::/path" for v2, "4:cpu,cpuacct:/path" for v1.
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path path = line.substr(second + 1);
    if (controllers.empty()) {
      found = least(found, least_along(mounts, path, read_v2));
      found = least(found, least_along(mounts / "unified", path, read_v2));
    } else if (("," + controllers + ",").find(",cpu,") != std::string::npos) {
      found = least(found, least_along(mounts / controllers, path, read_v1));
      found = least(found, least_along(mounts / "cpu", path, read_v1));
    }
  }
  return found;
}

std::size_t usable_cores(std::size_t cores, std::size_t quota) {
  return std::max<std::size_t>(1, quota == 0 ? cores : std::min(cores, quota));
}

}  // namespace gemkeeper::proxy
