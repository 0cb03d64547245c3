#include "error_bodies.hpp"
#include <gemkeeper/gemini/error.hpp>
#include <gemkeeper/gemini/redact.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::gemini;

namespace {

std::string redacted(std::string_view secret, std::string text) {
  redactor(secret).redact(text);
  return text;
}

std::string fed_in_two(std::string_view secret, std::string_view text, std::size_t split) {
  stream_redactor stream(secret);
  std::string out = stream.feed(text.substr(0, split));
  out += stream.feed(text.substr(split));
  return out + stream.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(redaction)

struct spelling {
  std::string_view secret, text, expected;
};
constexpr spelling spellings[] = {
    {"AbC", "", ""},
    {"AbC", "AbC", "***"},
    {"AbC", "xAbCy AbCAbC", "x***y ******"},
    {"AbC", "abc AbD Ab", "abc AbD Ab"},
    {"AbC", "AAbC", "A***"},
    {"AbC", "AbAbC", "Ab***"},
    {"AbC", R"(\u0041bC)", "********"},
    {"AbC", R"(A\u0062\u0043)", "*************"},
    {"AbC", "%41%62%43", "*********"},
    {"AbC", R"(%41\u0062C)", "**********"},
    {"Jo/", R"(J\u006f\/ J%6f%2F J%6F%2f J\u006F/ Jo/)", "********* ******* ******* ******** ***"},
    {"q\"\\", R"(q\"\\ q"\ q\u0022\u005C q%22%5c)", "***** *** ************* *******"},
    {"AbC", R"(\\AbC)", R"(\\***)"},
    {"AbC", R"(\\u0041bC \\\u0041bC)", R"(\\u0041bC \\********)"},
    {"AbC", R"(\u0141bC \u004 %4 \u %)", R"(\u0141bC \u004 %4 \u %)"},
    {"A%b", "A%b A%25b", "*** *****"},
    {"", "text", "text"},
};

BOOST_AUTO_TEST_CASE(every_spelling_of_a_key_is_masked_at_its_length) {
  for (const auto& c : spellings) {
    BOOST_TEST(redacted(c.secret, std::string(c.text)) == c.expected, c.text);
  }
}

BOOST_AUTO_TEST_CASE(a_key_split_anywhere_is_masked) {
  for (const auto& c : spellings) {
    for (std::size_t split = 0; split <= c.text.size(); ++split) {
      BOOST_TEST(fed_in_two(c.secret, c.text, split) == c.expected,
                 c.text << " split at " << split);
    }
    stream_redactor bytewise(c.secret);
    std::string out;
    for (const char byte : c.text)
      out += bytewise.feed({&byte, 1});
    BOOST_TEST(out + bytewise.finish() == c.expected, c.text);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_holds_back_no_more_than_the_beginning_of_a_key) {
  stream_redactor stream("AbC");
  BOOST_TEST(stream.feed("text A") == "text ");
  BOOST_TEST(stream.feed("b") == "");
  BOOST_TEST(stream.feed("x A\\u00") == "Abx ");
  BOOST_TEST(stream.feed("62") == "");
  BOOST_TEST(stream.feed("C.") == "********.");
  BOOST_TEST(stream.finish() == "");
}

BOOST_AUTO_TEST_CASE(occurrences_are_counted) {
  std::string body(bodies::consumer_suspended);
  BOOST_TEST(redactor(bodies::test_key).redact(body) == 3U);
  BOOST_TEST(body.find(bodies::test_key) == std::string::npos);
  BOOST_TEST(body.size() == bodies::consumer_suspended.size());
  BOOST_TEST(redactor(bodies::test_key).redact(body) == 0U);
}

BOOST_AUTO_TEST_CASE(a_masked_body_is_still_the_same_json) {
  std::string body(bodies::consumer_suspended);
  redactor(bodies::test_key).redact(body);
  const auto error = parse_error(body);
  BOOST_REQUIRE(error);
  BOOST_TEST(error->message ==
             "Permission denied: Consumer 'api_key:" + std::string(bodies::test_key.size(), '*') +
                 "' has been suspended.");
}

BOOST_AUTO_TEST_SUITE_END()
