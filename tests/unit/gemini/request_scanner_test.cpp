#include "pieces.hpp"
#include <gemkeeper/gemini/request_body.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace gemkeeper::gemini;
using gemkeeper::test::every_cut;
using gemkeeper::test::feed;

BOOST_AUTO_TEST_SUITE(request_scanning)

BOOST_AUTO_TEST_CASE(model_and_stream_are_found_at_the_top_wherever_they_stand) {
  struct {
    std::string body;
    std::string model;
    bool stream = false;
    bool done = true;
  } const cases[] = {
      {R"({"model":"gemini-3.6-flash","input":"hi","stream":true})", "gemini-3.6-flash", true},
      {R"({"stream":true,"messages":[{"role":"user","content":"x"}],"model":"m"})", "m", true},
      {"{\n  \"model\" : \"models/m\" ,\r\n\t\"stream\" : false\n}", "m"},
      {R"({"model":"m"})", "m"},
      {R"({"agent":"deep-research-pro-preview-12-2025","stream":true})",
       "deep-research-pro-preview-12-2025", true},
      {R"({"\u006dodel":"models\/m\u002d1","stre\u0061m":true})", "m-1", true},
      {R"({"model":"m","model":"n","stream":true,"stream":false})", "m", true},
      {R"({"model":{"model":"x"},"stream":{"stream":true},"a":["model","m"]})", ""},
      {R"({"a":{"model":"x","stream":true},"b":"\",\"model\":\"x\"","c":"model"})", ""},
      {R"({"model":null,"stream":"true"})", ""},
      {R"({"model":"","stream":true})", "", true},
      {R"({"x":["]","}",{"y":"\\"}],"model":"m","z":-1.5e3,"stream":true})", "m", true},
      {R"([{"model":"m","stream":true}])", ""},
      {R"("model")", ""},
      {"", "", false, false},
      {R"({"model":"m)", "", false, false},
      {R"({"model":"m","x":[)", "m", false, false},
      {"--boundary\r\nContent-Type: application/json\r\n\r\n{\"model\":\"m\"}", ""},
  };
  request_scanner scanner;
  for (const auto& expected : cases) {
    for (const auto& cut : every_cut(expected.body)) {
      BOOST_TEST_CONTEXT(expected.body << ", first piece of " << cut.front().size() << " bytes") {
        scanner.reset();
        feed(scanner, cut);
        BOOST_TEST(scanner.model() == expected.model);
        BOOST_TEST(scanner.stream() == expected.stream);
        BOOST_TEST(scanner.done() == expected.done);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_name_too_long_for_a_model_is_none) {
  request_scanner scanner;
  scanner.feed(R"({"model":")" + std::string(5000, 'm') + R"(","stream":true})");
  BOOST_TEST(scanner.model().empty());
  BOOST_TEST(scanner.stream());
}

BOOST_AUTO_TEST_CASE(backslashes_before_a_quote_are_counted_over_every_cut) {
  for (std::size_t count = 0; count < 6; ++count) {
    const std::string run(count, '\\');
    // An even run leaves the quote to end the string; an odd one makes it part of it.
    const std::string body =
        R"({"a":{"b":")" + run + (count % 2 == 0 ? "" : "\"") + R"("},"model":"m"})";
    for (const auto& cut : every_cut(body)) {
      request_scanner scanner;
      feed(scanner, cut);
      BOOST_TEST(scanner.model() == "m");
    }
  }
}

BOOST_AUTO_TEST_CASE(deep_nesting_costs_no_stack) {
  request_scanner scanner;
  scanner.feed(R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') +
               R"(,"model":"m"})");
  BOOST_TEST(scanner.model() == "m");
}

BOOST_AUTO_TEST_SUITE_END()
