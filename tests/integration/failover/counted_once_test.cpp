// What is told again each time it is asked for counts once: the usage of batches, which comes with
// their results, and of interactions.
#include "expect.hpp"
#include <gemkeeper/pool/prices.hpp>

#include <fmt/format.h>

#include <charconv>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

rig_setup two_keys() {
  rig_setup s;
  s.keys = {key("one", "alpha", pool::tier::paid), key("two", "beta", pool::tier::paid)};
  s.prices = std::make_shared<pool::price_table>(pool::built_in_prices());
  return s;
}

// The sum of all numbers of that name.
std::uint64_t sum_of(std::string_view text, std::string_view name) {
  const std::string mark = fmt::format("\"{}\":", name);
  std::uint64_t sum = 0;
  for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
    at += mark.size();
    at = text.find_first_not_of(' ', at);
    std::uint64_t one = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), one);
    sum += one;
  }
  return sum;
}

pool::usage_counts all_counted(rig& r) {
  pool::usage_counts sum;
  for (const auto& [of, counts] : r.proxy().usage())
    sum += counts;
  return sum;
}

pool::usage_counts counted_for_model(rig& r) {
  pool::usage_counts sum;
  for (const auto& [of, counts] : r.proxy().usage()) {
    if (of.second.value == model) sum += counts;
  }
  return sum;
}

// By the list price of the Batch API.
std::int64_t batch_price(const pool::token_usage& usage) {
  const pool::price_table prices = pool::built_in_prices();
  const auto cost = prices.cost({model, model, usage, pool::service_tier::batch, pool::tier::paid,
                                 std::chrono::system_clock::now()});
  BOOST_REQUIRE(cost.cost.has_value());
  const auto full = prices.cost({model, model, usage, pool::service_tier::standard,
                                 pool::tier::paid, std::chrono::system_clock::now()});
  BOOST_TEST(cost.cost->value < full.cost->value);
  return cost.cost->value;
}

constexpr std::string_view batch_target = "/v1beta/models/gemini-3.6-flash:batchGenerateContent";
constexpr std::string_view one_request =
    R"({"key":"a","request":{"contents":[{"parts":[{"text":"a prompt of a batch"}]}]}})";

}  // namespace

BOOST_AUTO_TEST_SUITE(counted_once)

BOOST_AUTO_TEST_CASE(a_batch_with_its_responses_inline) {
  for (const std::string coding : {"", "gzip"}) {
    rig r(two_keys());
    const response made = r.ask(
        "POST", batch_target,
        fmt::format(R"({{"batch":{{"inputConfig":{{"requests":{{"requests":[{0},{0},{0}]}}}}}}}})",
                    one_request));
    BOOST_TEST(made.result_int() == 200, made.body());
    const std::string name = text_in(made.body(), "name");
    r.requests().wait_for(1);
    BOOST_TEST(all_counted(r).tokens.total == 0U);
    BOOST_TEST(all_counted(r).unpriced == 0U);  // its price is told later
    std::string told;
    for (std::size_t i = 0; i < 3; ++i) {
      const response done = r.ask("GET", "/v1beta/" + name, {}, {{"Accept-Encoding", coding}});
      told = decoded(done);
      BOOST_TEST(text_in(told, "state") == "BATCH_STATE_SUCCEEDED", told);
      const auto finished = r.requests().wait_for(2 + i);
      BOOST_TEST(finished.back().metered == (i == 0));
      BOOST_TEST(finished.back().model == (i == 0 ? model : ""));
    }
    // The sandbox shows the responses twice, as Google does.
    const std::uint64_t used = sum_of(told, "totalTokenCount") / 2;
    BOOST_TEST(used != 0U);
    const pool::usage_counts counts = all_counted(r);
    BOOST_TEST(counts.tokens.total == used);
    BOOST_TEST(counts.calls == 4U);
    BOOST_TEST(counts.unpriced == 0U);
    pool::token_usage third = counts.tokens;
    for (std::uint64_t* n : {&third.prompt, &third.candidates, &third.thoughts, &third.total})
      *n /= 3;
    third.prompt_by = third.candidates_by = {};
    BOOST_TEST(counts.cost_micros == 3 * batch_price(third));
  }
}

BOOST_AUTO_TEST_CASE(a_file_of_results_however_often_it_is_downloaded) {
  rig r(two_keys());
  const response input =
      r.ask("POST", "/upload/v1beta/files", fmt::format("{}\n{}\n", one_request, one_request));
  const response made = r.ask("POST", batch_target,
                              fmt::format(R"({{"batch":{{"inputConfig":{{"fileName":"{}"}}}}}})",
                                          text_in(input.body(), "name")));
  const response done = r.ask("GET", "/v1beta/" + text_in(made.body(), "name"));
  const std::string output = text_in(done.body(), "responsesFile");
  r.requests().wait_for(3);
  BOOST_TEST(all_counted(r).tokens.total == 0U);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string target = i == 1 ? "/v1beta/openai/files/" + output + "/content"
                                      : "/v1beta/" + output + ":download?alt=media";
    const response content =
        r.ask("GET", target, {}, i == 1 ? fields{{"Authorization", "Bearer x"}} : fields{});
    BOOST_TEST(content.result_int() == 200, content.body());
    r.requests().wait_for(4 + i);
    const pool::usage_counts counts = counted_for_model(r);
    BOOST_TEST(counts.tokens.total == sum_of(content.body(), "totalTokenCount"));
    BOOST_TEST(counts.calls == 2U);  // the batch, and the first download
    BOOST_TEST(counts.cost_micros > 0);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_results_counts_nothing) {
  rig r(two_keys());
  for (const std::string_view content :
       {"a story", "", R"({"usageMetadata":{"totalTokenCount":5}})", "[{\"response\":{}}]"}) {
    const response made = r.ask("POST", "/upload/v1beta/files", content);
    const std::string name = text_in(made.body(), "name");
    const response got = r.ask("GET", "/v1beta/" + name + ":download?alt=media");
    BOOST_TEST(got.body() == content);
  }
  r.requests().wait_for(8);
  BOOST_TEST(all_counted(r).tokens.total == 0U);
}

BOOST_AUTO_TEST_CASE(an_interaction_that_is_asked_for_again) {
  for (const std::string_view how : {"", R"("stream":true,)"}) {
    rig r(two_keys());
    const response made =
        r.ask("POST", "/v1beta/interactions",
              fmt::format(R"({{"model":"gemini-3.6-flash",{}"input":"hello"}})", how));
    const std::uint64_t used = sum_of(made.body(), "total_tokens");
    BOOST_TEST(used != 0U);
    for (int i = 0; i < 3; ++i)
      r.ask("GET", "/v1beta/interactions/" + text_in(made.body(), "id"));
    r.requests().wait_for(4);
    BOOST_TEST(all_counted(r).tokens.total == used);
  }
}

BOOST_AUTO_TEST_CASE(an_interaction_in_the_background_counts_when_it_is_done) {
  rig r(two_keys());
  const response made = r.ask("POST", "/v1beta/interactions",
                              R"({"model":"gemini-3.6-flash","background":true,"input":"hello"})");
  BOOST_TEST(text_in(made.body(), "status") == "in_progress", made.body());
  r.requests().wait_for(1);
  BOOST_TEST(all_counted(r).tokens.total == 0U);
  BOOST_TEST(all_counted(r).unpriced == 0U);
  std::uint64_t used = 0;
  for (int i = 0; i < 3; ++i) {
    const response done = r.ask("GET", "/v1beta/interactions/" + text_in(made.body(), "id"));
    used = sum_of(done.body(), "total_tokens");
  }
  r.requests().wait_for(4);
  BOOST_TEST(used != 0U);
  BOOST_TEST(counted_for_model(r).tokens.total == used);
  BOOST_TEST(all_counted(r).tokens.total == used);
}

BOOST_AUTO_TEST_CASE(the_size_of_a_cache_is_no_usage_of_who_asks_for_it) {
  rig r(two_keys());
  const response made = r.ask("POST", "/v1beta/cachedContents",
                              R"({"model":"models/gemini-3.6-flash","contents":[]})");
  r.requests().wait_for(1);
  const std::uint64_t before = all_counted(r).tokens.total;
  const std::string target = "/v1beta/" + text_in(made.body(), "name");
  BOOST_TEST(mentions(r.ask("GET", target), "usageMetadata"));
  r.ask("PATCH", target, R"({"ttl":"60s"})");
  const auto finished = r.requests().wait_for(3);
  BOOST_TEST(finished.at(0).model == model);
  BOOST_TEST(all_counted(r).tokens.total == before);
}

BOOST_AUTO_TEST_SUITE_END()
