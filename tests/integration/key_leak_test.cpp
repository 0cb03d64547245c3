// Google's errors echo the key that was injected. No form of it reaches a client or the log.
#include "../deflated.hpp"
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <string>
#include <string_view>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    char escape[4];
    std::snprintf(escape, sizeof(escape), "%%%02X", static_cast<unsigned>(c));
    out += escape;
  }
  return out;
}

std::string json_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    char escape[7];
    std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(c));
    out += escape;
  }
  return out;
}

std::string slash_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '/') out += '\\';
    out += c;
  }
  return out;
}

// Every spelling that a client could read back.
std::vector<std::string> spellings() {
  return {std::string(first_secret), percent_encoded(first_secret), json_escaped(first_secret),
          slash_escaped(first_secret)};
}

bool leaks(std::string_view text) {
  for (const std::string& form : spellings()) {
    if (text.find(form) != std::string_view::npos) return true;
  }
  return false;
}

// Of a kind that no other key could mend, so that it is the client's.
std::string error_that_echoes(std::string_view key) {
  return R"({"error": {"code": 404, "status": "NOT_FOUND", "message": "No such thing for key )" +
         std::string(key) + R"(."}})";
}

// All that a client gets of an answer, head and body.
std::string received(std::string_view target, const std::string& answered,
                     std::string_view version = "1.1") {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send("POST " + std::string(target) + " HTTP/" + std::string(version) +
              "\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
  connection behind = upstream.accept();
  read_request(behind);
  behind.send(answered);
  behind.half_close();
  const std::string all = client.receive_to_end();
  BOOST_TEST(!leaks(rig.finished(1).front().text));
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_leak)

BOOST_AUTO_TEST_CASE(an_error_body_that_echoes_the_key_is_masked_at_its_length) {
  for (const std::string& form : spellings()) {
    const std::string body = error_that_echoes(form);
    for (const std::string& answered :
         {answer("404 Not Found", body),
          "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(body) +
              "0\r\n\r\n",
          "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n" +
              chunk(body.substr(0, 80)) + chunk(body.substr(80)) + "0\r\n\r\n",
          "HTTP/1.1 404 Not Found\r\n\r\n" + body}) {
      const std::string got = received(generate, answered);
      BOOST_TEST(!leaks(got), got);
      BOOST_TEST(got.find("404 Not Found") != std::string::npos);
      BOOST_TEST(got.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") !=
                 std::string::npos);
      BOOST_TEST(got.find(std::string(form.size(), '*')) != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_field_that_echoes_the_key_is_masked) {
  for (const std::string& form : spellings()) {
    const std::string got = received(
        generate, answer("404 Not Found", "{}",
                         "X-Debug: key=" + form + "\r\nWWW-Authenticate: Bearer " + form + "\r\n"));
    BOOST_TEST(!leaks(got), got);
    BOOST_TEST(got.find("X-Debug: key=*") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_reason_phrase_that_echoes_the_key_is_masked) {
  const std::string got = received(generate, answer("404 " + std::string(first_secret), "{}"));
  BOOST_TEST(!leaks(got), got);
}

BOOST_AUTO_TEST_CASE(a_compressed_error_that_echoes_the_key_comes_unpacked_and_masked) {
  for (const std::string& form : spellings()) {
    const std::string body = error_that_echoes(form);
    const std::string got =
        received(generate, answer("404 Not Found", gzip(body), "Content-Encoding: gzip\r\n"));
    BOOST_TEST(!leaks(got), got);
    BOOST_TEST(got.find("Content-Encoding") == std::string::npos);
    BOOST_TEST(got.find("No such thing for key ***") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_compressed_error_without_the_key_stays_as_it_is) {
  const std::string body = gzip(error_that_echoes("AIza-other"));
  const std::string got =
      received(generate, answer("404 Not Found", body, "Content-Encoding: gzip\r\n"));
  BOOST_TEST(got.find("Content-Encoding: gzip\r\n") != std::string::npos);
  BOOST_TEST(got.ends_with(body));
}

BOOST_AUTO_TEST_CASE(an_error_whose_coding_nobody_can_read_loses_its_body) {
  for (const std::string& fields :
       {std::string("Content-Encoding: gzip\r\n"), std::string("Content-Encoding: zstd\r\n"),
        std::string("Content-Encoding: gzip, gzip\r\n")}) {
    const std::string got =
        received(generate, answer("404 Not Found", error_that_echoes(first_secret), fields));
    BOOST_TEST(!leaks(got), fields << got);
  }
  const std::string twice =
      received(generate, answer("404 Not Found", gzip(gzip(error_that_echoes(first_secret))),
                                "Content-Encoding: gzip, gzip\r\n"));
  BOOST_TEST(twice.find(gzip(gzip(error_that_echoes(first_secret)))) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_event_that_echoes_the_key_is_masked) {
  const std::string fine = chunk("data: {\"candidates\": []}\r\n\r\n");
  for (const std::string_view version : {"1.1", "1.0"}) {
    for (const std::string& form : spellings()) {
      const std::string event = "data: " + error_that_echoes(form) + "\r\n\r\n";
      for (const std::string& chunks : {chunk(event), fine + chunk(event)}) {
        const std::string got = received(
            stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n",
            version);
        BOOST_TEST(!leaks(got), got);
        BOOST_TEST(got.find("No such thing") != std::string::npos);
      }
    }
  }
}

// However the wire cuts it.
BOOST_AUTO_TEST_CASE(an_error_event_that_arrives_in_pieces_is_masked) {
  const std::string event = "data: " + error_that_echoes(first_secret) + "\r\n\r\n";
  const std::size_t key_at = event.find(first_secret);
  for (std::size_t cut = key_at; cut <= key_at + first_secret.size() + 2; cut += 3) {
    raw_upstream upstream;
    const proxy_rig rig(upstream.port());
    connection client = rig.connect();
    client.send(post(stream, "{}"));
    connection behind = upstream.accept();
    read_request(behind);
    behind.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("data: {}\n\n"));
    std::string got = client.receive_until("data: {}\n\n\r\n");
    const std::string text = chunk(event);
    const std::size_t at = text.find(event) + cut;
    behind.send(text.substr(0, at));
    // What may go on has gone on.
    got += client.receive_until("for key");
    behind.send(text.substr(at) + "0\r\n\r\n");
    got += client.receive_until("0\r\n\r\n");
    BOOST_TEST(!leaks(got), "cut at " << cut << ": " << got);
  }
}

// The key that failed first is no less a secret than the one that answered.
BOOST_AUTO_TEST_CASE(no_key_of_an_earlier_attempt_leaks) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post(generate, "{}"));
  connection behind = upstream.accept();
  for (const std::string_view secret : {first_secret, second_secret}) {
    BOOST_TEST(read_request(behind).header("x-goog-api-key") == secret);
    behind.send(answer("400 Bad Request",
                       R"({"error":{"code":400,"status":"INVALID_ARGUMENT","message":"API key )" +
                           std::string(secret) + R"( not valid. Please pass a valid API key.",)" +
                           R"("details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",)" +
                           R"("reason":"API_KEY_INVALID","domain":"googleapis.com"}]}})"));
  }
  const message got = read_answer(client);
  BOOST_TEST(got.status() >= 400);
  for (const std::string_view secret : {first_secret, second_secret}) {
    BOOST_TEST(got.body.find(secret) == std::string::npos, got.body);
    BOOST_TEST(rig.finished(1).front().text.find(secret) == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
