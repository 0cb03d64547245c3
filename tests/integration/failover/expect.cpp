#include "expect.hpp"

#include <gemkeeper/gemini/content_decoder.hpp>

#include <fmt/format.h>

namespace gemkeeper::test {

void expect_success(const rig& r, const response& answer) {
  BOOST_TEST(answer.result_int() == 200);
  BOOST_TEST(!mentions(answer, "\"error\""), answer.body());
  BOOST_TEST(mentions(answer, "ech"), answer.body());  // a stream cuts "echo: hello" anywhere
  expect_no_secret(r, answer.body());
}

void expect_tried(const rig& r, const names& expected) {
  BOOST_TEST(r.tried() == expected, boost::test_tools::per_element());
}

void expect_no_secret(const rig& r, std::string_view text) {
  BOOST_TEST(r.secrets_in(text) == names{}, boost::test_tools::per_element());
}

void expect_own_error(const response& answer, int status, std::string_view canonical,
                      std::string_view reason) {
  BOOST_TEST(answer.result_int() == status);
  BOOST_TEST(header(answer, "content-type") == "application/json; charset=UTF-8");
  std::string packed = answer.body();
  std::erase_if(packed, [](char c) { return c == ' ' || c == '\n'; });
  const names pieces{R"("domain":"gemkeeper")", R"("reason":")" + std::string(reason) + '"',
                     R"("status":")" + std::string(canonical) + '"'};
  for (const std::string& piece : pieces) {
    BOOST_TEST(packed.find(piece) != std::string::npos, piece << " is missing in " << packed);
  }
}

void expect_unchanged(const response& answer, const response& direct) {
  BOOST_TEST(answer.result_int() == direct.result_int());
  BOOST_TEST(answer.body() == direct.body());
  BOOST_TEST(header(answer, "content-type") == header(direct, "content-type"));
}

std::string decoded(const response& answer) {
  const std::string coding = header(answer, "content-encoding");
  gemini::content_decoder decoder(gemini::parse_content_coding(coding));
  std::string text;
  BOOST_TEST(decoder.feed(answer.body(), [&](std::string_view piece) { text += piece; }));
  return text;
}

std::string text_in(std::string_view json, std::string_view name) {
  std::string mark = fmt::format("\"{}\": \"", name);
  std::size_t at = json.find(mark);
  if (at == std::string_view::npos) {
    mark = fmt::format("\"{}\":\"", name);
    at = json.find(mark);
  }
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + mark.size());
  return std::string(json.substr(0, json.find('"')));
}

bool mentions(const response& answer, std::string_view text) {
  return answer.body().find(text) != std::string::npos;
}

}  // namespace gemkeeper::test
