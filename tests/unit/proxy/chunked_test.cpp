#include "http/chunked.hpp"

#include "message.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>

using namespace gemkeeper::proxy;
using namespace std::string_literals;
using state = http::chunked_reader::state;

namespace gemkeeper::proxy::http {
std::ostream& operator<<(std::ostream& out, chunked_reader::state s) {
  constexpr std::string_view names[] = {"more", "done", "bad"};
  return out << names[static_cast<unsigned>(s)];
}
}  // namespace gemkeeper::proxy::http

namespace {

struct reading {
  state status = state::more;
  std::size_t used = 0;
  std::string content;
  bool empty_piece = false;
};

reading read(const std::vector<std::string_view>& pieces) {
  http::chunked_reader reader;
  reading result;
  for (const std::string_view piece : pieces) {
    result.used += reader.feed(piece, [&](std::string_view data) {
      result.content += data;
      result.empty_piece = result.empty_piece || data.empty();
    });
    if (reader.status() != state::more) break;
  }
  result.status = reader.status();
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chunked)

struct whole_body {
  std::string text, content;
  std::string behind{};  // what is not the body's any more
};

const whole_body whole_bodies[] = {
    {"0\r\n\r\n", ""},
    {"5\r\nhello\r\n0\r\n\r\n", "hello"},
    {"5\r\nhello\r\n0\r\n\r\n", "hello", "GET / HTTP/1.1\r\n"},
    {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
    {"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"},
    {"00005\r\nhello\r\n000\r\n\r\n", "hello"},
    {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"},
    {"7\r\n0\r\n\r\n0\r\r\n0\r\n\r\n", "0\r\n\r\n0\r"},
    {"3\r\n\0\xff\n\r\n0\r\n\r\n"s, "\0\xff\n"s},
    // Extensions are read over, quoted or not.
    {"5;a=b\r\nhello\r\n0;last\r\n\r\n", "hello"},
    {"5;a=\"b;c\\\"\"\r\nhello\r\n0\r\n\r\n", "hello"},
    {"5;\tx\r\nhello\r\n0\r\n\r\n", "hello"},
    // Trailers that tell nothing of framing, routing or identity.
    {"0\r\nX-Checksum: abc\r\n\r\n", ""},
    {"1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", "x"},
};

BOOST_AUTO_TEST_CASE(a_body_is_read_to_its_end_however_its_bytes_arrive) {
  for (const whole_body& c : whole_bodies) {
    const std::string text = c.text + c.behind;
    for (const auto& pieces : test::every_cut(text)) {
      const reading got = read(pieces);
      BOOST_TEST_INFO(c.text << " in " << pieces.size() << " pieces");
      BOOST_TEST(got.status == state::done);
      BOOST_TEST(got.used == c.text.size());
      BOOST_TEST(got.content == c.content);
      BOOST_TEST(!got.empty_piece);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_without_its_end_is_not_done) {
  const std::string text = "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const reading got = read({std::string_view(text).substr(0, size)});
    BOOST_TEST(got.status == state::more);
    BOOST_TEST(got.used == size);
  }
}

struct broken_body {
  std::string fine;  // what comes before the first byte that is wrong
  std::string rest;
};

const broken_body broken_bodies[] = {
    // The size.
    {"", "\r\n"},
    {"", "x\r\n"},
    {"", " 5\r\n"},
    {"", "+5\r\n"},
    {"", "-5\r\n"},
    {"0", "x5\r\n"},
    {"5", " \r\nhello"},
    {"5", "\t;a\r\nhello"},
    {"5", ",5\r\nhello"},
    {"5", "\nhello"},
    {"5\r", "hello"},
    {"5\r", "\r\nhello"},
    {"100000000000", "1\r\n"},
    {"ffffffffffff", "ffff\r\n"},
    {"000", "g\r\n"},
    // The extension: no line may end inside a quoted string.
    {"5;a=\"", "\n\"\r\nhello"},
    {"5;a", "\nhello"},
    {"5;a\r", "b\r\nhello"},
    {"5;a", "\0\r\nhello"s},
    {"5;a", "\x7f\r\nhello"},
    // After the data.
    {"5\r\nhello", "x"},
    {"5\r\nhello", "0\r\n\r\n"},
    {"5\r\nhello", "\n0\r\n\r\n"},
    {"5\r\nhello\r", "0"},
    {"5\r\nhello\r\n", "\r\n"},
    // Trailers.
    {"0\r\n", "\n"},
    {"0\r\n\r", "x"},
    {"0\r\nA: b", "\nC: d\r\n\r\n"},
    {"0\r\nA: b\r", "C: d\r\n\r\n"},
    {"0\r\nA b\r", "\n"},
    {"0\r\nA : b\r", "\n"},
    {"0\r\n: b\r", "\n"},
    {"0\r\nA: b\r\n folded\r", "\n"},
    {"0\r\nA: \0\r"s, "\n"},
    {"0\r\nA: \x7f\r", "\n"},
    {"0\r\nHost: evil\r", "\n"},
    {"0\r\nx-goog-api-key: mine\r", "\n"},
    {"0\r\nX-Goog-Api-Key: mine\r", "\n"},
    {"0\r\nAuthorization: Bearer mine\r", "\n"},
    {"0\r\nCookie: a=b\r", "\n"},
    {"0\r\nContent-Length: 5\r", "\n"},
    {"0\r\nTransfer-Encoding: chunked\r", "\n"},
    {"0\r\nContent-Type: text/html\r", "\n"},
    {"0\r\nContent-Encoding: gzip\r", "\n"},
    {"0\r\nConnection: close\r", "\n"},
    {"0\r\nUpgrade: websocket\r", "\n"},
    {"0\r\nExpect: 100-continue\r", "\n"},
    {"0\r\nTE: trailers\r", "\n"},
};

BOOST_AUTO_TEST_CASE(a_broken_body_is_refused_at_its_first_wrong_byte) {
  for (const broken_body& c : broken_bodies) {
    const std::string text = c.fine + c.rest;
    for (const auto& pieces : test::every_cut(text)) {
      const reading got = read(pieces);
      BOOST_TEST_INFO(text << " in " << pieces.size() << " pieces");
      BOOST_TEST(got.status == state::bad);
      BOOST_TEST(got.used == c.fine.size());
    }
  }
}

BOOST_AUTO_TEST_CASE(size_lines_and_trailers_are_bounded) {
  const std::string long_zeros = std::string(2000, '0') + "5\r\nhello\r\n0\r\n\r\n";
  const std::string long_extension = "5;" + std::string(2000, 'x') + "\r\nhello\r\n0\r\n\r\n";
  const std::string long_trailer = "0\r\nA: " + std::string(9000, 'x') + "\r\n\r\n";
  std::string many_trailers = "0\r\n";
  for (int i = 0; i < 3000; ++i)
    many_trailers += "a: b\r\n";
  many_trailers += "\r\n";
  for (const std::string& text : {long_zeros, long_extension, long_trailer, many_trailers}) {
    BOOST_TEST(read({text}).status == state::bad);
  }
  // Each line by itself, not all of them together.
  std::string many_chunks;
  for (int i = 0; i < 100; ++i)
    many_chunks += "1;" + std::string(1000, 'x') + "\r\ny\r\n";
  many_chunks += "0\r\nA: " + std::string(8000, 'x') + "\r\n\r\n";
  BOOST_TEST(read({many_chunks}).status == state::done);
}

BOOST_AUTO_TEST_CASE(what_is_announced_counts_before_it_is_there) {
  http::chunked_reader reader;
  const auto ignore = [](std::string_view) {};
  reader.feed("10000000\r\nx", ignore);
  BOOST_TEST(reader.content_bytes() == 0x10000000U);
  reader.reset();
  BOOST_TEST(reader.content_bytes() == 0U);
  reader.feed("3\r\nabc\r\n2\r\n", ignore);
  BOOST_TEST(reader.content_bytes() == 5U);
}

BOOST_AUTO_TEST_CASE(nothing_is_read_after_the_end_or_a_mistake) {
  http::chunked_reader reader;
  const auto never = [](std::string_view) { BOOST_ERROR("content"); };
  BOOST_TEST(reader.feed("0\r\n\r\n", never) == 5U);
  BOOST_TEST(reader.feed("1\r\nx\r\n", never) == 0U);
  reader.reset();
  BOOST_TEST(reader.feed("zz", never) == 0U);
  BOOST_TEST(reader.feed("1\r\nx\r\n", never) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
