// The threads of these tests end only if each has its turn.
#include "fixture.hpp"
#include <gemkeeper/pool/breakable_mutex.hpp>
#include <gemkeeper/pool/usage_table.hpp>

#include <atomic>
#include <mutex>
#include <thread>

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

BOOST_AUTO_TEST_SUITE(long_readings)

BOOST_AUTO_TEST_CASE(nobody_waits_so_nobody_is_let_in) {
  breakable_mutex mutex;
  const std::lock_guard lock(mutex);
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(!mutex.let_others_in());
  BOOST_TEST(!mutex.try_lock());
}

BOOST_AUTO_TEST_CASE(who_waits_is_let_in) {
  breakable_mutex mutex;
  bool was_in = false;  // guarded by it
  std::unique_lock lock(mutex);
  std::jthread other([&] {
    const std::lock_guard short_one(mutex);
    was_in = true;
  });
  while (!was_in)
    mutex.let_others_in();
  lock.unlock();
  BOOST_TEST(was_in);
}

BOOST_AUTO_TEST_CASE(all_keys_are_told_while_they_are_used) {
  constexpr std::size_t count = 500;
  key_pool pool({}, "hash key");
  std::vector<key_spec> specs;
  for (std::size_t i = 0; i < count; ++i)
    specs.push_back(key("k" + std::to_string(i), ""));
  const time_point now{std::chrono::hours(500'000)};
  pool.apply(std::move(specs), now);
  std::atomic<bool> done{false};
  std::jthread worker([&] {
    while (!done) {
      auto got = pool.acquire({.model = "m"}, now);
      pool.settle(std::get<lease>(std::move(got)), success, {}, now);
    }
  });
  for (int i = 0; i < 10; ++i) {
    const auto all = pool.keys(now);
    BOOST_REQUIRE(all.size() == count);
    for (std::size_t k = 0; k < count; ++k)
      BOOST_REQUIRE(all[k].name == "k" + std::to_string(k));
    BOOST_REQUIRE(pool.counts(now).healthy == count);
    BOOST_REQUIRE(pool.health(now).cool_downs.empty());
  }
  done = true;
}

// A counter that went back would look like a restart.
BOOST_AUTO_TEST_CASE(counts_never_go_back_while_keys_change_their_places) {
  constexpr std::uint32_t places = 200;
  constexpr std::uint64_t rounds = 60;
  usage_table table;
  std::atomic<bool> done{false};
  std::jthread worker([&] {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      for (std::uint32_t slot = 0; slot < places; ++slot) {
        const key_id id = make_key_id("k", std::to_string((slot + round / 20) % places));
        table.record(slot, id, "m", usage_kind::success, {}, 0);
      }
    }
    done = true;
  });
  std::uint64_t before = 0;
  for (bool last = false; !last;) {
    last = done;
    std::uint64_t calls = 0;
    for (const auto& [of, counts] : table.read())
      calls += counts.calls;
    BOOST_REQUIRE(calls >= before);
    before = calls;
  }
  BOOST_TEST(before == places * rounds);
}

BOOST_AUTO_TEST_SUITE_END()
