#include "http/framing.hpp"

#include "message.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::proxy;
using http::answers_head;
using http::body_kind;

namespace gemkeeper::proxy::http {
std::ostream& operator<<(std::ostream& out, body_kind kind) {
  constexpr std::string_view names[] = {"none", "length", "chunked", "until_close"};
  return out << names[static_cast<unsigned>(kind)];
}
}  // namespace gemkeeper::proxy::http

namespace {

std::string request_with(std::string_view fields, std::string_view version = "1.1") {
  return "POST / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(framing)

BOOST_AUTO_TEST_CASE(ambiguous_requests_are_refused) {
  const std::string refused[] = {
      // Transfer-Encoding: one plain "chunked" or nothing.
      request_with("Transfer-Encoding: gzip\r\n"),
      request_with("Transfer-Encoding: gzip, chunked\r\n"),
      request_with("Transfer-Encoding: chunked, gzip\r\n"),
      request_with("Transfer-Encoding: chunked, chunked\r\n"),
      request_with("Transfer-Encoding: chunked,\r\n"),
      request_with("Transfer-Encoding: ,chunked\r\n"),
      request_with("Transfer-Encoding: xchunked\r\n"),
      request_with("Transfer-Encoding: chunkedx\r\n"),
      request_with("Transfer-Encoding: \"chunked\"\r\n"),
      request_with("Transfer-Encoding: 'chunked'\r\n"),
      request_with("Transfer-Encoding: chunked;q=1\r\n"),
      request_with("Transfer-Encoding: chunked \x80\r\n"),
      request_with("Transfer-Encoding:\r\n"),
      request_with("Transfer-Encoding: identity\r\n"),
      request_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
      request_with("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
      request_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
      request_with("Transfer-Encoding: chunked\r\n", "1.0"),
      // Both, in either order.
      request_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
      request_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
      request_with("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
      request_with("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n"),
      // Content-Length: once, digits.
      request_with("Content-Length: 5\r\nContent-Length: 6\r\n"),
      request_with("Content-Length: 5\r\nContent-Length: 5\r\n"),
      request_with("Content-Length: 5\r\ncontent-length: 5\r\n"),
      request_with("Content-Length: 5, 5\r\n"),
      request_with("Content-Length: 5,\r\n"),
      request_with("Content-Length:\r\n"),
      request_with("Content-Length: +5\r\n"),
      request_with("Content-Length: -5\r\n"),
      request_with("Content-Length: 0x5\r\n"),
      request_with("Content-Length: 5 5\r\n"),
      request_with("Content-Length: 5.0\r\n"),
      request_with("Content-Length: 1e3\r\n"),
      request_with("Content-Length: \"5\"\r\n"),
      request_with("Content-Length: five\r\n"),
      request_with("Content-Length: 18446744073709551616\r\n"),
      request_with("Content-Length: 18446744073709551621\r\n"),
      request_with("Content-Length: 1000000000000000000\r\n"),
      // Connection may not take framing or identity away from the next reader.
      request_with("Connection: content-length\r\nContent-Length: 5\r\n"),
      request_with("Connection: close, Content-Length\r\nContent-Length: 5\r\n"),
      request_with("Connection: close\r\nConnection: host\r\n"),
      request_with("Connection: Content-Type\r\n"),
      request_with("Connection: content-encoding\r\n"),
      // Exactly one Host.
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n",
  };
  for (const std::string& text : refused) {
    const test::request head(text);
    BOOST_TEST(!http::frame_request(*head).problem.empty(), text);
  }
}

struct request_case {
  std::string text;
  body_kind body = body_kind::none;
  std::uint64_t length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
};

const request_case requests[] = {
    {request_with("")},
    {request_with("Content-Length: 0\r\n")},
    {request_with("Content-Length: 5\r\n"), body_kind::length, 5},
    {request_with("content-LENGTH: 0005\r\n"), body_kind::length, 5},
    {request_with("Content-Length: 999999999999999999\r\n"), body_kind::length, 999999999999999999},
    {request_with("Transfer-Encoding: chunked\r\n"), body_kind::chunked},
    {request_with("transfer-encoding: CHUNKED\r\n"), body_kind::chunked},
    {request_with("Connection: close\r\n"), body_kind::none, 0, false},
    {request_with("Connection: x, CLOSE\r\n"), body_kind::none, 0, false},
    {request_with("Connection: keep-alive\r\nConnection: close\r\n"), body_kind::none, 0, false},
    {request_with("Connection: closed\r\n")},
    {request_with("", "1.0"), body_kind::none, 0, false},
    {request_with("Connection: Keep-Alive\r\n", "1.0")},
    {request_with("Connection: keep-alive, close\r\n", "1.0"), body_kind::none, 0, false},
    {"GET / HTTP/1.0\r\n\r\n", body_kind::none, 0, false},
    {request_with("Expect: 100-Continue\r\nContent-Length: 1\r\n"), body_kind::length, 1, true,
     true},
    {request_with("Expect: 100-continue\r\n", "1.0"), body_kind::none, 0, false, false},
    {request_with("Expect: something\r\n")},
};

BOOST_AUTO_TEST_CASE(clear_requests_are_framed) {
  for (const request_case& c : requests) {
    const test::request head(c.text);
    const http::framing result = http::frame_request(*head);
    BOOST_TEST_INFO(c.text);
    BOOST_TEST(result.problem == "");
    BOOST_TEST(result.body == c.body);
    BOOST_TEST(result.length == c.length);
    BOOST_TEST(result.keep_alive == c.keep_alive);
    BOOST_TEST(result.expects_continue == c.expects_continue);
  }
}

struct response_case {
  std::string text;
  answers_head to_head = answers_head::no;
  body_kind body = body_kind::none;
  std::uint64_t length = 0;
  bool keep_alive = true;
};

const response_case responses[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", answers_head::no, body_kind::length, 7},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", answers_head::no, body_kind::chunked},
    {"HTTP/1.1 200 OK\r\n\r\n", answers_head::no, body_kind::until_close, 0, false},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", answers_head::no, body_kind::until_close,
     0, false},
    {"HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n", answers_head::no, body_kind::length, 7, false},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 7\r\n\r\n", answers_head::no,
     body_kind::length, 7},
    {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\n", answers_head::no,
     body_kind::length, 7, false},
    // No body, whatever the fields say.
    {"HTTP/1.1 204 No Content\r\n\r\n"},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", answers_head::no, body_kind::none,
     7},
    {"HTTP/1.1 100 Continue\r\n\r\n"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", answers_head::yes, body_kind::none, 7},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", answers_head::yes},
    {"HTTP/1.1 200 OK\r\n\r\n", answers_head::yes},
};

BOOST_AUTO_TEST_CASE(responses_are_framed) {
  for (const response_case& c : responses) {
    const test::response head(c.text);
    const http::framing result = http::frame_response(*head, c.to_head);
    BOOST_TEST_INFO(c.text);
    BOOST_TEST(result.problem == "");
    BOOST_TEST(result.body == c.body);
    BOOST_TEST(result.length == c.length);
    BOOST_TEST(result.keep_alive == c.keep_alive);
  }
}

BOOST_AUTO_TEST_CASE(ambiguous_responses_are_refused) {
  for (const std::string text : {
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
           "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 5\r\n\r\n",
       }) {
    const test::response head(text);
    BOOST_TEST(!http::frame_response(*head, answers_head::no).problem.empty(), text);
  }
}

BOOST_AUTO_TEST_CASE(fields_of_one_connection_are_known) {
  for (const std::string_view name :
       {"Connection", "keep-alive", "PROXY-CONNECTION", "TE", "Transfer-Encoding", "Upgrade",
        "Proxy-Authenticate", "Proxy-Authorization"}) {
    BOOST_TEST(http::is_hop_by_hop(name), name);
  }
  for (const std::string_view name : {"Content-Length", "Host", "Trailer", "Via", "Te2", ""}) {
    BOOST_TEST(!http::is_hop_by_hop(name), name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
