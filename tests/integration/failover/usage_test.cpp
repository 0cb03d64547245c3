// Usage by key and model is what Google reported to the client, whatever the framing and coding.
#include "expect.hpp"

#include <array>
#include <charconv>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

// The last number of that name; 0: none.
std::uint64_t last_number(std::string_view body, std::string_view name) {
  const std::string quoted = '"' + std::string(name) + "\":";
  const std::size_t at = body.rfind(quoted);
  if (at == std::string_view::npos) return 0;
  std::string_view rest = body.substr(at + quoted.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  std::uint64_t value = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), value);
  return value;
}

struct reported {
  std::uint64_t prompt = 0, candidates = 0, thoughts = 0, total = 0;
};

reported usage_told_to_the_client(std::string_view body, const api_call& call) {
  if (call.target.find("/openai/") != std::string_view::npos) {
    return {last_number(body, "prompt_tokens"), 0, 0, last_number(body, "total_tokens")};
  }
  return {last_number(body, "promptTokenCount"), last_number(body, "candidatesTokenCount"),
          last_number(body, "thoughtsTokenCount"), last_number(body, "totalTokenCount")};
}

void expect_usage(const pool::token_usage& counted, const reported& told) {
  BOOST_TEST(told.total != 0U);
  BOOST_TEST(counted.prompt == told.prompt);
  BOOST_TEST(counted.total == told.total);
  if (told.candidates == 0) return;
  BOOST_TEST(counted.candidates == told.candidates);
  BOOST_TEST(counted.thoughts == told.thoughts);
}

pool::usage_counts counts_of(rig& r, std::string_view key_name, std::string_view of_model) {
  const auto usage = r.proxy().usage();
  const auto found = usage.find({r.key_state(key_name).id, pool::model_name(of_model)});
  return found == usage.end() ? pool::usage_counts{} : found->second;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(usage)

BOOST_AUTO_TEST_CASE(each_framing_in_each_coding_counts_what_google_reported) {
  struct coding {
    const char* name;
    sandbox::compression of_sandbox;
  };
  for (const coding& how :
       {coding{"", sandbox::compression::none}, coding{"gzip", sandbox::compression::gzip},
        coding{"br", sandbox::compression::brotli}}) {
    for (const api_call& call : all_calls) {
      BOOST_TEST_CONTEXT(call.name << ", " << how.name) {
        rig_setup s;
        s.keys = {key("bad"), key("good")};
        s.faults = {fault_of("bad", "quota_day")};
        s.upstream.answer.coding = how.of_sandbox;
        rig r(std::move(s));
        const response answer = r.call(call, {{"Accept-Encoding", how.name}});
        BOOST_TEST(header(answer, "content-encoding") == how.name);
        const reported told = usage_told_to_the_client(decoded(answer), call);

        const auto finished = r.requests().wait_for(1);
        BOOST_REQUIRE(finished.size() == 1U);
        BOOST_TEST(finished[0].metered);
        expect_usage(finished[0].usage, told);
        const pool::usage_counts counts = counts_of(r, "good", model);
        BOOST_TEST(counts.calls == 1U);
        BOOST_TEST(counts.errors == 0U);
        expect_usage(counts.tokens, told);
        BOOST_TEST(counts_of(r, "bad", model).tokens.total == 0U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(calls_add_up_by_key_and_model) {
  rig_setup s;
  s.keys = {key("one"), key("two")};
  rig r(std::move(s));
  std::uint64_t total = 0, total_of_other = 0;
  for (int i = 0; i < 6; ++i) {
    total += usage_told_to_the_client(r.call(generate).body(), generate).total;
    total_of_other +=
        usage_told_to_the_client(r.call(generate_with_other_model).body(), generate).total;
  }
  BOOST_REQUIRE(r.requests().wait_for(12).size() == 12U);
  pool::usage_counts counted, counted_of_other;
  for (const std::string_view name : {"one", "two"}) {
    counted += counts_of(r, name, model);
    counted_of_other += counts_of(r, name, other_model);
    BOOST_TEST(counts_of(r, name, model).calls == 3U);
  }
  BOOST_TEST(counted.tokens.total == total);
  BOOST_TEST(counted_of_other.tokens.total == total_of_other);
}

BOOST_AUTO_TEST_CASE(a_stream_that_the_client_leaves_counts_as_far_as_it_was_seen) {
  for (const api_call& call : {stream_sse, stream_array}) {
    BOOST_TEST_CONTEXT(call.name) {
      rig_setup s;
      s.keys = {key("one")};
      s.upstream.stream.events = 1000;
      s.upstream.stream.interval = 50ms;
      rig r(std::move(s));
      client app(r.port());
      app.send(call.target, call.body);
      const std::string seen = app.receive_until("totalTokenCount");
      app.close();

      const auto finished = r.requests().wait_for(1);
      BOOST_REQUIRE(finished.size() == 1U);
      BOOST_TEST(finished[0].cancelled);
      BOOST_TEST(finished[0].outcome == "cancelled");
      BOOST_TEST(finished[0].usage.prompt >= last_number(seen, "promptTokenCount"));
      BOOST_TEST(finished[0].usage.prompt != 0U);
      const pool::usage_counts counts = counts_of(r, "one", model);
      BOOST_TEST(counts.calls == 1U);
      BOOST_TEST(counts.cancelled == 1U);
      BOOST_TEST(counts.errors == 0U);
      BOOST_TEST((counts.tokens == finished[0].usage));
      BOOST_TEST(r.key_state("one").errors == 0U);
      BOOST_TEST(r.key_state("one").in_flight == 0U);
      // The upstream is told at once, so that it does not go on writing to nobody.
      BOOST_TEST(r.upstream().wait_until(
          [](const auto& requests) { return requests[0].end == sandbox::ending::peer_gone; }, 30s));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_before_the_answer_cancels_the_attempt) {
  rig_setup s;
  s.keys = {key("one")};
  s.faults = {fault_of("one", "slow_head")};
  s.faults[0].delay = 600s;
  rig r(std::move(s));
  client app(r.port());
  app.send(generate.target, generate.body);
  BOOST_REQUIRE(
      r.upstream().wait_until([](const auto& requests) { return requests.size() == 1; }, 30s));
  app.close();
  const auto finished = r.requests().wait_for(1);
  BOOST_REQUIRE(finished.size() == 1U);
  BOOST_TEST(finished[0].cancelled);
  BOOST_TEST(finished[0].status == 0);
  BOOST_TEST(r.key_state("one").in_flight == 0U);
  BOOST_TEST(r.key_state("one").errors == 0U);
  BOOST_TEST(counts_of(r, "one", model).cancelled == 1U);
  BOOST_TEST(r.upstream().wait_until(
      [](const auto& requests) { return requests[0].end == sandbox::ending::peer_gone; }, 30s));
}

BOOST_AUTO_TEST_CASE(errors_that_are_passed_on_count_as_errors_without_tokens) {
  rig_setup s;
  s.keys = {key("one")};
  s.faults = {fault_of("one", "invalid_argument")};
  rig r(std::move(s));
  r.call(generate);
  BOOST_REQUIRE(r.requests().wait_for(1).size() == 1U);
  const pool::usage_counts counts = counts_of(r, "one", model);
  BOOST_TEST(counts.calls == 1U);
  BOOST_TEST(counts.errors == 1U);
  BOOST_TEST(counts.tokens.empty());
}

BOOST_AUTO_TEST_SUITE_END()
