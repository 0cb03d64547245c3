// What one key, project or client has used of its limits.
//
// A request counts from its beginning. Tokens and money are known at its end: until then it holds
// what requests of this subject use on average, so that many at once cannot run far over. Who is
// below a limit may begin one more request, so a limit on tokens or money is passed by what the
// last requests use beyond the average. Constant cost; not thread-safe, and without a clock: its
// owner guards it and tells it the time.
#pragma once

#include "../cool_down.hpp"
#include "../pacific_day.hpp"
#include "minute_window.hpp"
#include <gemkeeper/pool/limits.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace gemkeeper::pool {

// What a request under way holds. Settled exactly once, with the meter that gave it.
struct usage_hold {
  std::uint32_t tokens = 0;
  std::uint32_t micro_usd = 0;
};

class limit_meter {
 public:
  // Before anything is known of a subject's requests, and at least.
  static constexpr std::uint64_t first_tokens = 1'000, least_tokens = 100;
  static constexpr std::uint64_t first_micro_usd = 1'000, least_micro_usd = 10;

  void configure(const limit_set& limits);
  void tell_at(const limit_shares& shares) { shares_ = shares; }
  [[nodiscard]] const limit_set& limits() const { return limits_; }

  // A request begins.
  usage_hold begin(time_point now);
  // It ends. Unknown tokens and an unknown cost count as none.
  void settle(usage_hold held, std::optional<std::uint64_t> tokens,
              std::optional<std::uint64_t> micro_usd, time_point now);

  // When the next request may begin: not after `now` if it may at once; `never` if the end of one
  // that is under way decides.
  struct delay {
    cool_down end;
    limit_kind which = limit_kind::requests_in_flight;
  };
  [[nodiscard]] delay next_free(std::uint32_t in_flight, time_point now);
  // As above, but for what only time ends: whether the subject counts as exhausted.
  [[nodiscard]] delay exhausted(time_point now);

  // Others know of so much in this day and month: where that is more than was counted here, it
  // counts instead. Shares that this reaches are not told.
  void count_at_least(const past_usage& day, const past_usage& month, time_point now);

  // The limits that are set.
  [[nodiscard]] std::vector<limit_view> view(std::uint32_t in_flight, time_point now);

  // A share was reached since the last call. Then `take_news` says which.
  [[nodiscard]] bool has_news() const { return news_ != 0; }
  struct crossing {
    limit_kind which;
    unsigned percent;
    std::uint64_t used, limit;
    time_point ends;
  };
  std::vector<crossing> take_news(time_point now);

 private:
  struct counts {
    std::uint64_t requests = 0, tokens = 0, micro_usd = 0;
  };
  void roll(time_point now);
  void look_at(limit_kind which, std::uint64_t used, std::uint64_t limit);
  void look_for_news(time_point now);
  void forget_told(limit_kind which) { told_[static_cast<std::size_t>(which)] = 0; }
  [[nodiscard]] std::uint64_t expected_tokens() const;
  [[nodiscard]] std::uint64_t expected_micro_usd() const;
  delay look(std::uint32_t in_flight, std::uint64_t held_tokens, std::uint64_t held_micro_usd,
             time_point now);

  limit_set limits_;
  limit_shares shares_;
  std::unique_ptr<minute_window> requests_;  // null: no such limit
  std::unique_ptr<minute_window> tokens_;
  time_span day_, month_;
  counts today_, this_month_;
  std::uint64_t held_tokens_ = 0, held_micro_usd_ = 0;
  std::uint64_t mean_tokens_ = first_tokens, mean_micro_usd_ = first_micro_usd;
  std::array<std::uint8_t, limit_kind_count> told_{};  // percent, of this period
  std::int64_t minute_told_ = 0;                       // whose limits per minute `told_` is about
  std::uint32_t news_ = 0;                             // by kind, a bit each
};

}  // namespace gemkeeper::pool
