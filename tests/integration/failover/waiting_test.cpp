// pool.max_wait: a request waits in line for the first key that recovers.
#include "expect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

rig_setup one_key_with_max_wait(std::chrono::milliseconds max_wait) {
  rig_setup s;
  s.keys = {key("one")};
  s.proxy.retry.max_wait = max_wait;
  return s;
}

// As a 429 of Google's would, without a request to the upstream.
void cool(rig& r, std::chrono::milliseconds how_long) {
  const auto now = std::chrono::system_clock::now();
  pool::request_traits traits;
  traits.model = model;
  auto got = r.keys().acquire(traits, now);
  pool::verdict refused;
  refused.kind = pool::outcome::quota;
  refused.marks.push_back({.period = pool::quota_period::minute, .retry_delay = how_long});
  r.keys().settle(std::get<pool::lease>(std::move(got)), refused, {}, now);
}

// The one worker answers these by itself, and by the second it has read all that came before.
void let_it_read(const rig& r) {
  for (int i = 0; i < 2; ++i)
    client(r.port()).call("/", {}, {{"Host", "elsewhere.example"}});
}

std::string say(std::string_view text) {
  return fmt::format(R"({{"contents":[{{"parts":[{{"text":"{}"}}]}}]}})", text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(waiting)

BOOST_AUTO_TEST_CASE(a_request_waits_for_the_recovery_and_is_served) {
  for (const api_call& call : all_calls) {
    BOOST_TEST_CONTEXT(call.name) {
      rig_setup s = one_key_with_max_wait(25s);
      s.faults = {fault_of("one", "quota_minute")};
      s.faults[0].count = 1;
      s.faults[0].retry_delay = 300ms;
      rig r(std::move(s));
      const auto start = std::chrono::steady_clock::now();
      const response answer = r.call(call);
      expect_success(r, answer);
      BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "2");
      BOOST_TEST((std::chrono::steady_clock::now() - start >= 300ms));
      BOOST_TEST(r.key_state("one").state == key_state::healthy);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_wait_that_is_too_short_ends_with_a_429) {
  rig r(one_key_with_max_wait(300ms));
  cool(r, 1h);
  const auto start = std::chrono::steady_clock::now();
  expect_own_error(r.call(generate), 429, "RESOURCE_EXHAUSTED", "ALL_KEYS_COOLING");
  BOOST_TEST((std::chrono::steady_clock::now() - start >= 300ms));
  expect_tried(r, {});
}

BOOST_AUTO_TEST_CASE(the_clients_deadline_ends_the_wait) {
  rig r(one_key_with_max_wait(1h));
  cool(r, 1h);
  const response answer = r.call(generate, {{"X-Server-Timeout", "0.3"}});
  BOOST_TEST(answer.result_int() == 429);
}

BOOST_AUTO_TEST_CASE(those_who_wait_are_served_in_the_order_they_came) {
  rig_setup s = one_key_with_max_wait(25s);
  s.keys[0].limits.requests_in_flight = 1;  // so that the upstream sees them in order, too
  rig r(std::move(s));
  cool(r, 1s);
  const names order{"first", "second", "third", "fourth", "fifth"};
  std::list<client> apps;
  for (const std::string& who : order) {
    apps.emplace_back(r.port());
    apps.back().send(generate.target, say(who));
    let_it_read(r);
  }
  for (client& app : apps)
    expect_success(r, app.receive());
  const auto requests = r.upstream().requests();
  BOOST_REQUIRE(requests.size() == order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    BOOST_TEST(requests[i].body == say(order[i]));
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_gives_its_place_up) {
  rig r(one_key_with_max_wait(25s));
  cool(r, 600ms);
  client gone(r.port());
  gone.send(generate.target, say("gone"));
  let_it_read(r);
  client stays(r.port());
  stays.send(generate.target, say("stays"));
  gone.close();
  expect_success(r, stays.receive());
  // With the two of `let_it_read`.
  const auto finished = r.requests().wait_for(4);
  BOOST_REQUIRE(finished.size() == 4U);
  const auto left = std::ranges::find_if(finished, &finished_request::cancelled);
  BOOST_REQUIRE((left != finished.end()));
  BOOST_TEST(left->attempts == 0U);
  BOOST_TEST(left->status == 0);
  expect_tried(r, {"one"});
}

BOOST_AUTO_TEST_CASE(a_key_that_is_added_serves_those_who_wait) {
  rig r(one_key_with_max_wait(25s));
  cool(r, 1h);
  client app(r.port());
  app.send(generate.target, generate.body);
  let_it_read(r);
  r.set_keys({key("one"), key("two")});
  expect_success(r, app.receive());
  expect_tried(r, {"two"});
}

BOOST_AUTO_TEST_SUITE_END()
