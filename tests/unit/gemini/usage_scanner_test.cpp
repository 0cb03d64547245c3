#include "pieces.hpp"
#include <gemkeeper/gemini/usage_meter.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace gemkeeper::gemini;
using gemkeeper::pool::modality;
using gemkeeper::pool::token_usage;
using gemkeeper::test::every_cut;
using gemkeeper::test::feed;

namespace {

struct expectation {
  const char* what;
  answer_form form;
  std::string text;
  token_usage usage;  // all zero: none is seen
  std::string model;
  bool error = false;
};

void check(const expectation& expected) {
  usage_scanner scanner(answer_form::json);
  for (const auto& cut : every_cut(expected.text)) {
    BOOST_TEST_CONTEXT(expected.what << ", first piece of " << cut.front().size() << " bytes") {
      scanner.reset(expected.form);
      feed(scanner, cut);
      const token_usage& usage = scanner.usage();
      BOOST_TEST(scanner.seen() == !expected.usage.empty());
      BOOST_TEST(usage.prompt == expected.usage.prompt);
      BOOST_TEST(usage.cached == expected.usage.cached);
      BOOST_TEST(usage.tool_use == expected.usage.tool_use);
      BOOST_TEST(usage.candidates == expected.usage.candidates);
      BOOST_TEST(usage.thoughts == expected.usage.thoughts);
      BOOST_TEST(usage.total == expected.usage.total);
      BOOST_TEST(usage.prompt_by == expected.usage.prompt_by, boost::test_tools::per_element());
      BOOST_TEST(usage.cached_by == expected.usage.cached_by, boost::test_tools::per_element());
      BOOST_TEST(usage.tool_use_by == expected.usage.tool_use_by, boost::test_tools::per_element());
      BOOST_TEST(usage.candidates_by == expected.usage.candidates_by,
                 boost::test_tools::per_element());
      BOOST_TEST(scanner.model_version() == expected.model);
      BOOST_TEST(scanner.error_seen() == expected.error);
    }
  }
}

token_usage counts(std::uint64_t prompt, std::uint64_t candidates, std::uint64_t total) {
  token_usage usage;
  usage.prompt = prompt;
  usage.candidates = candidates;
  usage.total = total;
  return usage;
}

token_usage thinking(std::uint64_t prompt, std::uint64_t candidates, std::uint64_t thoughts,
                     std::uint64_t total) {
  token_usage usage = counts(prompt, candidates, total);
  usage.thoughts = thoughts;
  return usage;
}

constexpr std::size_t text = static_cast<std::size_t>(modality::text);
constexpr std::size_t image = static_cast<std::size_t>(modality::image);
constexpr std::size_t audio = static_cast<std::size_t>(modality::audio);

}  // namespace

BOOST_AUTO_TEST_SUITE(usage_scanning)

BOOST_AUTO_TEST_CASE(native_usage_is_read_with_its_modalities) {
  token_usage usage = thinking(270, 9, 20, 304);
  usage.cached = 100;
  usage.tool_use = 5;
  usage.prompt_by[text] = 12;
  usage.prompt_by[image] = 258;
  usage.cached_by[text] = 100;
  usage.candidates_by[text] = 9;
  usage.tool_use_by[text] = 5;
  check({"unary", answer_form::json, R"({
  "candidates": [{"content": {"parts": [{"text": "Hello"}], "role": "model"}, "index": 0}],
  "usageMetadata": {
    "promptTokenCount": 270, "cachedContentTokenCount": 100, "candidatesTokenCount": 9,
    "thoughtsTokenCount": 20, "toolUsePromptTokenCount": 5, "totalTokenCount": 304,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 12},
                            {"tokenCount": 258, "modality": "IMAGE"},
                            {"modality": "MODALITY_UNSPECIFIED", "tokenCount": 7}, "?"],
    "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 100}],
    "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 9}],
    "toolUsePromptTokensDetails": [{"modality": "TEXT", "tokenCount": 5}],
    "serviceTier": "standard"
  },
  "modelVersion": "gemini-3.6-flash",
  "responseId": "abc"
}
)",
         usage, "gemini-3.6-flash"});
}

BOOST_AUTO_TEST_CASE(every_api_family_spells_usage_in_its_own_way) {
  token_usage live = counts(10, 50, 60);
  live.candidates_by[audio] = 50;
  token_usage interaction = thinking(2, 1, 20, 28);
  interaction.cached = 1;
  interaction.tool_use = 5;
  interaction.prompt_by[text] = 2;
  token_usage snake = counts(7, 9, 16);
  snake.prompt_by[text] = 7;
  token_usage cached = counts(7, 9, 16);
  cached.cached = 4;

  const expectation cases[] = {
      {"Live",
       answer_form::json,
       R"({"usageMetadata":{"promptTokenCount":10,"responseTokenCount":50,"totalTokenCount":60,)"
       R"("responseTokensDetails":[{"modality":"AUDIO","tokenCount":50}]},"serverContent":{}})",
       live,
       {}},
      {"native in snake_case", answer_form::json,
       R"({"usage_metadata":{"prompt_token_count":7,"candidates_token_count":9,)"
       R"("total_token_count":16,"prompt_tokens_details":[{"modality":"TEXT","token_count":7}]},)"
       R"("model_version":"models/m"})",
       snake, "m"},
      {"embeddings report the prompt only",
       answer_form::json,
       R"({"embedding":{"values":[0.1,-2e-3]},"usageMetadata":{"promptTokenCount":3}})",
       counts(3, 0, 0),
       {}},
      {"OpenAI", answer_form::json,
       R"({"object":"chat.completion","model":"gemini-2.5-flash","choices":[{}],)"
       R"("usage":{"prompt_tokens":7,"completion_tokens":9,"total_tokens":16,)"
       R"("prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0}}})",
       cached, "gemini-2.5-flash"},
      {"OpenAI, reasoning inside the completion",
       answer_form::json,
       R"({"usage":{"prompt_tokens":7,"completion_tokens":29,"total_tokens":36,)"
       R"("completion_tokens_details":{"reasoning_tokens":20}}})",
       thinking(7, 9, 20, 36),
       {}},
      {"OpenAI, reasoning beside the completion",
       answer_form::json,
       R"({"usage":{"completion_tokens":9,"prompt_tokens":7,"total_tokens":36,)"
       R"("completion_tokens_details":{"reasoning_tokens":20}}})",
       thinking(7, 9, 20, 36),
       {}},
      {"OpenAI, thoughts in the total only",
       answer_form::json,
       R"({"usage":{"completion_tokens":9,"prompt_tokens":7,"total_tokens":36}})",
       thinking(7, 9, 20, 36),
       {}},
      {"OpenAI without a total",
       answer_form::json,
       R"({"usage":{"completion_tokens":9,"prompt_tokens":7}})",
       counts(7, 9, 0),
       {}},
      {"Interactions", answer_form::json,
       R"({"id":"v1_X","model":"gemini-3.6-flash","usage":{"total_input_tokens":2,)"
       R"("total_output_tokens":1,"total_thought_tokens":20,"total_cached_tokens":1,)"
       R"("total_tool_use_tokens":5,"total_tokens":28,)"
       R"("input_tokens_by_modality":[{"modality":"text","tokens":2}]}})",
       interaction, "gemini-3.6-flash"},
  };
  for (const expectation& expected : cases)
    check(expected);
}

BOOST_AUTO_TEST_CASE(the_last_usage_of_a_stream_counts_though_it_goes_down) {
  const std::string first = R"({"usageMetadata":{"promptTokenCount":8,"totalTokenCount":8}})";
  const std::string last =
      R"({"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":9,"totalTokenCount":16},)"
      R"("modelVersion":"m"})";
  const token_usage usage = counts(7, 9, 16);
  const auto sse = [](std::string text) {
    return expectation{"", answer_form::sse, std::move(text), counts(7, 9, 16), "m"};
  };
  for (const std::string end : {"\r\n", "\n", "\r"}) {
    check(sse("data: " + first + end + end + "data: " + last + end + end));
    check(sse("data:" + first + end + end + "data:" + last + end));
    check(sse(": hi" + end + end + "event: x" + end + "id: {" + end + "data: " + last + end + end +
              "data: [DONE]" + end + end));
  }
  check({"array", answer_form::json_array, "[" + first + "\r\n,\r\n" + last + "\r\n]", usage, "m"});
  check({"documents in a row", answer_form::json, first + "\n" + last + "\n", usage, "m"});
}

BOOST_AUTO_TEST_CASE(an_event_may_span_several_data_lines) {
  check({"",
         answer_form::sse,
         "data: {\"usageMetadata\":\n"
         "dat: {\"x\n"
         "data\n"
         "data: {\"promptTokenCount\":1\n"
         "data:,\"totalTokenCount\":2}\n"
         "data:}\n\n",
         counts(1, 0, 2),
         {}});
}

BOOST_AUTO_TEST_CASE(an_interaction_reports_usage_inside_its_last_event) {
  check({"", answer_form::sse,
         "event: interaction.created\n"
         "data: {\"event_type\":\"interaction.created\",\"event_id\":\"e1\",\"interaction\":"
         "{\"id\":\"v1_X\",\"model\":\"gemini-3.6-flash\"}}\n\n"
         "event: step.delta\n"
         "data: {\"event_type\":\"step.delta\",\"delta\":{\"text\":\"\\\"usage\\\":{\"}}\n\n"
         "event: interaction.completed\n"
         "data: {\"event_type\":\"interaction.completed\",\"interaction\":{\"usage\":"
         "{\"total_input_tokens\":2,\"total_output_tokens\":1,\"total_thought_tokens\":20,"
         "\"total_tokens\":23}}}\n\n"
         "event: done\ndata: [DONE]\n\n",
         thinking(2, 1, 20, 23), "gemini-3.6-flash"});
}

BOOST_AUTO_TEST_CASE(usage_without_counts_does_not_erase_earlier_usage) {
  const std::string good = R"(data: {"usage":{"prompt_tokens":7,"total_tokens":7}})"
                           "\n\n";
  for (const char* later :
       {R"({"usage":null})", R"({"usage":{}})", R"({"usage":[]})", R"({"usage":1})",
        R"({"usageMetadata":{"trafficType":"ON_DEMAND"}})", "[DONE]"}) {
    check({later, answer_form::sse, good + "data: " + later + "\n\n", counts(7, 0, 7), {}});
  }
}

BOOST_AUTO_TEST_CASE(usage_elsewhere_than_at_the_top_never_counts) {
  const std::string usage = R"("usageMetadata":{"promptTokenCount":1,"totalTokenCount":1})";
  const std::string cases[] = {
      R"({"candidates":[{"content":{"parts":[{"text":"{\"usageMetadata\":{\"totalTokenCount\":9}}"}]}}]})",
      R"({"text":"\\\",\"usageMetadata\":{\"totalTokenCount\":9}"})",
      R"({"candidates":[{)" + usage + "}]}",
      R"({"response":{)" + usage + "}}",
      R"({"interaction":{)" + usage.substr(0, 6) +
          R"(x":{"total_tokens":3},"step":{"usage":{"total_tokens":3}}}})",
      R"({"usageMetadata":{"nested":{)" + usage + R"(,"totalTokenCount":5}}})",
      R"([[{)" + usage + "}]]",
      R"(["usageMetadata",{"promptTokenCount":1}])",
      R"({"x":"usageMetadata","y":{"promptTokenCount":1,"totalTokenCount":1}})",
      R"({"usageMetadata":"x","y":{"promptTokenCount":1,"totalTokenCount":1}})",
  };
  for (const std::string& body : cases)
    check({body.c_str(), answer_form::json, body, {}, {}});
}

BOOST_AUTO_TEST_CASE(usage_cut_off_before_its_end_does_not_count) {
  const std::string whole = R"({"usageMetadata":{"promptTokenCount":7,"totalTokenCount":16}})";
  const std::size_t end = whole.size() - 1;  // the usage object ends here
  for (std::size_t size = 0; size < end; ++size) {
    usage_scanner scanner(answer_form::json);
    scanner.feed(std::string_view(whole).substr(0, size));
    BOOST_TEST(!scanner.seen());
  }
  check({"a cut event is no part of the next",
         answer_form::sse,
         "data: {\"usage\":{\"total_tokens\":5,\n\ndata: \"total_tokens\":6}}\n\n",
         {},
         {}});
}

BOOST_AUTO_TEST_CASE(odd_counts_are_read_as_google_would_mean_them_or_as_zero) {
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"12", 12},
      {R"("12")", 12},  // int64 in Google's JSON
      {"12.0", 12},
      {"12.9", 12},
      {"1.2e1", 12},
      {"0012", 12},
      {"-12", 0},
      {R"("-12")", 0},
      {"null", 0},
      {"true", 0},
      {R"("")", 0},
      {R"("a lot")", 0},
      {"12x", 0},
      {"[12]", 0},
      {R"({"n":12})", 0},
      {"1000000000000", 1'000'000'000'000},
      {"1000000000001", 0},
      {"18446744073709551615", 0},
      {"18446744073709551616", 0},
      {"1e999", 0},
      {"-1e999", 0},
      {"nan", 0},
      {"inf", 0},
      {"-", 0},
  };
  for (const auto& [number, expected] : cases) {
    check({number,
           answer_form::json,
           std::string(R"({"usageMetadata":{"promptTokenCount":)") + number +
               R"(,"totalTokenCount":3}})",
           counts(expected, 0, 3),
           {}});
  }
  const std::string digits(10'000, '9');
  usage_scanner scanner(answer_form::json);
  scanner.feed(R"({"usage":{"total_tokens":1,"prompt_tokens":)" + digits + "}}");
  BOOST_TEST(scanner.usage().prompt == 0);
}

BOOST_AUTO_TEST_CASE(names_with_escapes_are_decoded) {
  check({"", answer_form::json,
         R"({"usage\u004detadata":{"promptToke\u006E\u0043ount":1,"total\u0054okenCount":2},)"
         R"("model":"models\/m\u002d1"})",
         counts(1, 0, 2), "m-1"});
}

BOOST_AUTO_TEST_CASE(an_error_at_the_top_is_seen_and_keeps_earlier_usage) {
  const std::string chunk = R"({"usageMetadata":{"promptTokenCount":8,"totalTokenCount":8}})";
  const std::string error = R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}})";
  const token_usage usage = counts(8, 0, 8);
  check({"event",
         answer_form::sse,
         "data: " + chunk + "\n\ndata: " + error + "\n\n",
         usage,
         {},
         true});
  check({"element", answer_form::json_array, "[" + chunk + ",\r\n" + error + "]", usage, {}, true});
  check({"unframed",
         answer_form::sse,
         "data: " + chunk + "\n\n{\n \"error\": {\n}\n}\n",
         usage,
         {},
         true});
  check({"plain JSON under text/event-stream", answer_form::sse, error, {}, {}, true});
  check({"wrapped", answer_form::sse, "[" + error + "]", {}, {}, true});
  check(
      {"null is no error", answer_form::json, R"({"error":null,"errors":[{"error":{}}]})", {}, {}});
}

BOOST_AUTO_TEST_CASE(opaque_answers_are_not_read) {
  check({"", answer_form::opaque, R"({"usage":{"total_tokens":5},"model":"m"})", {}, {}});
}

BOOST_AUTO_TEST_CASE(garbage_gives_nothing) {
  for (const std::string text :
       {"", "null", "<!DOCTYPE html><html lang=en>", "]}]}\"", "{]}[", "{{{}}}", "{\"usage\"{}}",
        ",,::", "\"", "\\\"", "{\"usage\":{\"prompt_tokens\":1,\"x\":\"\\", "\xff\xfe{\"\xff"}) {
    for (const answer_form form : {answer_form::json, answer_form::json_array, answer_form::sse}) {
      check({text.c_str(), form, text, {}, {}});
    }
  }
}

BOOST_AUTO_TEST_CASE(deep_nesting_costs_no_stack) {
  for (const std::string opening :
       {"[", "{\"usage\":", "{\"a\":[", "{\"usageMetadata\":{\"promptTokensDetails\":["}) {
    std::string body;
    for (int i = 0; i < 100'000; ++i)
      body += opening;
    usage_scanner scanner(answer_form::json);
    scanner.feed(body);
    scanner.feed(std::string(300'000, '}'));
    scanner.feed(R"({"usage":{"total_tokens":5}})");
    BOOST_TEST(scanner.usage().total == 5);
  }
}

BOOST_AUTO_TEST_CASE(a_scanner_is_small_and_can_be_reused) {
  static_assert(sizeof(usage_scanner) < 1024);
  usage_scanner scanner(answer_form::sse);
  scanner.feed(R"(data: {"error":{},"model":"m","usage":{"total_tokens":5},"x":")");
  scanner.reset(answer_form::json);
  BOOST_TEST(!scanner.seen());
  BOOST_TEST(!scanner.error_seen());
  BOOST_TEST((scanner.usage() == token_usage{}));
  BOOST_TEST(scanner.model_version().empty());
  scanner.feed(R"({"usage":{"total_tokens":6}})");
  BOOST_TEST(scanner.usage().total == 6);
}

BOOST_AUTO_TEST_SUITE_END()
