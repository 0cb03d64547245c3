// The requests of one (key, model) or (project, model) against Google's quota, as declared.
#pragma once

#include "cool_down.hpp"
#include "limits/minute_window.hpp"
#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace gemkeeper::pool {

// No moment in time ends this wait, but the end of a lease.
inline constexpr time_point never = time_point::max();

class request_window {
 public:
  // Input tokens of a request, before anything is known of them, and at least.
  static constexpr std::uint64_t first_tokens = 1'000, least_tokens = 100;

  void configure(const quota_set& quota);
  // A request begins: counted at once, so that requests under way never exceed a quota. What it
  // holds of the tokens, until its end.
  std::uint32_t take(time_point now);
  void settle(std::uint32_t held, std::optional<std::uint64_t> input_tokens, time_point now);
  // What was taken before a restart, of the day that ends then.
  void count_today(std::uint32_t requests, time_point day_end);
  [[nodiscard]] std::uint32_t today() const { return today_; }
  [[nodiscard]] time_point day_end() const { return day_end_; }
  // When the next request may begin: not after `now` if it may at once.
  [[nodiscard]] cool_down next_free(time_point now) const;
  // What is declared, and how much of it is used.
  [[nodiscard]] std::vector<limit_view> view(time_point now) const;

 private:
  quota_set quota_;
  std::uint32_t today_ = 0;
  time_point day_end_{};
  // The starts of the last `requests_per_minute` requests; a ring once it is full.
  std::vector<time_point> starts_;
  std::size_t oldest_ = 0;
  std::unique_ptr<minute_window> tokens_;  // null: no such quota
  std::uint64_t held_ = 0;
  std::uint64_t mean_tokens_ = first_tokens;
};

}  // namespace gemkeeper::pool
