#include "exchange/forwarded_fields.hpp"

#include "message.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::proxy;

namespace {

// Names of the fields of `head` that pass, in order.
std::string passed(const http::request_head& head) {
  const forwarded_fields forwarded(head);
  std::string names;
  for (const http::field& f : head.fields) {
    if (forwarded.passes(f.name)) (names += f.name) += ' ';
  }
  return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fields_passed_on)

struct field_case {
  std::string fields, passed;
};

const field_case cases[] = {
    {"Host: a\r\nX-A: 1\r\nx-b: 2\r\n", "Host X-A x-b "},
    {"Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nX-A: 1\r\n", "X-A "},
    {"TE: trailers\r\nUpgrade: h2c\r\nProxy-Connection: x\r\nTransfer-Encoding: chunked\r\n", ""},
    {"Proxy-Authorization: x\r\nProxy-Authenticate: y\r\nX-A: 1\r\n", "X-A "},
    // What Connection nominates goes too: any case, any place, any of several fields.
    {"Connection: x-a\r\nX-A: 1\r\nX-B: 2\r\n", "X-B "},
    {"X-A: 1\r\nX-B: 2\r\nConnection: close, X-A\r\n", "X-B "},
    {"Connection: close\r\nConnection: x-A , x-C\r\nX-A: 1\r\nX-B: 2\r\nX-C: 3\r\n", "X-B "},
    {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nX-B: 2\r\n",
     "X-B "},
    {"Connection: x-ab\r\nX-A: 1\r\n", "X-A "},
    {"Connection:\r\nX-A: 1\r\n", "X-A "},
    {"Connection: ,,\r\nX-A: 1\r\n", "X-A "},
};

BOOST_AUTO_TEST_CASE(fields_of_the_connection_and_those_it_nominates_stay_behind) {
  for (const field_case& c : cases) {
    const test::request head("GET / HTTP/1.1\r\n" + c.fields + "\r\n");
    BOOST_TEST(passed(*head) == c.passed, c.fields);
  }
}

BOOST_AUTO_TEST_CASE(a_field_is_written_with_its_name_as_it_came) {
  std::string out = "before ";
  append_field(out, {"x-ODD-case", "value: with, all"});
  append_field(out, {"Empty", ""});
  BOOST_TEST(out == "before x-ODD-case: value: with, all\r\nEmpty: \r\n");
}

BOOST_AUTO_TEST_SUITE_END()
