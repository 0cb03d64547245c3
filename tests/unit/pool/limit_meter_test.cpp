#include "pool/limits/limit_meter.hpp"

#include "pool/request_window.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <span>
#include <vector>

using namespace gemkeeper::pool;
using namespace std::chrono_literals;
using std::chrono::sys_days;

namespace {

// Noon in Los Angeles.
constexpr time_point summer_noon = sys_days(std::chrono::July / 1 / 2026) + 19h;

struct metered {
  time_point now = summer_noon;
  limit_meter meter;
  std::uint32_t in_flight = 0;

  explicit metered(const limit_set& limits) { meter.configure(limits); }

  bool free() { return meter.next_free(in_flight, now).end.until <= now; }
  time_point end() { return meter.next_free(in_flight, now).end.until; }
  usage_hold begin() {
    ++in_flight;
    return meter.begin(now);
  }
  void settle(usage_hold held, std::uint64_t tokens, std::uint64_t micro_usd = 0) {
    --in_flight;
    meter.settle(held, tokens, micro_usd, now);
  }
  // How many begin before one is refused.
  int burst(int most) {
    int admitted = 0;
    for (; admitted < most && free(); ++admitted)
      begin();
    return admitted;
  }
  limit_view view(limit_kind which) {
    for (const limit_view& one : meter.view(in_flight, now)) {
      if (one.which == which) return one;
    }
    BOOST_FAIL("no limit " << to_string(which));
    return {};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(limit_meters)

BOOST_AUTO_TEST_CASE(a_burst_of_fifty_on_a_limit_of_ten_admits_ten) {
  BOOST_TEST(metered({.requests_in_flight = 10}).burst(50) == 10);
  BOOST_TEST(metered({.requests_per_minute = 10}).burst(50) == 10);
  BOOST_TEST(metered({.requests_per_day = 10}).burst(50) == 10);
}

BOOST_AUTO_TEST_CASE(a_burst_cannot_run_far_over_tokens_and_money_that_are_not_known_yet) {
  BOOST_TEST(metered({.tokens_per_minute = 10'000}).burst(50) == 10);
  BOOST_TEST(metered({.tokens_per_day = 10'000}).burst(50) == 10);
  BOOST_TEST(metered({.tokens_per_month = 10'500}).burst(50) == 11);
  BOOST_TEST(metered({.usd_per_day = 10'000}).burst(50) == 10);
  BOOST_TEST(metered({.usd_per_month = 10'000}).burst(50) == 10);
}

BOOST_AUTO_TEST_CASE(what_is_held_follows_what_requests_use) {
  metered m({.tokens_per_day = 1'000'000});
  for (int i = 0; i < 60; ++i)
    m.settle(m.begin(), 8'000);
  BOOST_TEST(m.view(limit_kind::tokens_per_day).used == 480'000U);
  const usage_hold held = m.begin();
  BOOST_TEST(held.tokens > 7'900U);
  BOOST_TEST(held.tokens <= 8'000U);
  // A listing of models uses none, and teaches nothing.
  m.settle(held, 0);
  BOOST_TEST(m.begin().tokens == held.tokens);
}

BOOST_AUTO_TEST_CASE(a_hold_is_at_least_a_little) {
  metered m({.tokens_per_day = 1'000'000, .usd_per_day = 1'000'000});
  for (int i = 0; i < 100; ++i)
    m.settle(m.begin(), 1, 1);
  BOOST_TEST(m.begin().tokens == limit_meter::least_tokens);
  BOOST_TEST(m.begin().micro_usd == limit_meter::least_micro_usd);
}

BOOST_AUTO_TEST_CASE(what_one_holds_ends_with_it_and_time_decides_only_what_is_spent) {
  metered m({.tokens_per_day = 2'000});
  const usage_hold first = m.begin();
  const usage_hold second = m.begin();
  BOOST_TEST((m.end() == never));
  BOOST_TEST((m.meter.exhausted(m.now).end.until == time_point{}));
  m.settle(first, 300);
  BOOST_TEST(m.free());
  m.settle(second, 1'700);
  BOOST_TEST((m.end() == summer_noon + 12h));
  BOOST_TEST(m.meter.next_free(0, m.now).end.daily);
  BOOST_TEST((m.meter.next_free(0, m.now).which == limit_kind::tokens_per_day));
  BOOST_TEST((m.meter.exhausted(m.now).end.until == summer_noon + 12h));
  m.now = summer_noon + 12h;
  BOOST_TEST(m.free());
}

BOOST_AUTO_TEST_CASE(unknown_tokens_and_an_unknown_cost_count_as_none_and_hold_nothing_on) {
  metered m({.tokens_per_day = 5'000, .usd_per_day = 5'000});
  for (int i = 0; i < 100; ++i) {
    BOOST_REQUIRE(m.free());
    const usage_hold held = m.begin();
    --m.in_flight;
    m.meter.settle(held, std::nullopt, std::nullopt, m.now);
  }
  BOOST_TEST(m.view(limit_kind::usd_per_day).used == 0U);
  BOOST_TEST(m.view(limit_kind::usd_per_day).reserved == 0U);
  BOOST_TEST(m.view(limit_kind::tokens_per_day).reserved == 0U);
}

BOOST_AUTO_TEST_CASE(no_sixty_seconds_hold_more_than_a_minutes_limit) {
  metered m({.requests_per_minute = 10});
  std::vector<time_point> starts;
  for (int step = 0; step < 5'000; ++step) {
    m.now += 137ms;
    while (m.free()) {
      starts.push_back(m.now);
      m.begin();
    }
  }
  BOOST_TEST(starts.size() > 100U);
  for (std::size_t i = 10; i < starts.size(); ++i)
    BOOST_REQUIRE((starts[i] - starts[i - 10] >= 60s));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_minutes_limit_is_told_and_kept) {
  metered m({.tokens_per_minute = 1'000});
  m.settle(m.begin(), 600);
  m.now += 20s;
  m.settle(m.begin(), 600);
  BOOST_TEST((m.end() == summer_noon + 61s));
  m.now = m.end() - 1ms;
  BOOST_TEST(!m.free());
  m.now += 1ms;
  BOOST_TEST(m.free());
  BOOST_TEST(m.view(limit_kind::tokens_per_minute).used == 600U);
}

BOOST_AUTO_TEST_CASE(days_and_months_end_in_los_angeles) {
  struct span {
    time_point now, day_end, month_end;
  };
  using namespace std::chrono;
  for (const span& s : {
           // Daylight saving begins on 8 March 2026 and ends on 1 November.
           span{sys_days(March / 8 / 2026) + 9h, sys_days(March / 9 / 2026) + 7h,
                sys_days(April / 1 / 2026) + 7h},
           span{sys_days(March / 8 / 2026) + 7h + 59min, sys_days(March / 8 / 2026) + 8h,
                sys_days(April / 1 / 2026) + 7h},
           span{sys_days(November / 1 / 2026) + 7h, sys_days(November / 2 / 2026) + 8h,
                sys_days(December / 1 / 2026) + 8h},
           span{sys_days(November / 1 / 2026) + 6h + 59min, sys_days(November / 1 / 2026) + 7h,
                sys_days(November / 1 / 2026) + 7h},
           span{sys_days(January / 1 / 2027) + 7h, sys_days(January / 1 / 2027) + 8h,
                sys_days(January / 1 / 2027) + 8h},
           span{sys_days(February / 29 / 2028) + 20h, sys_days(March / 1 / 2028) + 8h,
                sys_days(March / 1 / 2028) + 8h},
       }) {
    metered m({.requests_per_day = 1, .tokens_per_month = 10});
    m.now = s.now;
    m.settle(m.begin(), 10);
    BOOST_TEST((m.view(limit_kind::requests_per_day).resets_at == s.day_end));
    BOOST_TEST((m.view(limit_kind::tokens_per_month).resets_at == s.month_end));
    BOOST_TEST((m.end() == std::max(s.day_end, s.month_end)));
    m.now = s.month_end - 1s;
    BOOST_TEST(!m.free());
    m.now = s.month_end;
    BOOST_TEST(m.free());
  }
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_grants_nothing_twice) {
  metered m({.requests_per_minute = 3, .requests_per_day = 5, .usd_per_month = 100});
  for (int i = 0; i < 3; ++i)
    m.settle(m.begin(), 0, 20);
  for (const auto back : {1s, 3'600s, 86'400s, 40 * 86'400s}) {
    m.now = summer_noon - back;
    BOOST_TEST(m.view(limit_kind::requests_per_minute).used == 3U);
    BOOST_TEST(m.view(limit_kind::requests_per_day).used == 3U);
    BOOST_TEST(m.view(limit_kind::usd_per_month).used == 60U);
    // And what has to be waited for is not the whole way back.
    BOOST_TEST((m.end() <= m.now + 61s));
  }
}

BOOST_AUTO_TEST_CASE(shares_are_told_once_a_period) {
  metered m({.requests_per_day = 10});
  std::vector<unsigned> told;
  const auto listen = [&] {
    if (!m.meter.has_news()) return;
    for (const auto& one : m.meter.take_news(m.now)) {
      BOOST_TEST((one.which == limit_kind::requests_per_day));
      BOOST_TEST((one.ends == day_of(m.now).end));
      told.push_back(one.percent);
    }
  };
  for (int i = 0; i < 15; ++i) {
    m.begin();
    listen();
  }
  BOOST_TEST((told == std::vector<unsigned>{50, 80, 100}));
  m.now += 24h;
  for (int i = 0; i < 5; ++i) {
    m.begin();
    listen();
  }
  BOOST_TEST((told == std::vector<unsigned>{50, 80, 100, 50}));
}

BOOST_AUTO_TEST_CASE(shares_are_those_that_were_asked_for) {
  const limit_shares some(std::array{0U, 1U, 63U, 64U, 65U, 99U, 101U, 1'000'000U});
  const std::array<std::array<unsigned, 2>, 12> cases{{{0, 0},
                                                       {1, 1},
                                                       {2, 1},
                                                       {62, 1},
                                                       {63, 63},
                                                       {64, 64},
                                                       {65, 65},
                                                       {98, 65},
                                                       {99, 99},
                                                       {100, 99},
                                                       {101, 99},
                                                       {4'000'000'000U, 99}}};
  for (const auto& [percent, reached] : cases)
    BOOST_TEST(some.reached(percent) == reached, percent);
  BOOST_TEST(limit_shares(std::array{100U}).reached(100) == 100U);
  BOOST_TEST(limit_shares(std::span<const unsigned>()).reached(100) == 0U);
  BOOST_TEST(limit_shares().reached(79) == 50U);
}

BOOST_AUTO_TEST_CASE(other_shares_are_told_from_the_next_request_on) {
  metered m({.requests_per_day = 100});
  const auto told_after = [&](int requests) {
    for (int i = 0; i < requests; ++i)
      m.begin();
    std::vector<unsigned> told;
    for (const auto& one : m.meter.take_news(m.now))
      told.push_back(one.percent);
    return told;
  };
  m.meter.tell_at(limit_shares(std::array{33U, 34U}));
  BOOST_TEST((told_after(32) == std::vector<unsigned>{}));
  BOOST_TEST((told_after(1) == std::vector<unsigned>{33}));
  BOOST_TEST((told_after(1) == std::vector<unsigned>{34}));
  BOOST_TEST((told_after(6) == std::vector<unsigned>{}));
  m.meter.tell_at(limit_shares(std::array{20U, 38U, 90U}));
  BOOST_TEST((told_after(1) == std::vector<unsigned>{38}));
  BOOST_TEST((told_after(1) == std::vector<unsigned>{}));
}

BOOST_AUTO_TEST_CASE(a_large_step_tells_the_highest_share_alone) {
  metered m({.usd_per_month = 1'000'000});
  m.settle(m.begin(), 0, 2'000'000);
  BOOST_REQUIRE(m.meter.has_news());
  const auto news = m.meter.take_news(m.now);
  BOOST_REQUIRE(news.size() == 1U);
  BOOST_TEST(news[0].percent == 100U);
  BOOST_TEST(news[0].used == 2'000'000U);
  BOOST_TEST(!m.meter.has_news());
}

BOOST_AUTO_TEST_CASE(what_was_used_before_the_start_counts_and_is_not_told_again) {
  metered m({.requests_per_day = 10, .tokens_per_month = 1'000});
  m.meter.count_at_least({.requests = 9}, {.requests = 200, .tokens = 400}, m.now);
  BOOST_TEST(!m.meter.has_news());
  BOOST_TEST(m.view(limit_kind::tokens_per_month).used == 400U);
  BOOST_TEST(m.burst(5) == 1);
  BOOST_TEST(m.meter.has_news());
}

BOOST_AUTO_TEST_CASE(what_the_ledger_knows_is_counted_once) {
  metered m({.requests_per_day = 10});
  BOOST_TEST(m.burst(4) == 4);
  m.meter.count_at_least({.requests = 3}, {}, m.now);  // the last is not there yet
  BOOST_TEST(m.view(limit_kind::requests_per_day).used == 4U);
  m.meter.count_at_least({.requests = 8}, {}, m.now);
  BOOST_TEST(m.burst(5) == 2);
}

BOOST_AUTO_TEST_CASE(other_limits_count_what_was_before) {
  metered m({.requests_per_day = 100});
  BOOST_TEST(m.burst(5) == 5);
  m.meter.configure({.requests_per_day = 6, .tokens_per_day = 50'000});
  BOOST_TEST(m.burst(5) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
