#include "net/container_limits.hpp"
#include <gemkeeper/proxy/memory_plan.hpp>

#include <algorithm>

namespace gemkeeper::proxy {

namespace {

constexpr std::uint64_t mib = 1024 * 1024;
// Code, libraries, keys, what each worker has: measured (docs/performance.md).
constexpr std::uint64_t program = 14 * mib;
constexpr std::uint64_t worker = 8 * mib;
// TLS on both sides, with full buffers, and a piece of a file on its way.
constexpr std::uint64_t connection = 192 * 1024;
constexpr std::size_t least_connections = 16;

}  // namespace

memory_plan plan_memory(std::uint64_t limit) {
  if (limit == 0) return {};
  const std::uint64_t left = std::max(limit - std::min(limit, program), limit / 4);
  memory_plan plan;
  plan.limit = limit;
  plan.connections = std::max(least_connections, left / 2 / connection);
  plan.bodies = left / 4;
  plan.database = left / 4;
  return plan;
}

std::size_t workers_within(std::uint64_t limit, std::size_t workers) {
  if (limit == 0) return workers;
  return std::clamp<std::size_t>(limit / 2 / worker, 1, std::max<std::size_t>(1, workers));
}

const memory_plan& plan_memory_here() {
  static const memory_plan plan = plan_memory(memory_limit());
  return plan;
}

}  // namespace gemkeeper::proxy
