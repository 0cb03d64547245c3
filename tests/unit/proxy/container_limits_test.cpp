#include "net/container_limits.hpp"

#include <boost/test/unit_test.hpp>

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace gemkeeper::proxy {
namespace {

namespace fs = std::filesystem;

struct machine {
  machine() {
    std::string name = (fs::temp_directory_path() / "gemkeeper-cgroup-XXXXXX").native();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
  }
  machine(const machine&) = delete;
  machine& operator=(const machine&) = delete;
  ~machine() { fs::remove_all(root); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }

  fs::path root;
};

struct version_2 : machine {
  version_2() { write("proc/self/cgroup", "0::/kubepods/pod1/app\n"); }
  [[nodiscard]] std::size_t quota(const std::string& cpu_max) const {
    write("sys/fs/cgroup/kubepods/pod1/app/cpu.max", cpu_max);
    return cpu_quota(root);
  }
  [[nodiscard]] std::uint64_t memory(const std::string& max, const std::string& high) const {
    write("sys/fs/cgroup/kubepods/pod1/app/memory.max", max);
    write("sys/fs/cgroup/kubepods/pod1/app/memory.high", high);
    return memory_limit(root);
  }
};

BOOST_AUTO_TEST_SUITE(container_limits)

BOOST_FIXTURE_TEST_CASE(a_part_of_a_core_counts_as_one, version_2) {
  BOOST_TEST(quota("10000 100000\n") == 1U);
  BOOST_TEST(quota("100000 100000\n") == 1U);
  BOOST_TEST(quota("100001 100000\n") == 2U);
  BOOST_TEST(quota("250000 100000\n") == 3U);
  BOOST_TEST(quota("max 100000\n") == 0U);
  BOOST_TEST(quota("") == 0U);
  BOOST_TEST(quota("nonsense") == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_group_above_binds_too, version_2) {
  write("sys/fs/cgroup/kubepods/cpu.max", "400000 100000\n");
  BOOST_TEST(quota("max 100000\n") == 4U);
  BOOST_TEST(quota("200000 100000\n") == 2U);
  BOOST_TEST(quota("800000 100000\n") == 4U);
}

BOOST_FIXTURE_TEST_CASE(inside_a_container_its_own_group_is_the_root, machine) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/cpu.max", "150000 100000\n");
  BOOST_TEST(cpu_quota(root) == 2U);
  // Without a namespace of control groups the path is the host's, and not to be seen.
  write("proc/self/cgroup", "0::/system.slice/docker-1.scope\n");
  BOOST_TEST(cpu_quota(root) == 2U);
}

BOOST_FIXTURE_TEST_CASE(the_lower_limit_of_memory_counts, version_2) {
  BOOST_TEST(memory("67108864\n", "max\n") == 67'108'864U);
  BOOST_TEST(memory("67108864\n", "33554432\n") == 33'554'432U);
  BOOST_TEST(memory("max\n", "33554432\n") == 33'554'432U);
  BOOST_TEST(memory("max\n", "max\n") == 0U);
  BOOST_TEST(memory("", "nonsense") == 0U);
  write("sys/fs/cgroup/kubepods/memory.max", "50000000\n");
  BOOST_TEST(memory("67108864\n", "max\n") == 50'000'000U);
}

BOOST_FIXTURE_TEST_CASE(version_1_of_memory_is_read, machine) {
  write("proc/self/cgroup", "5:memory:/a/b\n4:cpu,cpuacct:/docker/1\n0::/\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  BOOST_TEST(memory_limit(root) == 0U);
  write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "67108864\n");
  BOOST_TEST(memory_limit(root) == 67'108'864U);
  write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "33554432\n");
  BOOST_TEST(memory_limit(root) == 33'554'432U);
}

BOOST_FIXTURE_TEST_CASE(version_1_is_read, machine) {
  write("proc/self/cgroup", "5:memory:/a\n4:cpu,cpuacct:/docker/1\n0::/\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(cpu_quota(root) == 0U);
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "300000\n");
  BOOST_TEST(cpu_quota(root) == 3U);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_read_is_no_quota, machine) {
  BOOST_TEST(cpu_quota(root) == 0U);
  BOOST_TEST(memory_limit(root) == 0U);
  BOOST_TEST(usable_cores(8, 0) == 8U);
  BOOST_TEST(usable_cores(8, 2) == 2U);
  BOOST_TEST(usable_cores(2, 8) == 2U);
  BOOST_TEST(usable_cores(0, 0) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::proxy
