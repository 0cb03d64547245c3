#include <gemkeeper/pool/retry.hpp>

#include <algorithm>
#include <cmath>

namespace gemkeeper::pool {
namespace {

constexpr std::int64_t one_retry = 1000;
constexpr std::int64_t burst_requests = 10'000;
constexpr std::int64_t unlimited = -1;
constexpr std::size_t most_circuits = 1024;

std::int64_t deposit_of(double ratio) {
  return ratio < 0 ? unlimited : std::llround(std::min(ratio, 1000.0) * one_retry);
}

std::int64_t cap_of(double ratio, std::uint32_t reserve) {
  return reserve * one_retry + std::max<std::int64_t>(deposit_of(ratio), 0) * burst_requests;
}

// Adds within [0, cap]; false: it would fall below 0.
bool add(std::atomic<std::int64_t>& balance, std::int64_t amount, std::int64_t cap) {
  std::int64_t seen = balance.load(std::memory_order_relaxed);
  std::int64_t wanted = 0;
  do {
    wanted = std::min(seen + amount, cap);
    if (wanted < 0) return false;
    if (wanted == seen) return true;
  } while (!balance.compare_exchange_weak(seen, wanted, std::memory_order_relaxed));
  return true;
}

}  // namespace

retry_budget::retry_budget(double ratio, std::uint32_t reserve)
    : balance_(reserve * one_retry),
      per_request_(deposit_of(ratio)),
      cap_(cap_of(ratio, reserve)) {}

void retry_budget::deposit() {
  const std::int64_t amount = per_request_.load(std::memory_order_relaxed);
  if (amount > 0) add(balance_, amount, cap_.load(std::memory_order_relaxed));
}

bool retry_budget::withdraw() {
  return per_request_.load(std::memory_order_relaxed) == unlimited ||
         add(balance_, -one_retry, cap_.load(std::memory_order_relaxed));
}

void retry_budget::configure(double ratio, std::uint32_t reserve) {
  per_request_ = deposit_of(ratio);
  cap_ = cap_of(ratio, reserve);
}

std::chrono::milliseconds full_jitter(unsigned retry, double unit, std::chrono::milliseconds base,
                                      std::chrono::milliseconds cap) {
  const double grown =
      std::ldexp(static_cast<double>(base.count()), static_cast<int>(std::min(retry, 62U)));
  const double most = std::min(grown, static_cast<double>(cap.count()));
  return std::chrono::milliseconds(std::llround(most * unit));
}

circuit_breaker::circuit_breaker(std::uint32_t threshold, duration pause)
    : threshold_(threshold), pause_(pause) {}

bool circuit_breaker::allows_retry(std::string_view name, time_point now) {
  if (failing_.load(std::memory_order_relaxed) == 0) return true;
  const std::lock_guard lock(mutex_);
  const auto it = circuits_.find(name);
  if (it == circuits_.end() || it->second.failures < threshold_) return true;
  if (now < it->second.open_until) return false;
  it->second.open_until = now + pause_;  // this one tries; the others wait for what it finds
  return true;
}

void circuit_breaker::success(std::string_view name) {
  if (failing_.load(std::memory_order_relaxed) == 0) return;
  const std::lock_guard lock(mutex_);
  const auto it = circuits_.find(name);
  if (it == circuits_.end()) return;
  circuits_.erase(it);
  failing_.store(circuits_.size(), std::memory_order_relaxed);
}

void circuit_breaker::failure(std::string_view name, time_point now) {
  const std::lock_guard lock(mutex_);
  auto it = circuits_.find(name);
  if (it == circuits_.end()) {
    if (circuits_.size() >= most_circuits) {
      std::erase_if(circuits_, [now](const auto& c) { return c.second.open_until <= now; });
    }
    if (circuits_.size() >= most_circuits) return;
    it = circuits_.try_emplace(std::string(name)).first;
  }
  circuit& c = it->second;
  if (++c.failures >= threshold_) c.open_until = now + pause_;
  failing_.store(circuits_.size(), std::memory_order_relaxed);
}

}  // namespace gemkeeper::pool
