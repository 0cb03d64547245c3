// Which model and which service an answer says it came from.
#include "pieces.hpp"
#include <gemkeeper/gemini/usage_meter.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace gemkeeper::gemini;
using gemkeeper::test::every_cut;
using gemkeeper::test::feed;

BOOST_AUTO_TEST_SUITE(usage_source)

BOOST_AUTO_TEST_CASE(the_service_is_told_where_the_answer_says_it) {
  using gemkeeper::pool::service_tier;
  struct saying {
    answer_form form;
    const char* text;
    service_tier service;
  };
  using enum service_tier;
  const saying all[] = {
      {answer_form::json, R"({"usageMetadata":{"totalTokenCount":5}})", standard},
      {answer_form::json, R"({"usageMetadata":{"totalTokenCount":5,"serviceTier":"FLEX"}})", flex},
      {answer_form::json, R"({"usageMetadata":{"serviceTier":"priority","totalTokenCount":5}})",
       priority},
      {answer_form::json, R"({"usageMetadata":{"trafficType":"ON_DEMAND","totalTokenCount":5}})",
       standard},
      {answer_form::json, R"({"usageMetadata":{"trafficType":"ON_DEMAND_PRIORITY"}})", priority},
      {answer_form::json, R"({"usageMetadata":{"trafficType":"PROVISIONED_THROUGHPUT"}})", other},
      {answer_form::json, R"({"service_tier":"default","usage":{"total_tokens":5}})", standard},
      {answer_form::json, R"({"service_tier":"flex","usage":{"total_tokens":5}})", flex},
      {answer_form::json, R"({"candidates":[{"serviceTier":"FLEX"}]})", standard},
      {answer_form::json, R"({"serviceTier":"SERVICE_TIER_UNSPECIFIED"})", standard},
      {answer_form::json, R"({"serviceTier":null})", standard},
      {answer_form::sse,
       "data: {\"usageMetadata\":{\"totalTokenCount\":5,\"serviceTier\":\"FLEX\"}}\n\n", flex},
      {answer_form::sse,
       "data: {\"interaction\":{\"service_tier\":\"batch\",\"usage\":{\"total_tokens\":5}}}\n\n",
       batch},
  };
  for (const saying& one : all) {
    for (const auto& cut : every_cut(one.text)) {
      usage_scanner scanner(one.form);
      feed(scanner, cut);
      BOOST_TEST((scanner.service() == one.service), one.text);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_model_name_too_long_to_be_one_is_not_told) {
  usage_scanner scanner(answer_form::json);
  scanner.feed(R"({"model":")" + std::string(1000, 'm') + R"(","usage":{"total_tokens":5}})");
  BOOST_TEST(scanner.model_version().empty());
  BOOST_TEST(scanner.usage().total == 5);
}

BOOST_AUTO_TEST_SUITE_END()
