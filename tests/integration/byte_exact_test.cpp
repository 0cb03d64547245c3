// What a client and Google say to each other passes byte for byte, but for what concerns one
// connection, credentials, and gemkeeper's own marks.
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper;
using namespace gemkeeper::test;
using namespace std::string_literals;

namespace {

// Each byte there is.
std::string binary(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i)
    bytes += static_cast<char>(i * 31 + i / 256);
  return bytes;
}

// A client and an upstream with the proxy between them.
struct line {
  raw_upstream upstream;
  proxy_rig rig;
  connection client;
  connection behind;

  // The request is at the upstream when this returns.
  explicit line(std::string_view request, const proxy_rig::adjustment& adjust = {})
      : rig(upstream.port(), adjust),
        client(rig.connect()),
        behind((client.send(request), upstream.accept())) {}
};

// What reaches a client of an answer to a plain GET.
message relayed(const std::string& answer, bool closes = false) {
  line l(get("/v1beta/models"));
  read_request(l.behind);
  l.behind.send(answer);
  if (closes) l.behind.close();
  return read_answer(l.client);
}

constexpr std::string_view all_marks[] = {"x-gemkeeper-request-id", "x-gemkeeper-key",
                                          "x-gemkeeper-attempts"};
std::string without_marks(const message& m) {
  return m.fields_without({std::begin(all_marks), std::end(all_marks)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(byte_exact)

BOOST_AUTO_TEST_CASE(a_request_passes_with_its_fields_in_order_and_case) {
  line l(
      "POST /v1beta/models/gemini-2.5-flash:generateContent?a=%2F&b HTTP/1.1\r\n"
      "x-First: 1\r\nHOST: localhost:8001\r\nUSER-agent: a  b\r\nX-Unknown: \xc3\xa9\r\n"
      "X-Unknown: again\r\nContent-Length: 2\r\nAccept-Encoding: br;q=1\r\n\r\n{}");
  const message got = read_request(l.behind);
  BOOST_TEST(got.start_line ==
             "POST /v1beta/models/gemini-2.5-flash:generateContent?a=%2F&b HTTP/1.1");
  BOOST_TEST(got.fields_without({"Via", "x-goog-api-key"}) ==
             "x-First: 1\nHOST: 127.0.0.1:" + std::to_string(l.upstream.port()) +
                 "\nUSER-agent: a  b\nX-Unknown: \xc3\xa9\nX-Unknown: again\nContent-Length: 2\n"
                 "Accept-Encoding: br;q=1\n");
  BOOST_TEST(got.count("Via") == 1U);
  BOOST_TEST(got.body == "{}");
}

BOOST_AUTO_TEST_CASE(a_body_of_any_bytes_and_size_passes) {
  // 3 MB: beyond what is kept in memory.
  for (const std::size_t size : {0U, 1U, 5000U, 100'000U, 3'000'000U}) {
    const std::string body = binary(size);
    raw_upstream upstream;
    const proxy_rig rig(upstream.port());
    connection client = rig.connect();
    client.send(post(generate, body));
    connection behind = upstream.accept();
    BOOST_TEST((read_request(behind).body == body));
    behind.send(ok(body));
    BOOST_TEST((read_answer(client).body == body));
  }
}

BOOST_AUTO_TEST_CASE(a_chunked_request_goes_on_with_its_length) {
  line l("POST " + std::string(generate) +
         " HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
         "3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n");
  const message got = read_request(l.behind);
  BOOST_TEST(got.header("Content-Length") == "5");
  BOOST_TEST(got.count("Transfer-Encoding") == 0U);
  BOOST_TEST(got.count("Trailer") == 0U);
  BOOST_TEST(got.body == "hello");
}

BOOST_AUTO_TEST_CASE(every_credential_of_the_client_stays_behind_and_one_goes_upstream) {
  line l(get("/v1beta/models?key=mine&pageSize=1&access_token=mine&%6Bey=mine",
             "x-goog-api-key: mine\r\nX-Goog-Api-Key: mine\r\nAuthorization: Bearer mine\r\n"
             "Proxy-Authorization: Basic mine\r\nCookie: a=mine\r\nx-goog-user-project: mine\r\n"
             "OpenAI-Organization: mine\r\nOpenAI-Project: mine\r\n"));
  const message got = read_request(l.behind);
  BOOST_TEST(got.start_line == "GET /v1beta/models?pageSize=1 HTTP/1.1");
  BOOST_TEST(got.fields_without({"Host", "Via"}) ==
             "x-goog-api-key: " + std::string(first_secret) + "\n");
}

BOOST_AUTO_TEST_CASE(the_openai_endpoints_get_a_bearer_token) {
  line l(post("/v1beta/openai/chat/completions", R"({"model":"gemini-2.5-flash"})",
              "Authorization: Bearer mine\r\n"));
  BOOST_TEST(read_request(l.behind).fields_without({"Host", "Via", "Content-Length"}) ==
             "Authorization: Bearer " + std::string(first_secret) + "\n");
}

BOOST_AUTO_TEST_CASE(an_answer_passes_with_its_fields_in_order_and_case) {
  const message got = relayed(
      "HTTP/1.1 200 Fine Indeed\r\ncontent-TYPE: application/json\r\nX-Unknown: \xc3\xa9\r\n"
      "Set-Cookie: a\r\nX-Unknown: again\r\nset-cookie: b\r\nConnection: keep-alive, X-Hop\r\n"
      "X-Hop: 1\r\nKeep-Alive: timeout=5\r\nAlt-Svc: h3\r\nContent-Length: 2\r\n\r\n{}");
  BOOST_TEST(got.start_line == "HTTP/1.1 200 Fine Indeed");
  BOOST_TEST(without_marks(got) ==
             "content-TYPE: application/json\nX-Unknown: \xc3\xa9\nSet-Cookie: a\n"
             "X-Unknown: again\nset-cookie: b\nContent-Length: 2\n");
  for (const std::string_view mark : all_marks)
    BOOST_TEST(got.count(mark) == 1U, mark);
  BOOST_TEST(got.header("x-gemkeeper-request-id").size() == 16U);
  BOOST_TEST(got.header("x-gemkeeper-key").size() == 12U);
  BOOST_TEST(got.header("x-gemkeeper-attempts") == "1");
}

BOOST_AUTO_TEST_CASE(bodies_pass_in_their_own_framing) {
  const std::string sse = "data: {\"a\": 1}\r\n\r\ndata: {}\n\n";
  struct {
    std::string fields, body;
  } const cases[] = {
      {"Content-Length: 3\r\n", "\0\r\n"s},
      // Chunks as they are, extensions and trailers too.
      {"Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n",
       "3;a=b\r\nhel\r\n02\r\nlo\r\n0;last\r\nX-Sum: 1\r\n\r\n"},
      {"Transfer-Encoding: chunked\r\n", "0\r\n\r\n"},
      // A coding is the client's to undo.
      {"Content-Encoding: gzip\r\nContent-Length: 6\r\n", "\x1f\x8b\x08 no"s},
      {"Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n",
       chunk("\x0b\x02\x80") + "0\r\n\r\n"},
      {"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n",
       chunk(sse) + "0\r\n\r\n"},
  };
  for (const auto& c : cases) {
    const message got = relayed("HTTP/1.1 200 OK\r\n" + c.fields + "\r\n" + c.body);
    BOOST_TEST((got.body == c.body), c.fields);
    std::string fields = without_marks(got);
    for (std::size_t i = 0; (i = fields.find('\n', i)) != std::string::npos; i += 2)
      fields.replace(i, 1, "\r\n");
    BOOST_TEST(fields == c.fields);
  }
}

BOOST_AUTO_TEST_CASE(streams_pass_unchanged) {
  const std::string events =
      "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"\xe2\x82\xac\"}]}}]}\r\n\r\n"
      "data: {\"usageMetadata\": {\"promptTokenCount\": 1}}\r\n\r\n";
  const std::string array = "[{\"candidates\": []}\n,\r\n{\"usageMetadata\": {}}\n]\n";
  struct {
    std::string_view target;
    std::string body;
  } const cases[] = {{stream, chunk(events) + "0\r\n\r\n"},
                     {stream, chunk(events.substr(0, 3)) + chunk(events.substr(3)) + "0\r\n\r\n"},
                     {stream_array, chunk(array) + "0\r\n\r\n"},
                     {stream, "0\r\n\r\n"}};
  for (const auto& c : cases) {
    line l(post(c.target, "{}"));
    read_request(l.behind);
    l.behind.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + c.body);
    BOOST_TEST(read_answer(l.client).body == c.body);
  }
}

BOOST_AUTO_TEST_CASE(answers_without_a_body_have_none) {
  struct {
    std::string_view request_line, answer;
    answer_to method;
  } const cases[] = {
      {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", answer_to::head},
      {"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", answer_to::head},
      {"HEAD", "HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n", answer_to::head},
      {"DELETE", "HTTP/1.1 204 No Content\r\n\r\n", answer_to::get},
      {"GET", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 7\r\n\r\n",
       answer_to::get},
  };
  for (const auto& c : cases) {
    const std::string request =
        std::string(c.request_line) + " /v1beta/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
    line l(request);
    for (int again = 0; again < 2; ++again) {  // on both connections the next exchange fits on
      read_request(l.behind);
      l.behind.send(c.answer);
      BOOST_TEST(read_answer(l.client, c.method).start_line ==
                 c.answer.substr(0, c.answer.find("\r\n")));
      if (again == 0) l.client.send(request);
    }
  }
}

BOOST_AUTO_TEST_CASE(interim_answers_pass_and_a_100_does_not) {
  line l(get("/v1beta/models"));
  read_request(l.behind);
  l.behind.send("HTTP/1.1 100 Continue\r\n\r\n");
  l.behind.send("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=x\r\n\r\n");
  BOOST_TEST(l.client.receive_until("\r\n\r\n") ==
             "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=x\r\n\r\n");
  l.behind.send("HTTP/1.1 102 Processing\r\n\r\n" + ok("done"));
  BOOST_TEST(read_head(l.client).status() == 102);
  BOOST_TEST(read_answer(l.client).body == "done");
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_for_100_gets_it_and_the_upstream_is_not_asked) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send("POST " + std::string(generate) +
              " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  BOOST_TEST(!upstream.has_visitor());
  client.send("{}");
  connection behind = upstream.accept();
  const message got = read_request(behind);
  BOOST_TEST(got.count("Expect") == 0U);
  BOOST_TEST(got.body == "{}");
  behind.send(ok("done"));
  BOOST_TEST(read_head(client).status() == 200);
}

BOOST_AUTO_TEST_CASE(a_client_of_http_1_0_gets_no_chunks_and_no_interim_answer) {
  line l("GET /v1beta/models HTTP/1.0\r\n\r\n");
  BOOST_TEST(read_request(l.behind).start_line == "GET /v1beta/models HTTP/1.1");
  l.behind.send(
      "HTTP/1.1 103 Early Hints\r\n\r\n"
      "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n");
  l.behind.send("2\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n");
  const message got = read_head(l.client);
  BOOST_TEST(got.status() == 200);
  BOOST_TEST(without_marks(got) == "A: b\nConnection: close\n");
  BOOST_TEST(l.client.receive_to_end() == "hello");
}

BOOST_AUTO_TEST_CASE(a_client_of_http_1_0_may_keep_its_connection) {
  const std::string request = "GET /v1beta/models HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  line l(request);
  for (int i = 0; i < 2; ++i) {
    read_request(l.behind);
    l.behind.send(ok("hello"));
    const message got = read_answer(l.client);
    BOOST_TEST(got.header("Connection") == "keep-alive");
    BOOST_TEST(got.body == "hello");
    if (i == 0) l.client.send(request);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_to_a_client_of_http_1_0_is_its_content_alone) {
  line l("POST " + std::string(stream) + " HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}");
  read_request(l.behind);
  l.behind.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                chunk("data: {}\r\n\r\n"));
  l.client.receive_until("\r\n\r\n");
  BOOST_TEST(l.client.receive_until("\r\n\r\n") == "data: {}\r\n\r\n");
  l.behind.send(chunk("data: {\"a\"") + chunk(": 1}\r\n\r\n") + "0\r\n\r\n");
  BOOST_TEST(l.client.receive_to_end() == "data: {\"a\": 1}\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(an_answer_of_an_http_1_0_upstream_ends_with_its_connection) {
  const message got = relayed("HTTP/1.0 200 OK\r\nA: b\r\n\r\nhello", true);
  BOOST_TEST(got.start_line == "HTTP/1.1 200 OK");
  BOOST_TEST(got.header("Connection") == "close");
  BOOST_TEST(got.body == "hello");
}

BOOST_AUTO_TEST_CASE(an_error_that_no_key_can_mend_passes_unchanged) {
  const std::string body = "{\"error\": {\"code\": 404, \"status\": \"NOT_FOUND\"}}\n";
  const message got = relayed(answer("404 Nothing Here", body, "Content-Type: text/x\r\nX: y\r\n"));
  BOOST_TEST(got.start_line == "HTTP/1.1 404 Nothing Here");
  BOOST_TEST(got.header("X") == "y");
  BOOST_TEST(got.header("Content-Type") == "text/x");
  BOOST_TEST(got.body == body);
}

// RFC 9110, 7.8: a server may ignore Upgrade. Java's HttpClient offers h2c on every plain request.
BOOST_AUTO_TEST_CASE(an_offer_to_upgrade_to_http_2_is_ignored) {
  line l(
      get("/v1beta/models",
          "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAA\r\nUpgrade: h2c\r\n"));
  BOOST_TEST(read_request(l.behind).fields_without({"Host", "Via", "x-goog-api-key"}) == "");
  l.behind.send(ok("done"));
  BOOST_TEST(read_answer(l.client).body == "done");
}

BOOST_AUTO_TEST_CASE(absolute_form_reaches_the_same_place) {
  line l(
      "GET http://generativelanguage.googleapis.com/v1beta/models?key=mine HTTP/1.1\r\n"
      "Host: ignored.example\r\n\r\n");
  BOOST_TEST(read_request(l.behind).start_line == "GET /v1beta/models HTTP/1.1");
}

BOOST_AUTO_TEST_SUITE_END()
