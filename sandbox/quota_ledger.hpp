// Counts requests and tokens by (project, model), and refuses as Google does.
#pragma once

#include <gemkeeper/sandbox/error_bodies.hpp>
#include <gemkeeper/sandbox/scenario.hpp>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gemkeeper::sandbox {

// What Vertex AI serves counts by itself.
enum class quota_family : std::uint8_t { generate, embed, vertex };

struct spending {
  std::string_view project;
  billing_tier tier = billing_tier::free;
  std::string_view model;
  quota_family family = quota_family::generate;
  std::uint64_t tokens = 0;
};

struct quota_refusal {
  std::vector<quota_violation> violations;  // every one at once
  milliseconds retry_delay{0};
};

// Thread-safe.
class quota_ledger {
 public:
  using time_point = std::chrono::system_clock::time_point;

  quota_ledger(std::vector<quota> quotas, milliseconds minute);

  // Counts `what`, or refuses it and counts nothing. A minute begins with its first request, a day
  // at midnight in America/Los_Angeles.
  std::optional<quota_refusal> admit(const spending& what, time_point now);

 private:
  struct counters {
    time_point minute_begin{};
    std::uint64_t requests_this_minute = 0;
    std::uint64_t tokens_this_minute = 0;
    std::chrono::local_days day{};
    std::uint64_t requests_today = 0;
  };
  [[nodiscard]] std::optional<std::uint64_t> limit(std::optional<std::uint64_t> quota::*which,
                                                   const spending& what) const;
  counters& counters_of(const spending& what, time_point now);

  std::vector<quota> quotas_;
  milliseconds minute_;
  std::mutex mutex_;
  std::unordered_map<std::string, counters> counters_;
};

// The calendar day in America/Los_Angeles.
std::chrono::local_days pacific_day(std::chrono::system_clock::time_point when);

}  // namespace gemkeeper::sandbox
