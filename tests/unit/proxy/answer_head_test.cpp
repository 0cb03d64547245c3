#include "exchange/answer_head.hpp"

#include "message.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::proxy;
using namespace gemkeeper;

namespace {

answer_marks some_marks() {
  answer_marks marks;
  marks.request_id = "0123456789abcdef";
  marks.key_id = "aabbccddeeff";
  marks.attempts = 2;
  return marks;
}

constexpr std::string_view marked =
    "x-gemkeeper-request-id: 0123456789abcdef\r\nx-gemkeeper-key: aabbccddeeff\r\n"
    "x-gemkeeper-attempts: 2\r\n";

std::string passed(const std::string& text, body_form form = body_form::as_framed,
                   std::optional<std::uint64_t> length = std::nullopt) {
  const test::response head(text);
  std::string out;
  append_answer_head(out, *head, form, length, some_marks());
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answer_heads)

BOOST_AUTO_TEST_CASE(an_answer_keeps_order_case_and_unknown_fields) {
  BOOST_TEST(passed("HTTP/1.1 200 Alright\r\ncontent-TYPE: a/b\r\nX-Unknown:  1\r\nX-Unknown: 2\r\n"
                    "Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 3\r\n\r\n") ==
             "HTTP/1.1 200 Alright\r\ncontent-TYPE: a/b\r\nX-Unknown: 1\r\nX-Unknown: 2\r\n"
             "Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 3\r\n" +
                 std::string(marked) + "\r\n");
}

BOOST_AUTO_TEST_CASE(the_version_is_ours) {
  BOOST_TEST(passed("HTTP/1.0 204\r\n\r\n") == "HTTP/1.1 204 \r\n" + std::string(marked) + "\r\n");
}

struct form_case {
  body_form form;
  std::optional<std::uint64_t> length;
  std::string_view fields, passed;
};

constexpr form_case form_cases[] = {
    {body_form::as_framed, std::nullopt, "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n",
     "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n"},
    {body_form::as_framed, std::nullopt, "Content-Length: 5\r\n", "Content-Length: 5\r\n"},
    {body_form::until_close, std::nullopt, "A: b\r\nTransfer-Encoding: chunked\r\nC: d\r\n",
     "A: b\r\nC: d\r\n"},
    {body_form::whole, 7, "A: b\r\nTransfer-Encoding: chunked\r\n",
     "A: b\r\nContent-Length: 7\r\n"},
    {body_form::whole, 7, "content-length: 5\r\nA: b\r\n", "A: b\r\nContent-Length: 7\r\n"},
    // Of the upstream's connection, or of its host's other ports.
    {body_form::as_framed, std::nullopt,
     "Connection: close, X-Hop\r\nKeep-Alive: 1\r\nX-Hop: 1\r\nAlt-Svc: h3=\":443\"\r\nA: b\r\n",
     "A: b\r\n"},
    {body_form::as_framed, std::nullopt, "Upgrade: h2c\r\nProxy-Authenticate: x\r\n", ""},
};

BOOST_AUTO_TEST_CASE(the_framing_is_passed_or_replaced) {
  for (const form_case& c : form_cases) {
    const std::string text = "HTTP/1.1 200 OK\r\n" + std::string(c.fields) + "\r\n";
    BOOST_TEST(passed(text, c.form, c.length) ==
               "HTTP/1.1 200 OK\r\n" + std::string(c.passed) + std::string(marked) + "\r\n");
  }
}

BOOST_AUTO_TEST_CASE(what_becomes_of_the_connection_is_said) {
  const test::response head("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  struct {
    connection_note note;
    std::string_view field;
  } const cases[] = {
      {connection_note::none, ""},
      {connection_note::close, "Connection: close\r\n"},
      {connection_note::keep_alive, "Connection: keep-alive\r\n"},
  };
  for (const auto& c : cases) {
    answer_marks marks = some_marks();
    marks.connection = c.note;
    std::string out;
    append_answer_head(out, *head, body_form::as_framed, std::nullopt, marks);
    BOOST_TEST(out == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + std::string(marked) +
                          std::string(c.field) + "\r\n");
  }
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_key_names_none) {
  const test::response head("HTTP/1.1 200 OK\r\n\r\n");
  answer_marks marks = some_marks();
  marks.key_id = {};
  std::string out;
  append_answer_head(out, *head, body_form::as_framed, std::nullopt, marks);
  BOOST_TEST(out.find("x-gemkeeper-key") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_own_answer_is_a_whole_message_in_googles_shape) {
  gemini::own_error error;
  error.http_status = 429;
  error.status = "RESOURCE_EXHAUSTED";
  error.reason = "ALL_KEYS_COOLING";
  error.message = "later";
  error.retry_after = std::chrono::milliseconds(1500);
  std::string out;
  append_own_answer(out, error, gemini::api_family::native, with_body::yes, some_marks());
  const std::size_t end = out.find("\r\n\r\n");
  BOOST_REQUIRE(end != std::string::npos);
  const std::string head = out.substr(0, end + 2);
  const std::string body = out.substr(end + 4);
  BOOST_TEST(head.starts_with("HTTP/1.1 429 Too Many Requests\r\nDate: "));
  BOOST_TEST(head.find(" GMT\r\n") != std::string::npos);
  BOOST_TEST(head.find("Content-Type: application/json; charset=UTF-8\r\n") != std::string::npos);
  BOOST_TEST(head.find("Content-Length: " + std::to_string(body.size()) + "\r\n") !=
             std::string::npos);
  BOOST_TEST(head.find("Retry-After: 2\r\n") != std::string::npos);
  BOOST_TEST(head.find(marked) != std::string::npos);
  BOOST_TEST(body == gemini::render_error(error, gemini::api_family::native));
}

BOOST_AUTO_TEST_CASE(an_own_answer_to_head_has_the_same_head_and_no_body) {
  gemini::own_error error;
  error.http_status = 405;
  error.status = "INVALID_ARGUMENT";
  error.reason = "METHOD_NOT_ALLOWED";
  std::string with, without;
  append_own_answer(with, error, gemini::api_family::native, with_body::yes, some_marks());
  append_own_answer(without, error, gemini::api_family::native, with_body::no, some_marks());
  BOOST_TEST(without.ends_with("\r\n\r\n"));
  BOOST_TEST(with.find("\r\nAllow: GET, ") != std::string::npos);
  BOOST_TEST(with.substr(with.find("Content-Length"), 20) ==
             without.substr(without.find("Content-Length"), 20));
}

BOOST_AUTO_TEST_SUITE_END()
