#include "http/body_reader.hpp"

#include "message.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::proxy;
using http::body_kind;
using http::body_reader;

namespace {

http::framing framed(body_kind kind, std::uint64_t length = 0) {
  http::framing how;
  how.body = kind;
  how.length = length;
  return how;
}

struct reading {
  std::string content;
  std::size_t used = 0;
};

reading read(body_reader& reader, const std::vector<std::string_view>& pieces) {
  reading result;
  for (const std::string_view piece : pieces) {
    result.used += reader.feed(piece, [&](std::string_view data) { result.content += data; });
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(body)

struct body_case {
  http::framing how;
  std::string text, content, behind;
};

const body_case bodies[] = {
    {framed(body_kind::none), "", "", "GET / HTTP/1.1\r\n"},
    {framed(body_kind::length, 5), "hello", "hello", "GET / HTTP/1.1\r\n"},
    {framed(body_kind::length, 5), "hello", "hello", ""},
    {framed(body_kind::chunked), "5\r\nhello\r\n0\r\n\r\n", "hello", "GET / HTTP/1.1\r\n"},
    {framed(body_kind::chunked), "0\r\n\r\n", "", "0\r\n\r\n"},
};

BOOST_AUTO_TEST_CASE(a_body_ends_where_its_framing_says) {
  for (const body_case& c : bodies) {
    const std::string text = c.text + c.behind;
    for (const auto& pieces : test::every_cut(text)) {
      body_reader reader;
      reader.start(c.how);
      const reading got = read(reader, pieces);
      BOOST_TEST(reader.done());
      BOOST_TEST(got.used == c.text.size());
      BOOST_TEST(got.content == c.content);
      BOOST_TEST(reader.content_bytes() == c.content.size());
      BOOST_TEST(reader.finish());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_that_ends_with_the_connection_is_done_by_its_end_only) {
  body_reader reader;
  reader.start(framed(body_kind::until_close));
  BOOST_TEST(read(reader, {"a", "", "b"}).content == "ab");
  BOOST_TEST(!reader.done());
  BOOST_TEST(reader.finish());
  BOOST_TEST(reader.done());
}

BOOST_AUTO_TEST_CASE(a_body_cut_short_does_not_finish) {
  body_reader reader;
  reader.start(framed(body_kind::length, 5));
  read(reader, {"hell"});
  BOOST_TEST(!reader.finish());
  reader.start(framed(body_kind::chunked));
  read(reader, {"5\r\nhello\r\n0\r\n"});
  BOOST_TEST(!reader.finish());
}

BOOST_AUTO_TEST_CASE(a_bad_body_does_not_finish) {
  body_reader reader;
  reader.start(framed(body_kind::chunked));
  BOOST_TEST(read(reader, {"5\r\nhello!", "\r\n"}).used == 8U);
  BOOST_TEST((reader.status() == body_reader::state::bad));
  BOOST_TEST(!reader.finish());
}

BOOST_AUTO_TEST_CASE(what_is_announced_is_known_before_it_arrives) {
  body_reader reader;
  reader.start(framed(body_kind::length, 1'000'000'000'000));
  read(reader, {"abc"});
  BOOST_TEST(reader.content_bytes() == 3U);
  BOOST_TEST(reader.announced_bytes() == 1'000'000'000'000U);
  reader.start(framed(body_kind::chunked));
  read(reader, {"1\r\na\r\nffff\r\nb"});
  BOOST_TEST(reader.content_bytes() == 2U);
  BOOST_TEST(reader.announced_bytes() == 0x10000U);
}

BOOST_AUTO_TEST_CASE(a_reader_starts_anew) {
  body_reader reader;
  reader.start(framed(body_kind::chunked));
  read(reader, {"zz"});
  reader.start(framed(body_kind::chunked));
  BOOST_TEST(read(reader, {"1\r\na\r\n0\r\n\r\n"}).content == "a");
  BOOST_TEST(reader.done());
}

BOOST_AUTO_TEST_SUITE_END()
