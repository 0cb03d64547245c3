// What choosing a key costs: nanoseconds per acquire and settle, for each policy and pool size.
#include <gemkeeper/pool/pool.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace gemkeeper::pool;
using clock = std::chrono::steady_clock;

constexpr int requests = 200'000;
constexpr int repeats = 5;

// Limits that are never reached, of every kind.
constexpr limit_set wide{.requests_in_flight = 1'000'000,
                         .requests_per_minute = 1'000'000'000,
                         .tokens_per_day = 1'000'000'000'000,
                         .usd_per_month = 1'000'000'000'000};

std::vector<key_spec> some_keys(std::size_t count, const limit_set& limits) {
  std::vector<key_spec> keys(count);
  for (std::size_t i = 0; i < count; ++i) {
    keys[i].secret = "AIzaBenchmarkBenchmarkBenchmark-" + std::to_string(i);
    keys[i].weight = static_cast<std::uint32_t>(1 + i % 7);
    keys[i].priority = static_cast<std::int32_t>(i % 3);
    keys[i].limits = limits;
  }
  return keys;
}

// One in `cooling_every` requests meets a quota for a millisecond; 0: none does. The time goes on
// by 25 µs a request, which is what the data path takes for one.
double nanoseconds_per_request(policy p, std::size_t keys, int cooling_every,
                               const limit_set& limits = {}) {
  key_pool pool({.policy = p}, "bench");
  time_point now{std::chrono::hours(24 * 365 * 56)};
  pool.apply(some_keys(keys, limits), now);
  const request_traits traits{.model = "gemini-3.6-flash"};
  const verdict success;
  const verdict quota{.kind = outcome::quota,
                      .next = next_step::next_project,
                      .marks = {{.quota_id = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
                                 .period = quota_period::minute,
                                 .retry_delay = std::chrono::milliseconds(1)}}};
  token_usage usage;
  double best = 1e9;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const auto start = clock::now();
    for (int i = 0; i < requests; ++i) {
      now += std::chrono::microseconds(25);
      auto got = pool.acquire(traits, now);
      auto* used = std::get_if<lease>(&got);
      if (used == nullptr) continue;
      usage.total = static_cast<std::uint64_t>(500 + i % 977);
      const bool cools = cooling_every != 0 && i % cooling_every == 0;
      pool.settle(std::move(*used), cools ? quota : success, usage, now);
    }
    const std::chrono::duration<double, std::nano> took = clock::now() - start;
    best = std::min(best, took.count() / requests);
  }
  return best;
}

}  // namespace

int main() {
  constexpr std::array<std::size_t, 4> sizes{10, 100, 1'000, 10'000};
  std::printf("%-28s", "ns per acquire and settle");
  for (const std::size_t size : sizes)
    std::printf("%8zu keys", size);
  std::printf("\n");
  for (const int cooling_every : {0, 100}) {
    for (const policy p :
         {policy::round_robin, policy::weighted, policy::least_used, policy::priority}) {
      std::printf("%-12s%-16s", std::string(to_string(p)).c_str(),
                  cooling_every == 0 ? "" : ", 1 % cooling");
      for (const std::size_t size : sizes) {
        std::printf("%13.0f", nanoseconds_per_request(p, size, cooling_every));
      }
      std::printf("\n");
    }
  }
  std::printf("%-28s", "round_robin, limited");
  for (const std::size_t size : sizes)
    std::printf("%13.0f", nanoseconds_per_request(policy::round_robin, size, 0, wide));
  std::printf("\n");
}
