#include "client.hpp"
#include <gemkeeper/gemini/content_decoder.hpp>
#include <gemkeeper/sandbox/server.hpp>

#include <boost/beast/http.hpp>
#include <boost/test/unit_test.hpp>

using namespace gemkeeper;
using namespace gemkeeper::sandbox;
using namespace gemkeeper::sandbox::test;

namespace {

std::string decoded(const response& answer) {
  gemini::content_decoder decoder(gemini::parse_content_coding(answer["Content-Encoding"]));
  std::string text;
  BOOST_TEST(decoder.feed(answer.body(), [&](std::string_view piece) { text += piece; }));
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compressed_answers)

BOOST_AUTO_TEST_CASE(the_wished_coding_is_used_where_the_client_accepts_it) {
  struct {
    compression wished;
    std::string accepted, used;
  } const cases[] = {
      {compression::gzip, "gzip, deflate", "gzip"},
      {compression::gzip, "gzip;q=0", ""},
      {compression::gzip, "", ""},
      {compression::gzip, "br", ""},
      {compression::brotli, "br, gzip", "br"},
      {compression::brotli, "gzip;q=0.5", "gzip"},
      {compression::none, "gzip, br", ""},
  };
  for (const auto& [wished, accepted, used] : cases) {
    scenario what;
    what.answer.coding = wished;
    server sandbox(what);
    client connection(sandbox.listen("127.0.0.1:0", transport::plain));
    fields headers = first_key;
    if (!accepted.empty()) headers.emplace_back("Accept-Encoding", accepted);
    for (const std::string target : {generate_target, stream_target, array_target}) {
      const response answer = connection.post(target, say("hello"), headers);
      BOOST_TEST(answer["Content-Encoding"] == used);
      BOOST_TEST(decoded(answer).find("finishReason") != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(each_event_of_a_compressed_stream_can_be_read_when_it_arrives) {
  for (const compression coding : {compression::gzip, compression::brotli}) {
    scenario what;
    what.answer.coding = coding;
    fault stall;
    stall.name = "stall";
    stall.delay = std::chrono::hours(1);
    what.faults = {stall};
    server sandbox(what);
    client connection(sandbox.listen("127.0.0.1:0", transport::plain));
    connection.send("POST " + std::string(stream_target) +
                    " HTTP/1.1\r\nHost: x\r\nx-goog-api-key: sandbox-key-1\r\n"
                    "Accept-Encoding: gzip, br\r\nContent-Length: " +
                    std::to_string(say("x").size()) + "\r\n\r\n" + say("x"));
    http::response_parser<http::string_body> parser;
    boost::system::error_code error;
    parser.eager(true);
    const std::string bytes = connection.read_some();
    parser.put(boost::asio::buffer(bytes), error);
    const std::string event = decoded(parser.get());
    BOOST_TEST(event.starts_with("data: {"));
    BOOST_TEST(event.ends_with("}\r\n\r\n"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
