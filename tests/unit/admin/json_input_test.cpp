#include "json_input.hpp"

#include "limit_text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gemkeeper::admin {
namespace {

// "400 malformed_json", "422 invalid_field weight"; "" when it is read.
std::string refused(std::string_view text) {
  try {
    const rapidjson::Document document = parse_object(text);
    members body(document);
    body.text("name");
    body.flag("on");
    body.integer("weight", 1, 10);
    read_models(body);
    read_limits(body);
    body.finish();
    return {};
  } catch (const refusal& what) {
    BOOST_TEST(std::string_view(what.what()).find("AIza") == std::string_view::npos);
    return std::to_string(what.status) + " " + what.code + (what.field.empty() ? "" : " ") +
           what.field;
  }
}

BOOST_AUTO_TEST_SUITE(json_input)

BOOST_AUTO_TEST_CASE(a_good_object_is_read) {
  BOOST_TEST(refused("{}") == "");
  BOOST_TEST(refused(R"( {"name":"a","on":true,"weight":3,"models":["gemini-*"],)"
                     R"("limits":{"requests_per_day":5}} )") == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_object_or_no_json_is_refused) {
  for (const char* bad : {"",
                          " ",
                          "[]",
                          "1",
                          "null",
                          "\"AIza\"",
                          "{",
                          "}",
                          "{}{}",
                          "{\"name\":}",
                          "{'name':'a'}",
                          "{\"name\":\"a\",}",
                          "{\"name\":NaN}",
                          "// x\n{}",
                          "{\"name\":\"\xff\"}",
                          "{\"name\":\"\xc0\x80\"}",
                          "{\"name\":\"a\nb\"}",
                          "{\"name\":\"\\ud800\"}",
                          "\xef\xbb\xbf{",
                          "{\"weight\":01}",
                          "AIzaSecret"}) {
    BOOST_TEST(refused(bad) == "400 malformed_json", bad);
  }
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_before_it_costs_anything) {
  const std::string deep = std::string(500'000, '[');
  BOOST_TEST(refused(deep) == "400 malformed_json");
  BOOST_TEST(refused("{\"name\":" + deep) == "400 malformed_json");
  std::string objects;
  for (int i = 0; i < 10'000; ++i)
    objects += "{\"a\":";
  BOOST_TEST(refused(objects) == "400 malformed_json");
  BOOST_TEST(refused(R"({"name":"[[[[[[[[[[[[[[[["})") == "");
}

BOOST_AUTO_TEST_CASE(a_member_that_stands_twice_is_named) {
  BOOST_TEST(refused(R"({"name":"a","name":"b"})") == "400 duplicate_member name");
  BOOST_TEST(refused(R"({"name":"a","n\u0061me":"b"})") == "400 duplicate_member name");
  BOOST_TEST(refused(R"({"limits":{"a":1,"a":2}})") == "400 duplicate_member limits.a");
}

BOOST_AUTO_TEST_CASE(unknown_members_and_wrong_types_are_named) {
  BOOST_TEST(refused(R"({"nam":"a"})") == "422 unknown_field nam");
  BOOST_TEST(refused(R"({"AIza secret with spaces":1})") == "422 unknown_field (unprintable)");
  BOOST_TEST(refused(R"({"name":1})") == "422 invalid_field name");
  BOOST_TEST(refused(R"({"name":null})") == "422 invalid_field name");
  BOOST_TEST(refused(R"({"on":"true"})") == "422 invalid_field on");
  for (const char* weight : {"0", "11", "1.5", "\"1\"", "-1", "1e99", "99999999999999999999"}) {
    BOOST_TEST(refused(std::string("{\"weight\":") + weight + "}") == "422 invalid_field weight",
               weight);
  }
  BOOST_TEST(refused(R"({"models":"a"})") == "422 invalid_field models");
  BOOST_TEST(refused(R"({"models":[1]})") == "422 invalid_field models");
  BOOST_TEST(refused(R"({"models":["a b"]})") == "422 invalid_field models");
  BOOST_TEST(refused(R"({"limits":[]})") == "422 invalid_field limits");
  BOOST_TEST(refused(R"({"limits":{"requests_per_day":-1}})") ==
             "422 invalid_field limits.requests_per_day");
  BOOST_TEST(refused(R"({"limits":{"per_day":1}})") == "422 unknown_field limits.per_day");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
