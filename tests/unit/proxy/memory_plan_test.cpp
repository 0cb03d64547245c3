#include <gemkeeper/proxy/memory_plan.hpp>

#include <boost/test/unit_test.hpp>

namespace gemkeeper::proxy {
namespace {

constexpr std::uint64_t mib = 1024 * 1024;

BOOST_AUTO_TEST_SUITE(memory_plans)

BOOST_AUTO_TEST_CASE(without_a_limit_nothing_is_bounded) {
  const memory_plan plan = plan_memory(0);
  BOOST_TEST(plan.limit == 0U);
  BOOST_TEST(plan.connections == 0U);
  BOOST_TEST(plan.bodies == 0U);
  BOOST_TEST(plan.database == 0U);
  BOOST_TEST(workers_within(0, 64) == 64U);
}

BOOST_AUTO_TEST_CASE(what_is_given_away_is_not_more_than_there_is) {
  for (const std::uint64_t size : {16U, 32U, 64U, 128U, 512U, 4096U}) {
    const std::uint64_t limit = size * mib;
    const memory_plan plan = plan_memory(limit);
    BOOST_TEST_CONTEXT(size << " MiB") {
      BOOST_TEST(plan.limit == limit);
      BOOST_TEST(plan.connections >= 16U);
      BOOST_TEST(plan.bodies >= mib);
      BOOST_TEST(plan.connections * 192 * 1024 + plan.bodies + plan.database <= limit);
      BOOST_TEST(workers_within(limit, 1024) * 8 * mib <= limit / 2 + 8 * mib);
    }
  }
}

BOOST_AUTO_TEST_CASE(more_memory_is_more_of_everything) {
  memory_plan before = plan_memory(mib);
  for (std::uint64_t size = 2; size <= 65'536; size *= 2) {
    const memory_plan plan = plan_memory(size * mib);
    BOOST_TEST(plan.connections >= before.connections);
    BOOST_TEST(plan.bodies >= before.bodies);
    BOOST_TEST(workers_within(size * mib, 64) >= workers_within(size * mib / 2, 64));
    before = plan;
  }
}

BOOST_AUTO_TEST_CASE(a_small_container_of_a_large_machine_has_few_workers) {
  BOOST_TEST(workers_within(16 * mib, 64) == 1U);
  BOOST_TEST(workers_within(64 * mib, 64) == 4U);
  BOOST_TEST(workers_within(64 * mib, 2) == 2U);
  BOOST_TEST(workers_within(4096 * mib, 64) == 64U);
  BOOST_TEST(workers_within(1, 64) == 1U);
  BOOST_TEST(workers_within(1, 0) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::proxy
