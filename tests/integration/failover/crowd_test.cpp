// Many clients at once, keys that fail in all ways among good ones: nobody sees a failure.
#include "expect.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

// Each of one key.
constexpr std::array key_faults{
    "key_invalid",  "leaked",   "suspended", "service_disabled", "unauthenticated",
    "quota_minute", "bare_429", "quota_day", "limit_zero",       "prepay_depleted",
};
// Now and then of any.
constexpr std::array passing_faults{"internal_500", "html_502", "overloaded_503",
                                    "reset_before_head"};
constexpr std::size_t clients = 50;
constexpr std::size_t calls_of_each = 6;

}  // namespace

BOOST_AUTO_TEST_SUITE(crowd)

BOOST_AUTO_TEST_CASE(fifty_clients_see_no_failure_of_any_key) {
  rig_setup s;
  s.proxy.workers = 2;
  std::size_t n = 0;
  for (const std::string_view fault : key_faults) {
    const std::string bad = fmt::format("bad-{}", ++n);
    s.keys.push_back(key(bad));
    s.faults.push_back(fault_of(bad, fault));
    if (n % 3 == 0) s.keys.push_back(key(fmt::format("good-{}", n)));
  }
  for (const std::string_view fault : passing_faults) {
    s.faults.push_back(fault_of({}, fault));
    s.faults.back().probability = 0.02;
  }
  rig r(std::move(s));

  std::array<std::string, clients> failures;  // each written by one thread
  std::vector<std::thread> apps;
  for (std::size_t i = 0; i < clients; ++i) {
    apps.emplace_back([&r, &failure = failures[i], i] {
      try {
        client app(r.port());
        for (std::size_t k = 0; k < calls_of_each; ++k) {
          const api_call& call = all_calls[(i + k) % all_calls.size()];
          const response answer = app.call(call.target, call.body);
          const bool clean = answer.result_int() == 200 &&
                             answer.body().find("\"error\"") == std::string::npos &&
                             r.secrets_in(answer.body()).empty();
          if (!clean) {
            failure += fmt::format("{}: {} {}\n", call.name, answer.result_int(), answer.body());
          }
        }
      } catch (const std::exception& e) {
        failure += e.what();
      }
    });
  }
  for (std::thread& app : apps)
    app.join();
  for (const std::string& failure : failures)
    BOOST_TEST(failure.empty(), failure);

  BOOST_TEST(r.requests().wait_for(clients * calls_of_each).size() == clients * calls_of_each);
  const auto counts = r.keys().counts(std::chrono::system_clock::now());
  BOOST_TEST(counts.quarantined <= 5U);
  for (const pool::key_view& view : r.keys_now()) {
    BOOST_TEST(view.in_flight == 0U, view.name);
    if (view.name.starts_with("good")) {
      BOOST_TEST(view.state == pool::key_state::healthy, view.name);
      BOOST_TEST(view.calls > 0U, view.name);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
