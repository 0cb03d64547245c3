// What the client is told when no key can serve it.
#include "expect.hpp"

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

rig_setup two_keys_with(std::string_view fault) {
  rig_setup s;
  s.keys = {key("one"), key("two")};
  s.faults = {fault_of({}, fault)};
  return s;
}

int seconds_of(const std::string& text) {
  BOOST_REQUIRE(!text.empty());
  return std::stoi(text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(no_key_left)

BOOST_AUTO_TEST_CASE(all_cooling_is_a_429_with_the_earliest_recovery) {
  for (const api_call& call : all_calls) {
    BOOST_TEST_CONTEXT(call.name) {
      rig_setup s = two_keys_with("quota_minute");
      s.faults = {fault_of("one", "quota_minute"), fault_of("two", "quota_minute")};
      s.faults[0].retry_delay = 40s;
      s.faults[1].retry_delay = 20s;
      rig r(std::move(s));
      // The one whose attempts ended so, and one that none was made for.
      for (const std::string_view attempts : {"2", "0"}) {
        const response answer = r.call(call);
        expect_own_error(answer, 429, "RESOURCE_EXHAUSTED", "ALL_KEYS_COOLING");
        BOOST_TEST(header(answer, "x-gemkeeper-attempts") == attempts);
        const int seconds = seconds_of(header(answer, "retry-after"));
        BOOST_TEST(seconds > 10);
        BOOST_TEST(seconds <= 20);
        BOOST_TEST(mentions(answer, "google.rpc.RetryInfo"), answer.body());
        BOOST_TEST(mentions(answer, "retryDelay"), answer.body());
        BOOST_TEST(!mentions(answer, "QuotaFailure"), answer.body());
        const bool openai = call.target.find("/openai/") != std::string_view::npos;
        BOOST_TEST(answer.body().starts_with('[') == openai, answer.body());
      }
      expect_tried(r, {"one", "two"});
    }
  }
}

BOOST_AUTO_TEST_CASE(all_out_for_the_day_is_told_as_a_daily_quota) {
  rig r(two_keys_with("quota_day"));
  for (int i = 0; i < 2; ++i) {
    const response answer = r.call(generate);
    expect_own_error(answer, 429, "RESOURCE_EXHAUSTED", "ALL_KEYS_COOLING");
    BOOST_TEST(mentions(answer, "google.rpc.QuotaFailure"), answer.body());
    BOOST_TEST(mentions(answer, "PerDay"), answer.body());
    BOOST_TEST(seconds_of(header(answer, "retry-after")) <= 25 * 3600);
  }
}

BOOST_AUTO_TEST_CASE(one_that_recovers_within_the_day_is_no_daily_quota) {
  rig_setup s = two_keys_with({});
  s.faults = {fault_of("one", "quota_day"), fault_of("two", "quota_minute")};
  rig r(std::move(s));
  const response answer = r.call(generate);
  expect_own_error(answer, 429, "RESOURCE_EXHAUSTED", "ALL_KEYS_COOLING");
  BOOST_TEST(!mentions(answer, "PerDay"), answer.body());
  BOOST_TEST(seconds_of(header(answer, "retry-after")) <= 48);
}

BOOST_AUTO_TEST_CASE(without_a_key_it_is_a_503) {
  rig r({});
  for (const api_call& call : all_calls) {
    expect_own_error(r.call(call), 503, "UNAVAILABLE", "NO_KEY_CONFIGURED");
  }
  r.set_keys({key("late")});
  expect_success(r, r.call(generate));
}

BOOST_AUTO_TEST_CASE(all_invalid_is_googles_last_answer_unchanged) {
  for (const api_call& call : all_calls) {
    BOOST_TEST_CONTEXT(call.name) {
      rig r(two_keys_with("key_invalid"));
      const response direct = r.call_upstream(call, "two");
      r.upstream().reset();
      const response answer = r.call(call);
      BOOST_TEST(answer.result_int() == 400);
      expect_unchanged(answer, direct);
      expect_tried(r, {"one", "two"});
      expect_own_error(r.call(call), 503, "UNAVAILABLE", "NO_USABLE_KEY");
      expect_tried(r, {"one", "two"});
    }
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_google_echoes_is_masked_in_the_answer_that_is_passed_on) {
  for (const std::string_view fault : {"suspended", "invalid_with_debug"}) {
    for (const bool compressed : {false, true}) {
      for (const api_call& call : all_calls) {
        BOOST_TEST_CONTEXT(fault << ", " << call.name << ", compressed: " << compressed) {
          rig r(two_keys_with(fault));
          const fields extra = compressed ? fields{{"Accept-Encoding", "gzip"}} : fields{};
          const response answer = r.call(call, extra);
          BOOST_TEST(answer.result_int() >= 400);
          if (!compressed) BOOST_TEST(mentions(answer, "***"), answer.body());
          std::string all = answer.body();
          for (const auto& field : answer)
            all.append(field.value().data(), field.value().size());
          expect_no_secret(r, all);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_rejected_key_and_a_cooling_one_are_told_as_what_recovers) {
  rig_setup s = two_keys_with({});
  for (const bool rejected_first : {true, false}) {
    s.faults = {fault_of(rejected_first ? "one" : "two", "key_invalid"),
                fault_of(rejected_first ? "two" : "one", "quota_minute")};
    rig r(s);
    expect_own_error(r.call(generate), 429, "RESOURCE_EXHAUSTED", "ALL_KEYS_COOLING");
    expect_tried(r, {"one", "two"});
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_does_not_admit_the_model_is_not_tried) {
  rig_setup s = two_keys_with({});
  s.faults.clear();
  for (pool::key_spec& k : s.keys)
    k.models = {pool::model_name("gemini-2.5-*")};
  rig r(std::move(s));
  expect_own_error(r.call(generate), 503, "UNAVAILABLE", "NO_USABLE_KEY");
  expect_success(r, r.call(generate_with_other_model));
  expect_tried(r, {"one"});
}

BOOST_AUTO_TEST_SUITE_END()
