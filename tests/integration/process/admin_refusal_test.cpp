// What the admin listener refuses, and how it stands slow and many clients.
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

using std::chrono::steady_clock;
constexpr const char* json = "Content-Type: application/json\r\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_refusals, admin_fixture)

BOOST_AUTO_TEST_CASE(bad_requests_are_told_what_is_wrong) {
  serve_with("alpha");
  const std::string add = "/api/v1/api-keys/add";
  expect(request("GET", "/nowhere"), 404, R"({"error":{"code":"no_such_path","message":)");
  expect(request("GET", add), 405, "Allow: POST\r\n");
  expect(request("OPTIONS", "/api/v1/credits"), 405, "Allow: GET, HEAD\r\n");
  expect(request("PUT", "/api/v1/credits", "{}"), 405, "method_not_allowed");
  expect(raw("POST /api/v1/api-keys/add HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
             "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n\r\n{}"),
         415, "application/json");
  expect(post(add, "{"), 400, "malformed_json");
  expect(post(add, R"({"api_key":"a","api_key":"b"})"), 400, R"("field":"api_key")");
  expect(post(add, R"({"api_key":7})"), 422, R"("field":"api_key")");
  expect(post(add, R"({"api_key":"a","colour":"red"})"), 422, R"("field":"colour")");
  expect(post(add, R"({"api_key":"two words"})"), 422, R"("field":"api_key")");
  expect(post(add, "{\"api_key\":\"a\\r\\nX: y\"}"), 422, R"("field":"api_key")");
  expect(post(add, "{\"api_key\":\"\xff\"}"), 400, "malformed_json");
  expect(post(add, std::string(200'000, '[')), 400, "malformed_json");
  expect(request("GET", "http://localhost/livez"), 400, "malformed_request");
  expect(raw("GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n"), 400, "Host");
  expect(raw("GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"), 400, "Host");
  expect(raw("nonsense\r\n\r\n"), 400, "malformed_request");
  expect(raw("POST /api/v1/credits/reset HTTP/1.1\r\nHost: localhost\r\n"
             "Transfer-Encoding: gzip, chunked\r\n\r\n"),
         400, "Transfer-Encoding");
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_refused_and_the_answer_arrives) {
  serve_with("alpha");
  const std::string large(3 * 1024 * 1024, 'x');
  expect(post("/api/v1/api-keys/add", large), 413, "body_too_large");
  expect(raw("POST /api/v1/api-keys/add HTTP/1.1\r\nHost: localhost\r\n" + std::string(json) +
             "Transfer-Encoding: chunked\r\n\r\n" + fmt::format("{:x}\r\n", large.size()) + large),
         413, "body_too_large");
  expect(request("GET", "/livez", {}, "X-Long: " + std::string(40'000, 'x') + "\r\n"), 431,
         "head_too_large");
  expect(request("GET", "/livez"), 200, "ok");
}

BOOST_AUTO_TEST_CASE(every_answer_says_that_browsers_must_not_use_it) {
  serve_with("alpha");
  for (const char* path : {"/livez", "/nowhere", "/api/v1/api-keys/status", "/metrics"}) {
    const std::string answer = request("GET", path);
    for (const char* field : {"X-Content-Type-Options: nosniff\r\n", "Cache-Control: no-store\r\n",
                              "frame-ancestors 'none'\r\n", "Referrer-Policy: no-referrer\r\n"}) {
      BOOST_TEST(mentions(answer, field), path << " without " << field);
    }
    BOOST_TEST(!mentions(answer, "Access-Control-"));
  }
}

BOOST_AUTO_TEST_CASE(a_head_request_is_answered_without_a_body) {
  serve_with("alpha");
  const std::string whole = request("GET", "/api/v1/api-keys/status");
  const std::string head = request("HEAD", "/api/v1/api-keys/status");
  BOOST_TEST(head.ends_with("\r\n\r\n"));
  BOOST_TEST(whole.starts_with(head));
}

BOOST_AUTO_TEST_CASE(pages_and_names_of_others_are_kept_out) {
  serve_with("alpha");
  const std::string rebound =
      "GET /api/v1/api-keys HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
  expect(raw(rebound), 403, "foreign_host");
  expect(request("GET", "/api/v1/api-keys", {}, "Origin: http://evil.example\r\n"), 403,
         "foreign_origin");
  expect(request("POST", "/api/v1/credits/reset", {}, "Origin: null\r\n"), 403, "foreign_origin");
  expect(request("GET", "/metrics", {}, "Sec-Fetch-Site: cross-site\r\n"), 403, "foreign_origin");
  expect(request("GET", "/api/v1/api-keys", {},
                 fmt::format("Origin: http://localhost:{}\r\n", admin_port)),
         200, "api_keys");
  // Probes come by any name.
  expect(raw("GET /livez HTTP/1.1\r\nHost: 10.1.2.3:8000\r\nConnection: close\r\n\r\n"), 200, "ok");
}

BOOST_AUTO_TEST_CASE(a_token_is_asked_for_everywhere_but_of_probes) {
  serve_with("alpha", {}, {"--set", "admin.token=correct-horse-battery"});
  expect(request("GET", "/api/v1/api-keys"), 401, "WWW-Authenticate: Bearer");
  expect(request("GET", "/metrics"), 401, "token_needed");
  expect(request("GET", "/nowhere"), 401, "token_needed");
  expect(request("GET", "/livez"), 200, "ok");
  expect(request("GET", "/readyz"), 200, "ready");
  const std::string right = "Authorization: Bearer correct-horse-battery\r\n";
  expect(request("GET", "/metrics", {}, right), 200, "gemkeeper_build_info");

  const auto begin = steady_clock::now();
  for (int i = 0; i < 3; ++i) {
    expect(request("GET", "/api/v1/api-keys", {}, "Authorization: Bearer wrong\r\n"), 401,
           "wrong_token");
  }
  BOOST_TEST((steady_clock::now() - begin >= 1750ms));  // 250 + 500 + 1000
  // The right one does not wait for the wrong ones.
  expect(request("GET", "/api/v1/config", {}, right), 200, "(hidden)");
  BOOST_TEST(!mentions(get("/api/v1/config"), "correct-horse"));
  BOOST_TEST(!mentions(program->err(), "correct-horse"));
}

BOOST_AUTO_TEST_CASE(idle_and_slow_clients_keep_nobody_out_and_the_proxy_serves_on) {
  serve_with("alpha");
  asio::io_context context;
  std::vector<std::unique_ptr<asio::ip::tcp::socket>> crowd;
  for (int i = 0; i < 200; ++i) {
    auto& one = crowd.emplace_back(std::make_unique<asio::ip::tcp::socket>(context));
    one->connect({asio::ip::address_v4::loopback(), admin_port});
    asio::write(*one, asio::buffer(std::string("GET /livez HTTP/1.1\r\nHost: lo")));
  }
  expect(request("GET", "/api/v1/api-keys/status"), 200, "total_api_keys");
  BOOST_TEST(call(*program).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(a_silent_google_holds_up_few_questions_and_no_other_call) {
  asio::io_context context;
  const asio::ip::tcp::endpoint here(asio::ip::address_v4::loopback(), 0);
  const asio::ip::tcp::acceptor silent(context, here);  // takes connections, and says nothing
  serve_with("alpha", {},
             {"--set", fmt::format("upstream.base_url=http://127.0.0.1:{}",
                                   silent.local_endpoint().port())});
  const std::string body = secret_body("beta");
  const std::string question = fmt::format(
      "POST /api/v1/api-keys/validate HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: {}\r\n"
      "\r\n{}",
      json, body.size(), body);
  std::vector<std::unique_ptr<asio::ip::tcp::socket>> asking;
  for (int i = 0; i < 8; ++i) {
    auto& one = asking.emplace_back(std::make_unique<asio::ip::tcp::socket>(context));
    one->connect({asio::ip::address_v4::loopback(), admin_port});
    asio::write(*one, asio::buffer(question));
  }
  // Those before it may still be on their way.
  std::string answer;
  while (!answer.starts_with("HTTP/1.1 503")) {
    auto& one = asking.emplace_back(std::make_unique<asio::ip::tcp::socket>(context));
    one->connect({asio::ip::address_v4::loopback(), admin_port});
    asio::write(*one, asio::buffer(question));
    answer = std::string(4096, 0);
    answer.resize(one->read_some(asio::buffer(answer)));
  }
  BOOST_TEST(mentions(answer, R"("code":"busy")"), answer);
  BOOST_TEST(mentions(answer, "Retry-After: 1"), answer);
  const auto begin = steady_clock::now();
  expect(request("GET", "/api/v1/api-keys/status"), 200, "total_api_keys");
  BOOST_TEST((steady_clock::now() - begin < 5s));
}

BOOST_AUTO_TEST_CASE(a_connection_serves_many_requests_pipelined_ones_too) {
  serve_with("alpha");
  std::string many;
  for (int i = 0; i < 20; ++i)
    many += "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string answers =
      raw(many + "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  std::size_t count = 0;
  for (std::size_t at = answers.find("HTTP/1.1 200"); at != std::string::npos;
       at = answers.find("HTTP/1.1 200", at + 1)) {
    ++count;
  }
  BOOST_TEST(count == 21U);
}

BOOST_AUTO_TEST_SUITE_END()
