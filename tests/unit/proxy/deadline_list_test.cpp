#include "net/signal.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <vector>

using namespace std::chrono_literals;

// Within: `signal` is also the C library's.
namespace gemkeeper::proxy {
namespace {

struct clock_and_list {
  deadline_list list;
  steady_time now{1'000'000s};

  void pass(std::chrono::milliseconds time) {
    for (const steady_time end = now + time; now < end;) {
      now += deadline_list::tick;
      list.sweep(now);
    }
  }
};

bool expired(signal& s) {
  return s.interrupted() == io_result::timed_out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(deadline_lists)

BOOST_AUTO_TEST_CASE(deadlines_pass_within_a_tick_however_far_they_were) {
  for (const auto wait : {50ms, 100ms, 1900ms, 2000ms, 2100ms, 3000ms, 10'000ms, 600'000ms}) {
    clock_and_list time;
    signal s(time.list);
    s.expire_at(time.now + wait);
    time.pass(wait - deadline_list::tick);
    BOOST_TEST(!expired(s), wait.count());
    time.pass(deadline_list::tick);
    BOOST_TEST(expired(s), wait.count());
    // It stays expired until it is set anew.
    time.pass(5s);
    BOOST_TEST(expired(s));
    s.expire_at(time.now + 100ms);
    BOOST_TEST(!expired(s));
    time.pass(100ms);
    BOOST_TEST(expired(s));
  }
}

BOOST_AUTO_TEST_CASE(a_resting_signal_may_be_set_to_something_near) {
  clock_and_list time;
  signal other(time.list);
  signal s(time.list);
  s.expire_at(time.now + 600s);
  time.pass(10s);
  BOOST_TEST(s.long_wait());
  s.expire_at(time.now + 100ms);
  BOOST_TEST(!s.long_wait());
  time.pass(100ms);
  BOOST_TEST(expired(s));
  BOOST_TEST(!expired(other));
}

BOOST_AUTO_TEST_CASE(signals_come_and_go_between_sweeps) {
  clock_and_list time;
  std::vector<std::unique_ptr<signal>> signals;
  for (int i = 0; i < 300; ++i) {
    signals.push_back(std::make_unique<signal>(time.list));
    signals.back()->expire_at(time.now + (i % 3 == 0 ? 300ms : 60s));
    if (i % 7 == 0) signals.erase(signals.begin() + i / 14);
    time.pass(50ms);
  }
  // All of them: far, near and expired.
  time.list.sweep(steady_time::max());
  for (const auto& s : signals)
    BOOST_TEST(expired(*s));
  BOOST_TEST(!time.list.empty());
  signals.clear();
  BOOST_TEST(time.list.empty());
}

BOOST_AUTO_TEST_CASE(a_long_wait_is_told_after_two_ticks) {
  clock_and_list time;
  signal s(time.list);
  s.expire_at(time.now + 60s);
  time.pass(deadline_list::tick);
  BOOST_TEST(!s.long_wait());
  time.pass(deadline_list::tick);
  BOOST_TEST(s.long_wait());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gemkeeper::proxy
