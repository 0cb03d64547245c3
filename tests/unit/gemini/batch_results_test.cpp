// The usage of a batch stands in its results, response by response.
#include "pieces.hpp"
#include <gemkeeper/gemini/usage_meter.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace gemkeeper::gemini;
using gemkeeper::test::every_cut;
using gemkeeper::test::feed;

namespace {

// "model total" of each response, in order.
void check(const std::string& text, const std::vector<std::string>& expected) {
  for (const auto& cut : every_cut(text)) {
    BOOST_TEST_CONTEXT("first piece of " << cut.front().size() << " bytes") {
      std::vector<std::string> told;
      usage_scanner scanner(answer_form::json);
      scanner.read_results([&] {
        told.push_back(std::string(scanner.model_version()) + " " +
                       std::to_string(scanner.usage().total));
      });
      feed(scanner, cut);
      BOOST_TEST(told == expected, boost::test_tools::per_element());
    }
  }
}

std::string response(std::string_view model, int total) {
  return R"({"candidates":[{"content":{"parts":[{"text":"{\"usageMetadata\":1"}]}}],)"
         R"("usageMetadata":{"promptTokenCount":1,"totalTokenCount":)" +
         std::to_string(total) +
         R"(,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1}]},"modelVersion":")" +
         std::string(model) + R"("})";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(batch_results)

BOOST_AUTO_TEST_CASE(responses_inline_count_once_though_the_metadata_has_them_too) {
  const std::string inlined =
      R"({"inlinedResponses":{"inlinedResponses":[{"metadata":{"key":"a"},"response":)" +
      response("m", 5) + R"(},{"error":{"code":3,"message":"no"}},{"response":)" +
      response("n", 7) + "}]}}";
  check(R"({"name":"batches/b","metadata":{"state":"BATCH_STATE_SUCCEEDED","output":)" + inlined +
            R"(},"done":true,"response":)" + inlined + "}",
        {"m 5", "n 7"});
}

BOOST_AUTO_TEST_CASE(each_line_of_a_file_is_one) {
  check(R"({"key":"a","response":)" + response("m", 5) + "}\n" +
            R"({"key":"b","error":{"code":3,"message":"no"}})" + "\n" + R"({"response":)" +
            response("m", 9) + R"(,"key":"c"})",
        {"m 5", "m 9"});
}

BOOST_AUTO_TEST_CASE(so_it_is_in_openais_shape) {
  check(R"({"id":"1","custom_id":"a","response":{"status_code":200,"body":{"model":"m","choices":)"
        R"([{"message":{"content":"x"}}],"usage":{"prompt_tokens":2,"completion_tokens":3,)"
        R"("total_tokens":5}}},"error":null})"
        "\n"
        R"({"id":"2","response":{"status_code":400,"body":{"error":{"message":"no"}}}})",
        {"m 5"});
}

BOOST_AUTO_TEST_CASE(a_batch_that_runs_tells_nothing) {
  check(R"({"name":"batches/b","metadata":{"state":"BATCH_STATE_RUNNING"}})", {});
  check(R"({"name":"batches/b","done":true,"response":{"responsesFile":"files/f"}})", {});
  check(R"([{"response":1},"response",{"response":[[{"usage":{"total_tokens":5}}]]}])", {});
}

BOOST_AUTO_TEST_CASE(other_answers_are_read_as_ever) {
  usage_scanner scanner(answer_form::json);
  scanner.feed(R"({"response":{"usage":{"total_tokens":9}},"usage":{"total_tokens":4}})");
  BOOST_TEST(scanner.usage().total == 4U);
}

BOOST_AUTO_TEST_CASE(an_interaction_says_whether_it_is_done) {
  const struct {
    const char* text;
    bool running;
  } cases[] = {
      {R"({"id":"v1_x","status":"in_progress","usage":{"total_tokens":4}})", true},
      {R"({"id":"v1_x","status":"completed","usage":{"total_tokens":4}})", false},
      {R"({"id":"v1_x","status":"requires_action","usage":{"total_tokens":4}})", false},
      {R"({"usage":{"total_tokens":4}})", false},
  };
  for (const auto& c : cases) {
    usage_scanner scanner(answer_form::json);
    scanner.feed(c.text);
    BOOST_TEST(scanner.running() == c.running, c.text);
  }
  usage_scanner stream(answer_form::sse);
  stream.feed("data: {\"interaction\":{\"id\":\"v1_x\",\"status\":\"in_progress\"}}\n\n");
  BOOST_TEST(stream.running());
  stream.feed(
      "data: {\"interaction\":{\"status\":\"completed\",\"usage\":{\"total_tokens\":1}}}\n\n");
  BOOST_TEST(!stream.running());
}

BOOST_AUTO_TEST_SUITE_END()
