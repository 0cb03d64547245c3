#include "client.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace gemkeeper::sandbox;
using namespace gemkeeper::sandbox::test;
using namespace std::chrono_literals;

namespace {

struct outcome {
  std::string bytes;
  boost::system::error_code error;
};

fault named(std::string name) {
  fault rule;
  rule.name = std::move(name);
  return rule;
}

// Plays one fault on a connection that asks to be closed, and returns all that came.
struct stage {
  explicit stage(const fault& rule) : sandbox(playing(rule)) {
    port = sandbox.listen("127.0.0.1:0", transport::plain);
  }
  static scenario playing(const fault& rule) {
    scenario what;
    what.faults = {rule};
    return what;
  }

  outcome ask(const std::string& target = generate_target, const std::string& also = "") {
    client connection(port);
    const std::string body = say("hello");
    connection.send("POST " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
                    also + "x-goog-api-key: sandbox-key-1\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
    auto [bytes, error] = connection.read_to_end();
    return {std::move(bytes), error};
  }

  ending last_ending() {
    sandbox.wait_until(
        [](const auto& all) { return !all.empty() && all.back().end != ending::pending; });
    return sandbox.requests().back().end;
  }

  server sandbox;
  std::uint16_t port = 0;
};

bool contains(const std::string& text, std::string_view piece) {
  return text.find(piece) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wire_faults)

BOOST_AUTO_TEST_CASE(before_the_head_a_connection_is_reset_or_closed) {
  stage reset(named("reset_before_head"));
  auto [bytes, error] = reset.ask();
  BOOST_TEST(bytes.empty());
  BOOST_TEST(error == boost::asio::error::connection_reset);
  BOOST_TEST((reset.last_ending() == ending::damaged));

  stage closed(named("close_before_head"));
  std::tie(bytes, error) = std::pair(closed.ask().bytes, closed.ask().error);
  BOOST_TEST(bytes.empty());
  BOOST_TEST(error == boost::asio::error::eof);
}

BOOST_AUTO_TEST_CASE(in_mid_stream_a_connection_is_closed_after_so_many_events) {
  fault rule = named("close_mid_stream");
  rule.after = 2;
  const auto [bytes, error] = stage(rule).ask(stream_target);
  BOOST_TEST(error == boost::asio::error::eof);
  BOOST_TEST(bytes.ends_with("\r\n\r\n\r\n"));  // of the second event and its chunk
  BOOST_TEST(!contains(bytes, "finishReason"));
}

BOOST_AUTO_TEST_CASE(in_mid_body_a_connection_is_reset) {
  stage reset(named("reset_mid_body"));
  BOOST_TEST(reset.ask().error == boost::asio::error::connection_reset);
  BOOST_TEST((reset.last_ending() == ending::damaged));
}

BOOST_AUTO_TEST_CASE(a_short_body_ends_before_its_content_length) {
  const auto [bytes, error] = stage(named("short_body")).ask();
  BOOST_TEST(error == boost::asio::error::eof);
  const std::size_t head = bytes.find("\r\n\r\n") + 4;
  const std::size_t field = bytes.find("Content-Length: ");
  BOOST_REQUIRE(field != std::string::npos);
  const std::size_t length = std::stoul(bytes.substr(field + 16));
  BOOST_TEST(bytes.size() - head == length / 2);
}

BOOST_AUTO_TEST_CASE(extra_bytes_look_like_another_answer) {
  const std::string bytes = stage(named("extra_bytes")).ask().bytes;
  BOOST_TEST(bytes.ends_with("\r\n\r\n{\"poisoned\": true}\n"));
  const std::size_t head = bytes.find("\r\n\r\n") + 4;
  const std::size_t length = std::stoul(bytes.substr(bytes.find("Content-Length: ") + 16));
  BOOST_TEST(bytes.substr(head + length).starts_with("HTTP/1.1 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(a_bad_chunk_stands_in_the_middle) {
  BOOST_TEST(stage(named("bad_chunk")).ask().bytes.ends_with("\r\nnot-a-size\r\n{}\r\n"));
}

BOOST_AUTO_TEST_CASE(a_stream_can_begin_with_an_error) {
  fault rule = named("first_event_error");
  rule.error = "quota_day";
  stage begins(rule);
  const std::string sse = begins.ask(stream_target).bytes;
  BOOST_TEST(sse.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"));
  BOOST_TEST(contains(sse, "\r\ndata: {\"error\":{\"code\":429,"));
  BOOST_TEST(!contains(sse, "candidates"));
  const std::string array = begins.ask(array_target).bytes;
  BOOST_TEST(contains(array, "\r\n[{\"error\":{\"code\":429,"));
  BOOST_TEST(contains(array, "\r\n]"));
}

BOOST_AUTO_TEST_CASE(a_stream_can_end_with_an_error) {
  fault rule = named("mid_stream_error");
  rule.after = 1;
  const std::string bytes = stage(rule).ask(stream_target).bytes;
  BOOST_TEST(bytes.find("candidates") < bytes.find("data: {\"error\":{\"code\":503,"));
  BOOST_TEST(!contains(bytes, "finishReason"));
  BOOST_TEST(bytes.ends_with("0\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(an_informational_answer_comes_first) {
  BOOST_TEST(stage(named("informational"))
                 .ask()
                 .bytes.starts_with("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(http_1_0_ends_with_the_connection) {
  const std::string bytes = stage(named("http_1_0")).ask().bytes;
  BOOST_TEST(bytes.starts_with("HTTP/1.0 200 OK\r\n"));
  BOOST_TEST(!contains(bytes, "Transfer-Encoding"));
  BOOST_TEST(!contains(bytes, "Content-Length"));
  BOOST_TEST(bytes.ends_with("}\n"));
}

BOOST_AUTO_TEST_CASE(trailers_follow_the_last_chunk) {
  const std::string bytes = stage(named("trailers")).ask().bytes;
  BOOST_TEST(contains(bytes, "\r\nTrailer: Server-Timing\r\n"));
  BOOST_TEST(bytes.ends_with("\r\n0\r\nServer-Timing: gfet4t7; dur=1\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(an_answer_sent_byte_by_byte_is_the_same) {
  stage split(named("split_every_byte"));
  client connection(split.port);
  for (int i = 0; i < 2; ++i) {
    const response answer = connection.post(stream_target, say("hello"), first_key);
    BOOST_TEST(answer.result_int() == 200);
    BOOST_TEST(contains(answer.body(), "finishReason"));
  }
}

BOOST_AUTO_TEST_CASE(a_connection_is_closed_with_and_without_notice) {
  stage announced(named("connection_close"));
  client first(announced.port);
  BOOST_TEST(first.post(generate_target, say("x"), first_key)["Connection"] == "close");
  BOOST_TEST(first.read_to_end().second == boost::asio::error::eof);

  scenario what;
  what.connection.max_requests = 1;
  server sudden(what);
  client second(sudden.listen("127.0.0.1:0", transport::plain));
  BOOST_TEST(second.post(generate_target, say("x"), first_key).count("Connection") == 0U);
  BOOST_TEST(second.read_to_end().second == boost::asio::error::eof);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed) {
  scenario what;
  what.connection.idle_timeout = 20ms;
  server sandbox(what);
  const std::uint16_t port = sandbox.listen("127.0.0.1:0", transport::tls);
  client connection(port, sandbox.ca_pem());
  connection.post(generate_target, say("x"), first_key);
  BOOST_TEST(connection.read_to_end().second == boost::asio::error::eof);
}

BOOST_AUTO_TEST_CASE(delays_last_as_long_as_they_should) {
  for (const std::string name : {"slow_head", "stall", "bare_429"}) {
    fault rule = named(name);
    rule.delay = 60ms;
    stage slow(rule);
    const auto start = std::chrono::steady_clock::now();
    const auto [bytes, error] = slow.ask();
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 60ms), name);
    BOOST_TEST(bytes.ends_with("0\r\n\r\n"), name);
  }
}

BOOST_AUTO_TEST_CASE(a_peer_that_goes_away_is_noticed_during_a_stall) {
  fault rule = named("stall");
  rule.delay = 1h;
  stage stalled(rule);
  {
    client connection(stalled.port);
    const std::string body = say("x");
    connection.send("POST " + std::string(stream_target) +
                    " HTTP/1.1\r\nHost: x\r\nx-goog-api-key: sandbox-key-1\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
    BOOST_TEST(contains(connection.read_some(), "candidates"));
  }
  BOOST_TEST((stalled.last_ending() == ending::peer_gone));
}

BOOST_AUTO_TEST_CASE(wire_faults_damage_errors_too) {
  scenario what;
  what.faults = {named("bare_429"), named("short_body")};
  server sandbox(what);
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  connection.send(
      "GET /v1beta/models HTTP/1.1\r\nHost: x\r\nx-goog-api-key: sandbox-key-1\r\n\r\n");
  const auto [bytes, error] = connection.read_to_end();
  BOOST_TEST(bytes.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
  BOOST_TEST(!bytes.ends_with("}\n"));
}

BOOST_AUTO_TEST_SUITE_END()
