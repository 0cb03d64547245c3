// When a failed attempt may be followed by another: attempts, budget, backoff, breakers.
// Pure rules on values; the time and randomness are arguments.
#pragma once

#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/string_map.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace gemkeeper::pool {

// A storm guard over all requests: retries may be at most `ratio` of recent requests, plus a
// reserve for quiet times. A token bucket after Finagle's RetryBudget. Thread-safe, lock-free.
class retry_budget {
 public:
  // `ratio` 0.2 deposits 1/5 of a retry per request; `reserve` retries are there at the start and
  // the balance never exceeds `reserve` + what 10,000 requests deposit. A negative ratio: no limit.
  retry_budget(double ratio, std::uint32_t reserve);
  void deposit();   // once per request
  bool withdraw();  // true: this retry is paid for
  void configure(double ratio, std::uint32_t reserve);

 private:
  std::atomic<std::int64_t> balance_;  // thousandths of a retry
  std::atomic<std::int64_t> per_request_;
  std::atomic<std::int64_t> cap_;
};

// Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/):
// uniform in [0, min(cap, base * 2^retry)]. `unit` is uniform in [0, 1).
std::chrono::milliseconds full_jitter(
    unsigned retry, double unit, std::chrono::milliseconds base = std::chrono::milliseconds(250),
    std::chrono::milliseconds cap = std::chrono::seconds(4));

// Opens after `threshold` failures in a row by one name (a model, a route); while open, callers
// make one attempt and pass its answer on instead of retrying; after `pause` one request at a time
// tries again, and a success closes it. Thread-safe. Holds at most 1,024 names.
class circuit_breaker {
 public:
  circuit_breaker(std::uint32_t threshold, duration pause);
  [[nodiscard]] bool allows_retry(std::string_view name, time_point now);
  void success(std::string_view name);
  void failure(std::string_view name, time_point now);

 private:
  struct circuit {
    std::uint32_t failures = 0;
    time_point open_until{};
  };
  std::uint32_t threshold_;
  duration pause_;
  std::mutex mutex_;
  std::atomic<std::size_t> failing_{0};  // 0: nobody needs the lock
  string_map<circuit> circuits_;
};

}  // namespace gemkeeper::pool
