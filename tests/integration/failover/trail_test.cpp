// What is told of each attempt of a request, and of the traffic.
#include "expect.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::attempt;

namespace {

finished_request call_and_wait(rig& r, const api_call& what, const fields& extra = {},
                               std::size_t count = 1) {
  r.call(what, extra);
  const std::vector<finished_request> all = r.requests().wait_for(count);
  BOOST_REQUIRE(all.size() == count);
  return all.back();
}

std::string name_of(const rig& r, const pool::key_id& id) {
  for (const pool::key_view& view : r.keys_now()) {
    if (view.id == id) return view.name;
  }
  return "nobody";
}

bool is(const attempt& one, pool::outcome kind, std::string_view reason, int status) {
  return one.kind == kind && one.reason == reason && one.status == status;
}

}  // namespace

namespace gemkeeper::pool {
static std::ostream& operator<<(std::ostream& out, const attempt& one) {
  return out << to_string(one.kind) << " " << one.reason << " " << one.status;
}
}  // namespace gemkeeper::pool

BOOST_AUTO_TEST_SUITE(trail)

BOOST_AUTO_TEST_CASE(a_request_that_succeeds_at_once_has_one_attempt) {
  rig_setup s;
  s.keys = {key("one")};
  rig r(std::move(s));
  for (const auto over : {attempt::connection::fresh, attempt::connection::reused}) {
    const std::size_t count = over == attempt::connection::fresh ? 1 : 2;
    const finished_request told = call_and_wait(r, generate, {}, count);
    BOOST_REQUIRE(told.trail.size() == 1U);
    const attempt& only = told.trail[0];
    BOOST_TEST(is(only, pool::outcome::success, "", 200), only);
    BOOST_TEST(name_of(r, only.key) == "one");
    BOOST_TEST((only.over == over));
    BOOST_TEST((only.after == pool::next_step::relay));
    BOOST_TEST((only.chosen.by == pool::policy::round_robin));
    BOOST_TEST((only.chosen.how == pool::choice::fit::new_project));
    BOOST_TEST((only.effect.what == pool::consequence::kind::none));
    BOOST_TEST((!only.chosen.trial && !only.queued && only.route.empty() && only.quotas.empty()));
    BOOST_TEST(only.waited.count() == 0);
    BOOST_TEST((only.began + only.duration <= told.total && only.duration == told.upstream));
    BOOST_TEST(told.left_out == 0U);
  }
  const pool::traffic now = r.proxy().traffic();
  BOOST_TEST(now.connections_idle == 1U);
  BOOST_TEST(now.connections_active == 0U);
  BOOST_TEST(now.connections_connecting == 0U);
  BOOST_TEST(now.streams == 0U);
  BOOST_TEST((now.rotations == decltype(now.rotations){}));
}

BOOST_AUTO_TEST_CASE(each_attempt_says_what_it_met_and_what_followed) {
  for (const api_call& call : all_calls) {
    BOOST_TEST_CONTEXT(call.name) {
      rig_setup s;
      s.keys = {key("used-up"), key("rejected"), key("broke"), key("good")};
      s.faults = {fault_of("used-up", "quota_minute"), fault_of("rejected", "key_invalid"),
                  fault_of("broke", "prepay_depleted")};
      rig r(std::move(s));
      const stopwatch since;
      const finished_request told = call_and_wait(r, call);
      BOOST_REQUIRE(told.trail.size() == 4U);
      std::vector<std::string> keys;
      for (const attempt& one : told.trail)
        keys.push_back(name_of(r, one.key));
      BOOST_TEST(keys == names({"used-up", "rejected", "broke", "good"}),
                 boost::test_tools::per_element());

      const attempt& used_up = told.trail[0];
      BOOST_TEST((used_up.kind == pool::outcome::quota && used_up.status == 429), used_up);
      BOOST_REQUIRE(used_up.quotas.size() == 1U);
      BOOST_TEST(used_up.quotas[0] == "GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
      BOOST_TEST((used_up.effect.what == pool::consequence::kind::cooled));
      BOOST_TEST(since.in(47'618ms).holds(used_up.effect.until));

      const attempt& rejected = told.trail[1];
      BOOST_TEST((rejected.after == pool::next_step::next_project));
      BOOST_TEST(is(rejected, pool::outcome::key_fault, "API_KEY_INVALID", 400), rejected);
      BOOST_TEST((rejected.effect.what == pool::consequence::kind::quarantined));
      BOOST_TEST(since.in(30s).holds(rejected.effect.until));

      const attempt& broke = told.trail[2];
      BOOST_TEST((broke.after == pool::next_step::next_key));
      BOOST_TEST((broke.kind == pool::outcome::project_exhausted && broke.status == 429), broke);
      BOOST_TEST((broke.effect.what == pool::consequence::kind::project_exhausted));
      BOOST_TEST(since.in(1h).holds(broke.effect.until));

      BOOST_TEST(is(told.trail[3], pool::outcome::success, "", 200), told.trail[3]);
      BOOST_TEST((told.trail[3].after == pool::next_step::next_project));
      for (std::size_t i = 1; i < told.trail.size(); ++i) {
        BOOST_TEST((told.trail[i].began >= told.trail[i - 1].began + told.trail[i - 1].duration));
      }
      const pool::traffic now = r.proxy().traffic();
      for (const auto met :
           {pool::outcome::quota, pool::outcome::key_fault, pool::outcome::project_exhausted}) {
        BOOST_TEST(now.rotations[static_cast<std::size_t>(met)] == 1U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_error_as_first_event_is_told_by_its_own_code_under_a_200) {
  rig_setup s;
  s.keys = {key("bad"), key("good")};
  s.faults = {fault_of("bad", "first_event_error")};
  s.faults[0].error = "quota_minute";
  rig r(std::move(s));
  const finished_request told = call_and_wait(r, stream_sse);
  BOOST_REQUIRE(told.trail.size() == 2U);
  BOOST_TEST((told.trail[0].kind == pool::outcome::quota && told.trail[0].status == 200));
}

BOOST_AUTO_TEST_CASE(a_wait_in_the_queue_and_the_trial_after_it_are_told) {
  rig_setup s;
  s.keys = {key("one")};
  s.proxy.retry.max_wait = 25s;
  s.faults = {fault_of("one", "quota_minute")};
  s.faults[0].count = 1;
  s.faults[0].retry_delay = 300ms;
  rig r(std::move(s));
  const finished_request told = call_and_wait(r, generate);
  BOOST_REQUIRE(told.trail.size() == 2U);
  const attempt& second = told.trail[1];
  BOOST_TEST((second.queued && second.chosen.trial));
  BOOST_TEST((second.chosen.how == pool::choice::fit::new_key));
  BOOST_TEST((second.waited >= 200ms && second.waited == told.waited));
  BOOST_TEST((second.began >= second.waited));
  BOOST_TEST((told.total - told.upstream >= told.waited));
  // The same key again is no rotation.
  BOOST_TEST((r.proxy().traffic().rotations == decltype(pool::traffic::rotations){}));
}

BOOST_AUTO_TEST_CASE(a_backoff_is_a_wait_and_the_same_key_again_no_rotation) {
  rig_setup s;
  s.keys = {key("one")};
  s.faults = {fault_of({}, "overloaded_503")};
  s.faults[0].count = 1;
  rig r(std::move(s));
  const finished_request told = call_and_wait(r, generate);
  BOOST_REQUIRE(told.trail.size() == 2U);
  BOOST_TEST(is(told.trail[0], pool::outcome::model_fault, "overloaded", 503), told.trail[0]);
  BOOST_TEST((told.trail[0].effect.what == pool::consequence::kind::none));
  BOOST_TEST((told.trail[1].after == pool::next_step::backoff));
  BOOST_TEST((r.proxy().traffic().rotations == decltype(pool::traffic::rotations){}));
}

BOOST_AUTO_TEST_CASE(an_upstream_that_is_away_is_told_without_connection_and_status) {
  rig_setup s;
  s.keys = {key("one")};
  s.proxy.retry.max_attempts = 1;
  rig r(std::move(s));
  r.stop_upstream();
  const finished_request told = call_and_wait(r, generate);
  BOOST_REQUIRE(told.trail.size() == 1U);
  BOOST_TEST(is(told.trail[0], pool::outcome::egress_fault, "unreachable", 0), told.trail[0]);
  BOOST_TEST((told.trail[0].over == attempt::connection::none));
}

BOOST_AUTO_TEST_CASE(of_very_many_attempts_the_first_and_the_last_are_told) {
  rig_setup s;
  for (int i = 1; i <= 12; ++i)
    s.keys.push_back(key(fmt::format("key-{}", i)));
  s.faults = {fault_of({}, "key_invalid")};
  s.proxy.retry.max_attempts = 11;
  rig r(std::move(s));
  const finished_request told = call_and_wait(r, generate);
  BOOST_TEST(told.attempts == 11U);
  BOOST_REQUIRE(told.trail.size() == 8U);
  BOOST_TEST(told.left_out == 3U);
  BOOST_TEST(name_of(r, told.trail[6].key) == "key-7");
  BOOST_TEST(name_of(r, told.trail[7].key) == "key-11");
  const auto rejected = static_cast<std::size_t>(pool::outcome::key_fault);
  BOOST_TEST(r.proxy().traffic().rotations[rejected] == 10U);
  // The next request of the same connection begins anew.
  r.set_faults({});
  client again(r.port());
  again.call(generate.target, generate.body);
  BOOST_TEST(r.requests().wait_for(2).back().trail.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_refusal_has_no_attempt) {
  rig r(rig_setup{});
  const finished_request told = call_and_wait(r, generate);
  BOOST_TEST(told.outcome == "refused");
  BOOST_TEST(told.trail.empty());
}

BOOST_AUTO_TEST_CASE(the_trace_goes_on_unchanged_and_is_told) {
  constexpr std::string_view trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string parent = fmt::format("00-{}-00f067aa0ba902b7-01", trace);
  for (const bool passes : {true, false}) {
    rig_setup s;
    s.keys = {key("one")};
    s.proxy.tracing.pass_traceparent = passes;
    rig r(std::move(s));
    const finished_request told =
        call_and_wait(r, generate, {{"Traceparent", parent}, {"tracestate", "a=1,b=2"}});
    BOOST_TEST(told.trace_id == trace);
    BOOST_TEST(call_and_wait(r, generate, {{"traceparent", "nonsense"}}, 2).trace_id == "");
    BOOST_TEST(call_and_wait(r, generate, {}, 3).trace_id == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()
