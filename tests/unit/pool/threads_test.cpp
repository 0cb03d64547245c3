// Everything at once from several threads: for ThreadSanitizer, and for what must hold all the
// time. The time is a counter, and nobody sleeps.
#include "fixture.hpp"

#include <array>
#include <atomic>
#include <map>
#include <random>
#include <thread>

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

constexpr std::uint32_t most_in_flight = 3;
constexpr std::array<const char*, 3> model_names{"x", "y", "z"};

struct shared_pool {
  key_pool pool{{}, "hash key"};
  std::atomic<std::int64_t> ticks{0};
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> served_waiting{0};
  std::map<std::string, std::atomic<std::uint32_t>> in_flight;  // over all models
  std::atomic<bool> exceeded{false};

  shared_pool() {
    for (int i = 0; i < 8; ++i)
      in_flight["k" + std::to_string(i)];
    pool.on_event([this](const pool_event&) { ++events; });
    apply(8);
  }

  time_point now() {
    return time_point(std::chrono::hours(500'000)) + std::chrono::milliseconds(++ticks);
  }
  void apply(int keys) {
    std::vector<key_spec> specs;
    for (int i = 0; i < keys; ++i) {
      specs.push_back(key("k" + std::to_string(i), i < 4 ? "p" + std::to_string(i / 2) : ""));
      specs.back().limits.requests_in_flight = most_in_flight;
    }
    pool.apply(std::move(specs), now());
  }

  void use(lease&& l, std::mt19937& random) {
    auto& count = in_flight.at(l.key_name());
    if (++count > most_in_flight) exceeded = true;
    std::this_thread::yield();
    --count;
    switch (random() % 40) {
      case 0:
        return static_cast<void>(
            pool.settle(std::move(l), quota(quota_period::minute, 5ms), {}, now()));
      case 1:
        return static_cast<void>(pool.settle(std::move(l), bare_429, {}, now()));
      case 2:
        return static_cast<void>(pool.settle(std::move(l), rejected, {}, now()));
      case 3: {
        verdict what{.kind = outcome::client_fault};
        what.google_project = "projects/" + std::to_string(random() % 3);
        return static_cast<void>(pool.settle(std::move(l), what, {}, now()));
      }
      case 4: {
        const lease dropped = std::move(l);
        return;
      }
      default:
        pool.settle(std::move(l), success, {}, now());
    }
  }

  void wait_for_key(std::size_t model, std::mt19937& random) {
    std::atomic<bool> woken{false};
    waiter place([&woken] { woken = true; });
    pool.wait(model_names[model], place);
    for (int i = 0; i < 50; ++i) {
      auto got = pool.acquire({.model = model_names[model]}, place, now());
      if (lease* l = std::get_if<lease>(&got)) {
        ++served_waiting;
        return use(std::move(*l), random);
      }
      while (!woken.exchange(false) && i++ < 50)
        std::this_thread::yield();
    }
  }

  void run(unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 4'000; ++i) {
      const std::size_t model = random() % model_names.size();
      switch (random() % 100) {
        case 0:
          apply(static_cast<int>(4 + random() % 5));
          break;
        case 1:
          for (const key_view& v : pool.keys(now()))
            pool.reset(v.id, now());
          break;
        case 2:
          pool.configure({.policy = static_cast<policy>(random() % 4)});
          break;
        case 3:
          if (pool.counts(now()).total < 4) exceeded = true;
          break;
        case 4:
          if (auto due = pool.next_probe(now() + 1h)) {
            pool.settle_probe(std::move(*due), random() % 2 == 0 ? success : rejected, now());
          }
          break;
        default: {
          auto got = pool.acquire({.model = model_names[model]}, now());
          if (lease* l = std::get_if<lease>(&got)) {
            use(std::move(*l), random);
          } else {
            wait_for_key(model, random);
          }
        }
      }
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(a_pool_is_used_from_everywhere_at_once) {
  shared_pool shared;
  std::vector<std::jthread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&shared, seed] { shared.run(seed); });
  }
  threads.clear();
  BOOST_TEST(!shared.exceeded);
  BOOST_TEST(shared.events > 0U);
  BOOST_TEST(shared.served_waiting > 0U);
  for (const key_view& v : shared.pool.keys(shared.now()))
    BOOST_TEST(v.in_flight == 0U);

  shared.apply(8);
  for (const key_view& v : shared.pool.keys(shared.now()))
    shared.pool.reset(v.id, shared.now());
  for (const char* model : model_names) {  // nobody left anything behind that blocks
    auto got = shared.pool.acquire({.model = model}, shared.now());
    BOOST_TEST(std::holds_alternative<lease>(got));
  }
}

BOOST_AUTO_TEST_SUITE_END()
