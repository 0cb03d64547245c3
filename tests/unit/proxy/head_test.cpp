#include "http/head.hpp"

#include "message.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::proxy;
using namespace std::string_literals;
using http::head_limits;
using http::head_status;

namespace {

// As a connection does: all that has come since the head began, again and again.
head_status scan_in_pieces(const std::vector<std::string_view>& pieces, const head_limits& limits,
                           std::size_t& size) {
  http::head_scanner scanner;
  std::string have;
  head_status status = head_status::incomplete;
  for (const std::string_view piece : pieces) {
    have += piece;
    status = scanner.scan(have, limits);
    if (status != head_status::incomplete) break;
  }
  size = scanner.size();
  return status;
}

template <class Head, class Parse>
head_status read_head(std::string_view text, Head& out, Parse parse) {
  http::head_scanner scanner;
  const head_status status = scanner.scan(text, {});
  return status == head_status::complete ? parse(text.substr(0, scanner.size()), {}, out) : status;
}

head_status read_request(std::string_view text, http::request_head& out) {
  return read_head(text, out, http::parse_request);
}

head_status read_response(std::string_view text, http::response_head& out) {
  return read_head(text, out, http::parse_response);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(head)

struct scan_case {
  std::string text;
  head_status expected;
  std::size_t size = 0;  // of the head, where there is one
};

const scan_case scan_cases[] = {
    {"", head_status::incomplete},
    {"G", head_status::incomplete},
    {"GET / HTTP/1.1\r", head_status::incomplete},
    {"GET / HTTP/1.1\r\n", head_status::incomplete},
    {"GET / HTTP/1.1\r\nA: b\r\n\r", head_status::incomplete},
    {"GET / HTTP/1.1\r\n\r\n", head_status::complete, 18},
    {"GET / HTTP/1.1\r\nA: b\r\n\r\n", head_status::complete, 24},
    {"GET / HTTP/1.1\r\nA: b\r\n\r\nGET / HTTP/1.1\r\n\r\n", head_status::complete, 24},
    // Bare LF: wherever it stands, some reader takes it for the end of a line, and some do not.
    {"\n", head_status::malformed},
    {"GET / HTTP/1.1\n\n", head_status::malformed},
    {"GET / HTTP/1.1\r\nA: b\n\r\n", head_status::malformed},
    {"GET / HTTP/1.1\r\nA: b\r\n\n", head_status::malformed},
    {"GET / HTTP/1.1\r\nA: b\nB: c\r\n\r\n", head_status::malformed},
    // The caller takes empty lines off before a request.
    {"\r\nGET / HTTP/1.1\r\n\r\n", head_status::malformed},
    // Against limits of 64 bytes and 3 fields.
    {"GET /" + std::string(43, 'x') + " HTTP/1.1\r\n\r\n", head_status::complete, 61},
    {"GET /" + std::string(46, 'x') + " HTTP/1.1\r\n\r\n", head_status::complete, 64},
    {"GET /" + std::string(47, 'x') + " HTTP/1.1\r\n\r\n", head_status::too_large},
    {"GET /" + std::string(48, 'x') + " HTTP/1.1\r\n\r\n", head_status::too_large},
    {"GET /" + std::string(50, 'x') + " HTTP/1.1\r\n\r\n", head_status::target_too_long},
    {"GET /" + std::string(90, 'x') + " HTTP/1.1\r\n\r\n", head_status::target_too_long},
    {"GET /" + std::string(90, 'x'), head_status::target_too_long},
    {"GET /" + std::string(90, 'x') + "\n", head_status::target_too_long},
    {"GET / HTTP/1.1\r\nA: " + std::string(60, 'x') + "\r\n\r\n", head_status::too_large},
    {"GET / HTTP/1.1\r\nA: " + std::string(60, 'x'), head_status::too_large},
    {"GET / HTTP/1.1\r\na:\r\na:\r\na:\r\n\r\n", head_status::complete, 30},
    {"GET / HTTP/1.1\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n", head_status::too_large},
};

BOOST_AUTO_TEST_CASE(the_end_of_a_head_is_found_however_its_bytes_arrive) {
  for (const scan_case& c : scan_cases) {
    for (const auto& pieces : test::every_cut(c.text)) {
      std::size_t size = 0;
      BOOST_TEST_INFO(c.text << " in " << pieces.size() << " pieces");
      BOOST_TEST(scan_in_pieces(pieces, {64, 3}, size) == c.expected);
      if (c.expected == head_status::complete) BOOST_TEST(size == c.size);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_scanner_that_was_reset_reads_the_next_head) {
  http::head_scanner scanner;
  const std::string_view one = "GET /1 HTTP/1.1\r\n\r\n";
  const std::string_view two = "GET /22 HTTP/1.1\r\nA: b\r\n\r\n";
  BOOST_TEST(scanner.scan(one, {}) == head_status::complete);
  scanner.reset();
  BOOST_TEST(scanner.scan(two, {}) == head_status::complete);
  BOOST_TEST(scanner.size() == two.size());
}

BOOST_AUTO_TEST_CASE(a_request_keeps_its_fields_in_their_order_and_case) {
  const test::request head(
      "POST /v1beta/models/x:y?a=b HTTP/1.1\r\nHost: a\r\nx-LOWER-Upper:  spaced\t \r\n"
      "Empty:\r\nEight: \xc3\xa9\r\nHost: b\r\n\r\n");
  BOOST_TEST(head->method == "POST");
  BOOST_TEST(head->target == "/v1beta/models/x:y?a=b");
  BOOST_TEST(head->minor_version == 1);
  BOOST_REQUIRE(head->fields.size() == 5U);
  BOOST_TEST(head->fields[1].name == "x-LOWER-Upper");
  BOOST_TEST(head->fields[1].value == "spaced");
  BOOST_TEST(head->fields[2].value == "");
  BOOST_TEST(head->fields[3].value == "\xc3\xa9");
  BOOST_TEST(head->find("hOST")->value == "a");
  BOOST_TEST(head->find("Absent") == nullptr);
}

struct refused {
  std::string text;
  head_status expected = head_status::malformed;
};

const refused refused_requests[] = {
    // The request line (RFC 9112, section 3).
    {"GET\r\n\r\n"},
    {"GET /\r\n\r\n"},  // HTTP/0.9
    {" GET / HTTP/1.1\r\n\r\n"},
    {"GET  / HTTP/1.1\r\n\r\n"},
    {"GET /  HTTP/1.1\r\n\r\n"},
    {"GET / HTTP/1.1 \r\n\r\n"},
    {"GET / / HTTP/1.1\r\n\r\n"},
    {"GET\t/\tHTTP/1.1\r\n\r\n"},
    {"GET / HTTP/1.1\rX: y\r\n\r\n"},
    {"G\0T / HTTP/1.1\r\n\r\n"s},
    {"G(T / HTTP/1.1\r\n\r\n"},
    {"\"GET\" / HTTP/1.1\r\n\r\n"},
    {std::string(33, 'M') + " / HTTP/1.1\r\n\r\n"},
    // The target: no fragment, no 8-bit bytes, no controls, nothing RFC 3986 does not know.
    {"GET /a#b HTTP/1.1\r\n\r\n"},
    {"GET /\xc3\xa9 HTTP/1.1\r\n\r\n"},
    {"GET /\x7f HTTP/1.1\r\n\r\n"},
    {"GET /\0 HTTP/1.1\r\n\r\n"s},
    {"GET /a\rb HTTP/1.1\r\n\r\n"},
    {"GET /\"a\" HTTP/1.1\r\n\r\n"},
    {"GET /<a> HTTP/1.1\r\n\r\n"},
    {"GET /{a} HTTP/1.1\r\n\r\n"},
    {"GET /a|b HTTP/1.1\r\n\r\n"},
    {"GET /a\\b HTTP/1.1\r\n\r\n"},
    {"GET /a^b HTTP/1.1\r\n\r\n"},
    // The version.
    {"GET / HTTP/1.2\r\n\r\n", head_status::unsupported_version},
    {"GET / HTTP/2.0\r\n\r\n", head_status::unsupported_version},
    {"GET / HTTP/0.9\r\n\r\n", head_status::unsupported_version},
    {"PRI * HTTP/2.0\r\n\r\n", head_status::unsupported_version},
    {"GET / HTTP/2\r\n\r\n"},
    {"GET / http/1.1\r\n\r\n"},
    {"GET / HTTP/1.10\r\n\r\n"},
    {"GET / HTTP/01.1\r\n\r\n"},
    {"GET / HTTPS/1.1\r\n\r\n"},
    {"GET / ICY\r\n\r\n"},
    // Fields (RFC 9112, section 5).
    {"GET / HTTP/1.1\r\nA : b\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA\t: b\r\n\r\n"},
    {"GET / HTTP/1.1\r\n: b\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA b: c\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA\xc3\xa9: c\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA(: c\r\n\r\n"},
    {"GET / HTTP/1.1\r\n A: b\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA: b\r\n\tfolded\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA: b\r\n \r\n\r\n"},
    {"GET / HTTP/1.1\r\nA: b\rB: c\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA: b\r\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA: \0\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nA\0: b\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nA: b\x01\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA: b\x0b\r\n\r\n"},
    {"GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n"},
    {"GET / HTTP/1.1\r\n\r\r\n\r\n"},
};

BOOST_AUTO_TEST_CASE(a_request_that_could_be_read_in_two_ways_is_refused) {
  for (const refused& c : refused_requests) {
    http::request_head head;
    BOOST_TEST(read_request(c.text, head) == c.expected, c.text);
    BOOST_TEST(!head.problem.empty(), "no problem is named for " << c.text);
  }
}

BOOST_AUTO_TEST_CASE(unusual_but_clear_requests_are_read) {
  for (const std::string text : {
           "M-SEARCH * HTTP/1.1\r\n\r\n",
           "GET http://host/path?x=[1]&y=%00 HTTP/1.0\r\n\r\n",
           "CONNECT host:443 HTTP/1.1\r\n\r\n",
           "GET //ws/a.b/c:d?x='()*!$,;=@~ HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\n!#$%&'*+-.^_`|~09azAZ: token\r\n\r\n",
           "GET / HTTP/1.1\r\nA::b:c\r\n\r\n",
           "GET / HTTP/1.1\r\nA:\t\r\n\r\n",
       }) {
    http::request_head head;
    BOOST_TEST(read_request(text, head) == head_status::complete, text << head.problem);
  }
}

BOOST_AUTO_TEST_CASE(a_head_with_more_fields_than_allowed_is_too_large) {
  std::string text = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 4; ++i)
    text += "a: b\r\n";
  text += "\r\n";
  http::request_head head;
  BOOST_TEST(http::parse_request(text, {1024, 4}, head) == head_status::complete);
  BOOST_TEST(http::parse_request(text, {1024, 3}, head) == head_status::too_large);
}

// A connection reads all its requests into one object, and the bytes of the last one are gone.
BOOST_AUTO_TEST_CASE(a_refused_request_keeps_nothing_of_the_one_before) {
  for (const refused& c : refused_requests) {
    http::request_head head;
    {
      const std::string before = "HEAD /before HTTP/1.0\r\nBefore: yes\r\n\r\n";
      BOOST_TEST(http::parse_request(before, {}, head) == head_status::complete);
    }
    read_request(c.text, head);
    BOOST_TEST(head.method != "HEAD", c.text);
    BOOST_TEST(head.target != "/before", c.text);
    BOOST_TEST(head.find("Before") == nullptr, c.text);
    BOOST_TEST(head.minor_version == 1, c.text);
  }
}

BOOST_AUTO_TEST_CASE(a_response_is_read_with_or_without_a_reason) {
  struct {
    std::string text;
    int status, minor;
    std::string reason;
  } const cases[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", 200, 1, "OK"},
      {"HTTP/1.1 404 Not  Found \r\n\r\n", 404, 1, "Not  Found "},
      {"HTTP/1.1 200 \r\n\r\n", 200, 1, ""},
      {"HTTP/1.1 200\r\n\r\n", 200, 1, ""},
      {"HTTP/1.0 100 Continue\r\n\r\n", 100, 0, "Continue"},
      {"HTTP/1.1 599 \xe2\x98\x83\r\n\r\n", 599, 1, "\xe2\x98\x83"},
  };
  for (const auto& c : cases) {
    const test::response head(c.text);
    BOOST_TEST(head->status == c.status);
    BOOST_TEST(head->minor_version == c.minor);
    BOOST_TEST(head->reason == c.reason);
  }
}

const refused refused_responses[] = {
    {"HTTP/1.1\r\n\r\n"},
    {"HTTP/1.1 \r\n\r\n"},
    {"HTTP/1.1 20\r\n\r\n"},
    {"HTTP/1.1 20 OK\r\n\r\n"},
    {"HTTP/1.1 2000 OK\r\n\r\n"},
    {"HTTP/1.1 200OK\r\n\r\n"},
    {"HTTP/1.1  200 OK\r\n\r\n"},
    {"HTTP/1.1\t200 OK\r\n\r\n"},
    {"HTTP/1.1 +20 OK\r\n\r\n"},
    {"HTTP/1.1 0x1 OK\r\n\r\n"},
    {"HTTP/1.1 099 OK\r\n\r\n"},
    {"HTTP/1.1 000 OK\r\n\r\n"},
    {"HTTP/1.1 600 OK\r\n\r\n"},
    {"HTTP/1.1 999 OK\r\n\r\n"},
    {"HTTP/1.1 200 a\rb\r\n\r\n"},
    {"HTTP/1.1 200 a\0b\r\n\r\n"s},
    {"HTTP/2.0 200 OK\r\n\r\n", head_status::unsupported_version},
    {"HTTP/1.2 200 OK\r\n\r\n", head_status::unsupported_version},
    {"ICY 200 OK\r\n\r\n"},
    {"GET / HTTP/1.1\r\n\r\n"},
    {"200 OK\r\n\r\n"},
    {"HTTP/1.1 200 OK\r\nA : b\r\n\r\n"},
    {"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n"},
    {"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n"},
    {"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"s},
};

BOOST_AUTO_TEST_CASE(a_malformed_response_is_refused) {
  for (const refused& c : refused_responses) {
    http::response_head head;
    BOOST_TEST(read_response(c.text, head) == c.expected, c.text);
  }
}

BOOST_AUTO_TEST_CASE(a_list_is_read_element_by_element) {
  struct {
    std::string_view list, expected;
  } const cases[] = {
      {"", ""},
      {",", ""},
      {"a", "a|"},
      {"a,b", "a|b|"},
      {" a , b", "a|b|"},
      {"a,,b,", "a|b|"},
      {"\ta\t,\t\t,b\t", "a|b|"},
      {"a b,c", "a b|c|"},
  };
  for (const auto& c : cases) {
    std::string seen;
    http::for_each_element(c.list, [&](std::string_view e) { (seen += e) += '|'; });
    BOOST_TEST(seen == c.expected, c.list);
  }
}

BOOST_AUTO_TEST_SUITE_END()
