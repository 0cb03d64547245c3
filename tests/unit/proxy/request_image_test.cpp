#include "exchange/request_image.hpp"

#include "message.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::proxy;
using namespace gemkeeper;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view secret = "AIza-secret";
constexpr std::string_view via = "gemkeeper-12345678";

upstream_settings upstream_at(std::string host, std::uint16_t port, bool tls = true) {
  upstream_settings upstream;
  upstream.host = std::move(host);
  upstream.port = port;
  upstream.tls = tls;
  return upstream;
}

const upstream_settings google = upstream_at("generativelanguage.googleapis.com", 443);

// The head as it goes upstream, for a request without a body.
std::string sent(const std::string& text, const upstream_settings& upstream = google,
                 gemini::api_family family = gemini::api_family::native) {
  const test::request head(text);
  request_image image;
  image.build(*head, head->target, upstream, via);
  return std::string(image.for_attempt(family, secret, std::nullopt, std::nullopt));
}

std::string get_with(std::string_view fields) {
  return "GET /v1beta/models HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) + "\r\n";
}

// What `sent` makes of the fields of `get_with`.
std::string sent_fields(std::string_view fields) {
  const std::string_view before =
      "GET /v1beta/models HTTP/1.1\r\nHost: generativelanguage.googleapis.com\r\n";
  const std::string_view after =
      "Via: 1.1 gemkeeper-12345678\r\nx-goog-api-key: AIza-secret\r\n\r\n";
  const std::string all = sent(get_with(fields));
  BOOST_REQUIRE(all.starts_with(before));
  BOOST_REQUIRE(all.ends_with(after));
  return all.substr(before.size(), all.size() - before.size() - after.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_head_upstream)

BOOST_AUTO_TEST_CASE(a_request_keeps_order_case_and_unknown_fields) {
  BOOST_TEST(
      sent("POST /v1beta/models/m:generateContent?x=1 HTTP/1.0\r\n"
           "user-AGENT: a  b\r\nHOST: localhost:8001\r\nx-Unknown: \xc3\xa9\r\n"
           "x-Unknown: twice\r\nContent-Length: 3\r\n\r\n") ==
      "POST /v1beta/models/m:generateContent?x=1 HTTP/1.1\r\n"
      "user-AGENT: a  b\r\nHOST: generativelanguage.googleapis.com\r\nx-Unknown: \xc3\xa9\r\n"
      "x-Unknown: twice\r\nContent-Length: 3\r\n"
      "Via: 1.1 gemkeeper-12345678\r\nx-goog-api-key: AIza-secret\r\n\r\n");
}

struct field_case {
  std::string_view fields, passed;
};

constexpr field_case field_cases[] = {
    {"X-A: 1\r\n", "X-A: 1\r\n"},
    // Credentials and identities of the client, in any case, however many.
    {"x-goog-api-key: mine\r\nX-GOOG-API-KEY: mine\r\nX-A: 1\r\n", "X-A: 1\r\n"},
    {"Authorization: Bearer mine\r\nauthorization: Basic mine\r\n", ""},
    {"Proxy-Authorization: Basic mine\r\nCookie: a=b\r\ncookie: c=d\r\n", ""},
    {"x-goog-user-project: p\r\nOpenAI-Organization: o\r\nopenai-project: q\r\n", ""},
    // Of the connection, and what it nominates.
    {"Connection: keep-alive, X-A\r\nKeep-Alive: 5\r\nX-A: 1\r\nX-B: 2\r\n", "X-B: 2\r\n"},
    {"TE: trailers\r\nTrailer: X-T\r\nExpect: 100-continue\r\nX-A: 1\r\n", "X-A: 1\r\n"},
    {"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n", ""},
    {"Accept-Encoding: gzip, br\r\nOrigin: http://localhost\r\n",
     "Accept-Encoding: gzip, br\r\nOrigin: http://localhost\r\n"},
    {"X-Goog-Api-Client: genai-js/1\r\nX-Goog-Request-Params: a\r\n",
     "X-Goog-Api-Client: genai-js/1\r\nX-Goog-Request-Params: a\r\n"},
    {"Via: 1.1 other\r\n", "Via: 1.1 other\r\n"},
};

BOOST_AUTO_TEST_CASE(what_is_the_clients_alone_stays_behind) {
  for (const field_case& c : field_cases)
    BOOST_TEST(sent_fields(c.fields) == c.passed, c.fields);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_goes_on_with_its_length) {
  const test::request head("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  request_image image;
  image.build(*head, "/", google, via);
  BOOST_TEST(image.for_attempt(gemini::api_family::native, secret, 1234, std::nullopt) ==
             "POST / HTTP/1.1\r\nHost: generativelanguage.googleapis.com\r\n"
             "Via: 1.1 gemkeeper-12345678\r\nContent-Length: 1234\r\n"
             "x-goog-api-key: AIza-secret\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(the_key_goes_in_the_slot_of_the_family) {
  const std::string text = get_with("");
  BOOST_TEST(sent(text, google, gemini::api_family::openai)
                 .ends_with("\r\nAuthorization: Bearer AIza-secret\r\n\r\n"));
  BOOST_TEST(sent(text, google, gemini::api_family::interactions)
                 .ends_with("\r\nx-goog-api-key: AIza-secret\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(the_target_loses_its_credentials_and_gains_the_prefix) {
  upstream_settings behind = google;
  behind.path_prefix = "/gemini";
  struct {
    std::string_view target, sent;
  } const cases[] = {
      {"/v1beta/models", "/gemini/v1beta/models"},
      {"/v1beta/models?key=mine", "/gemini/v1beta/models"},
      {"/m?a=1&key=mine&b=2", "/gemini/m?a=1&b=2"},
      {"/m?KEY=mine&%6bey=mine&$key=mine&access_token=mine&a", "/gemini/m?a"},
      {"/m?keys=1&monkey=2", "/gemini/m?keys=1&monkey=2"},
  };
  for (const auto& c : cases) {
    const std::string text = "GET " + std::string(c.target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    BOOST_TEST(sent(text, behind).starts_with("GET " + std::string(c.sent) + " HTTP/1.1\r\n"),
               c.target);
  }
}

BOOST_AUTO_TEST_CASE(host_names_the_upstream) {
  struct {
    upstream_settings upstream;
    std::string_view host;
  } const cases[] = {
      {upstream_at("a.example", 443), "a.example"},
      {upstream_at("a.example", 80), "a.example:80"},
      {upstream_at("a.example", 80, false), "a.example"},
      {upstream_at("a.example", 443, false), "a.example:443"},
      {upstream_at("127.0.0.1", 8002, false), "127.0.0.1:8002"},
      {upstream_at("::1", 8002), "[::1]:8002"},
      {upstream_at("::1", 443), "[::1]"},
  };
  for (const auto& c : cases) {
    const std::string expected = "\r\nHost: " + std::string(c.host) + "\r\n";
    BOOST_TEST(sent(get_with(""), c.upstream).find(expected) != std::string::npos, c.host);
    // HTTP/1.0 needs none; the upstream does.
    BOOST_TEST(sent("GET / HTTP/1.0\r\n\r\n", c.upstream).find(expected) != std::string::npos);
  }
}

struct timeout_case {
  std::string_view value;
  std::optional<milliseconds> allowed;
};

const timeout_case timeout_cases[] = {
    {"10", milliseconds(10'000)}, {"0.5", milliseconds(500)}, {"86400", milliseconds(86'400'000)},
    {"0", std::nullopt},          {"-1", std::nullopt},       {"86401", std::nullopt},
    {"10s", std::nullopt},        {"", std::nullopt},         {"nan", std::nullopt},
    {"inf", std::nullopt},        {"1e9", std::nullopt},      {"soon", std::nullopt},
};

BOOST_AUTO_TEST_CASE(the_clients_deadline_goes_on_with_what_is_left_of_it) {
  for (const timeout_case& c : timeout_cases) {
    const test::request head(get_with("x-Server-TIMEOUT: " + std::string(c.value) + "\r\n"));
    request_image image;
    image.build(*head, head->target, google, via);
    BOOST_TEST((image.server_timeout() == c.allowed), c.value);
    const std::string text(
        image.for_attempt(gemini::api_family::native, secret, std::nullopt,
                          c.allowed ? std::optional(milliseconds(1001)) : std::nullopt));
    const std::string expected =
        "\r\nx-Server-TIMEOUT: " + (c.allowed ? std::string("2") : std::string(c.value)) + "\r\n";
    BOOST_TEST(text.find(expected) != std::string::npos, text);
  }
}

BOOST_AUTO_TEST_CASE(a_deadline_of_the_request_before_is_forgotten) {
  const test::request with(get_with("X-Server-Timeout: 10\r\n"));
  const test::request without(get_with(""));
  request_image image;
  image.build(*with, with->target, google, via);
  image.build(*without, without->target, google, via);
  BOOST_TEST(!image.server_timeout());
}

BOOST_AUTO_TEST_CASE(a_request_that_was_here_before_is_a_loop) {
  request_image image;
  const auto looped = [&](std::string_view fields) {
    const test::request head(get_with(fields));
    image.build(*head, head->target, google, via);
    return image.looped();
  };
  BOOST_TEST(!looped(""));
  BOOST_TEST(!looped("Via: 1.1 gemkeeper-87654321\r\n"));
  BOOST_TEST(looped("Via: 1.1 gemkeeper-12345678\r\n"));
  BOOST_TEST(looped("via: 1.1 a, 1.1 gemkeeper-12345678 (x)\r\n"));
  BOOST_TEST(looped("Via: 1.1 gemkeeper-12345678\r\nVia: 1.1 other\r\n"));
}

BOOST_AUTO_TEST_CASE(each_attempt_has_its_own_key_and_leaves_nothing_of_it) {
  const test::request head(get_with(""));
  request_image image;
  image.build(*head, head->target, google, via);
  const std::string first(
      image.for_attempt(gemini::api_family::native, "first-secret", std::nullopt, std::nullopt));
  const std::string_view second =
      image.for_attempt(gemini::api_family::native, "second", std::nullopt, std::nullopt);
  BOOST_TEST(first.find("first-secret") != std::string::npos);
  BOOST_TEST(second.find("first-secret") == std::string_view::npos);
  BOOST_TEST(second.find("x-goog-api-key: second\r\n\r\n") != std::string_view::npos);
  image.forget_secret();
  image.forget_secret();
  const std::string_view third =
      image.for_attempt(gemini::api_family::native, "third", std::nullopt, std::nullopt);
  BOOST_TEST(third.ends_with("\r\nx-goog-api-key: third\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(a_trace_goes_on_as_it_came_or_not_at_all) {
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string well = "TraceParent: " + parent + "\r\ntracestate: a=1\r\ntracestate: b=2\r\n";
  const std::string twice = "traceparent: " + parent + "\r\ntraceparent: " + parent + "\r\n";
  const std::string other = "Traced: yes\r\nTE2: x\r\n";
  struct row {
    std::string fields;
    std::string_view id;
    std::string without;  // what is left when it is not passed on
  };
  for (const row& expected :
       {row{well, "4bf92f3577b34da6a3ce929d0e0e4736", ""}, row{"traceparent: nonsense\r\n", "", ""},
        row{twice, "", ""}, row{other, "", other}}) {
    const test::request head(get_with(expected.fields));
    for (const auto trace :
         {request_image::trace_fields::passed_on, request_image::trace_fields::removed}) {
      request_image image;
      image.build(*head, head->target, google, via, request_image::upgrade::none, trace);
      const std::string sent_head(
          image.for_attempt(gemini::api_family::native, secret, std::nullopt, std::nullopt));
      const bool passed = trace == request_image::trace_fields::passed_on;
      const std::string& fields = passed ? expected.fields : expected.without;
      BOOST_TEST(sent_head.find(".com\r\n" + fields + "Via: ") != std::string::npos, sent_head);
      BOOST_TEST(image.trace_id() == expected.id);
      const test::request none(get_with(""));
      image.build(*none, none->target, google, via);
      BOOST_TEST(image.trace_id() == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_websocket_asks_for_what_its_relay_can_bear) {
  const test::request head(
      get_with("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: k\r\n"
               "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: p\r\n"));
  request_image image;
  const auto fields_of = [&](request_image::upgrade to) {
    image.build(*head, head->target, google, via, to);
    const std::string all(image.for_attempt("Authorization: Token t", std::nullopt, std::nullopt));
    BOOST_REQUIRE(
        all.ends_with("Connection: Upgrade\r\nUpgrade: websocket\r\n"
                      "Authorization: Token t\r\n\r\n"));
    return all;
  };
  const std::string as_offered = fields_of(request_image::upgrade::websocket);
  BOOST_TEST(as_offered.find("permessage-deflate") != std::string::npos);
  BOOST_TEST(as_offered.find("Sec-WebSocket-Protocol: p") != std::string::npos);
  const std::string bare = fields_of(request_image::upgrade::bare_websocket);
  BOOST_TEST(bare.find("Sec-WebSocket-Extensions") == std::string::npos);
  BOOST_TEST(bare.find("Sec-WebSocket-Protocol") == std::string::npos);
  BOOST_TEST(bare.find("Sec-WebSocket-Key: k") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
