// The admin API over real sockets: the calls that users make, with curl as they stand, and keys
// that come, change and go while the proxy serves. The fixture hunts for keys in all that was
// written.
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <csignal>

using namespace gemkeeper;
using namespace gemkeeper::test;

BOOST_FIXTURE_TEST_SUITE(admin_api, admin_fixture)

BOOST_AUTO_TEST_CASE(the_original_curl_calls_work_as_they_stand) {
  serve_with("alpha");
  const std::string added = curl(
      "-X POST http://localhost:8000/api/v1/api-keys/add -H 'Content-Type: application/json' "
      "-d '{\"api_key\": \"" +
      secret_key("beta") + "\", \"name\": \"second\"}'");
  BOOST_TEST(mentions(added, R"("name":"second")"), added);
  BOOST_TEST(mentions(added, R"("state":"healthy")"), added);
  BOOST_TEST(mentions(added, R"("durable":true)"), added);
  const std::string valid = curl(
      "-X POST http://localhost:8000/api/v1/api-keys/validate "
      "-H 'Content-Type: application/json' -d '{\"api_key\": \"" +
      secret_key("gamma") + "\"}'");
  BOOST_TEST(mentions(valid, R"({"valid":true,"reason":null,"models":)"), valid);
  BOOST_TEST(!mentions(valid, R"("models":0)"), valid);

  BOOST_TEST(call(*program).result_int() == 200);
  BOOST_TEST(call(*program).result_int() == 200);
  const auto used = keys_used();
  BOOST_TEST(std::ranges::count(used, "beta") > 0);

  const std::string status = curl("http://localhost:8000/api/v1/api-keys/status");
  BOOST_TEST(mentions(status, R"("total_api_keys":2,"healthy":2)"), status);
  BOOST_TEST(mentions(status, R"("second":{)"), status);
  const std::string credits = curl("http://localhost:8000/api/v1/credits");
  BOOST_TEST(mentions(credits, R"("total_calls":2)"), credits);
  BOOST_TEST(mentions(credits, R"("estimated_cost_usd":0.)"), credits);
  const std::string reset = curl("-X POST http://localhost:8000/api/v1/credits/reset");
  BOOST_TEST(mentions(reset, R"("reset":true)"), reset);
  BOOST_TEST(mentions(curl("http://localhost:8000/api/v1/credits"), R"("total_calls":0)"));
}

BOOST_AUTO_TEST_CASE(google_decides_what_is_added) {
  serve_with("alpha");
  expect(post("/api/v1/api-keys/add", key_body("alpha")), 409, "duplicate_key");
  expect(post("/api/v1/api-keys/add", R"({"api_key":"AIza-nobody-knows-this"})"), 422,
         "API_KEY_INVALID");
  expect(post("/api/v1/api-keys/validate", R"({"api_key":"AIza-nobody-knows-this"})"), 200,
         R"("valid":false)");
  BOOST_TEST(mentions(get("/api/v1/api-keys/status"), R"("total_api_keys":1)"));
}

BOOST_AUTO_TEST_CASE(an_unreachable_google_is_502_and_nothing_is_stored) {
  serve_with("alpha", "", {"--set", "upstream.base_url=http://127.0.0.1:9"});
  expect(post("/api/v1/api-keys/add", key_body("beta")), 502, "google_unreachable");
  BOOST_TEST(mentions(get("/api/v1/api-keys/status"), R"("total_api_keys":1)"));
  expect(post("/api/v1/api-keys/add",
              fmt::format(R"({{"api_key":"{}","validate":false}})", secret_key("beta"))),
         201, R"("validated":false)");
}

BOOST_AUTO_TEST_CASE(a_key_goes_through_its_life) {
  serve_with("alpha");
  const std::string made = post("/api/v1/api-keys/add", key_body("beta"));
  const std::string id = field_of(made, "id");
  const std::string path = "/api/v1/api-keys/" + id;
  const std::string alpha = first_key_id();
  expect(request("PATCH", "/api/v1/api-keys/" + alpha, R"({"enabled":false})"), 200,
         R"("state":"disabled")");
  upstream.reset();
  call(*program);
  BOOST_TEST(keys_used() == std::vector<std::string>{"beta"}, boost::test_tools::per_element());

  // Another secret, the same key.
  expect(post(path + "/rotate", secret_body("gamma")), 200, id);
  upstream.reset();
  const response served = call(*program);
  BOOST_TEST(header(served, "x-gemkeeper-key") == id);
  BOOST_TEST(keys_used() == std::vector<std::string>{"gamma"}, boost::test_tools::per_element());
  expect(post("/api/v1/api-keys/add", key_body("beta")), 409, "duplicate_key");

  expect(post(path + "/probe", ""), 200, R"("valid":true)");
  expect(post(path + "/reset", "{}"), 200, id);
  expect(request("DELETE", "/api/v1/api-keys/" + alpha), 409, "$GEMINI_API_KEYS");
  expect(request("DELETE", path), 204, "");
  expect(request("GET", path), 404, "no_such_key");
  BOOST_TEST(call(*program).result_int() == 503);
}

BOOST_AUTO_TEST_CASE(a_reload_keeps_what_the_api_did_and_the_api_what_a_reload_did) {
  files.write("keys/alpha", secret_key("alpha"));
  serve_with("", "[pool]\nkeys_dir = \"keys\"\n");
  expect(request("PATCH", "/api/v1/api-keys/" + first_key_id(), R"({"weight":7})"), 200, "");
  expect(post("/api/v1/api-keys/add", key_body("beta")), 201, "");
  files.write("keys/gamma", secret_key("gamma"));
  program->wait_for_line(R"("event":"reloaded")");
  const std::string all = get("/api/v1/api-keys");
  BOOST_TEST(mentions(get("/api/v1/api-keys/status"), R"("total_api_keys":3)"));
  BOOST_TEST(mentions(all, R"("weight":7)"), all);
  BOOST_TEST(mentions(all, R"("origin":"admin API")"), all);
  expect(post("/api/v1/api-keys/add", key_body("delta")), 201, "");
  BOOST_TEST(mentions(get("/api/v1/api-keys/status"), R"("total_api_keys":4)"));
}

BOOST_AUTO_TEST_CASE(requests_metrics_configuration_and_health_are_told) {
  serve_with("alpha");
  const response served = call(*program);
  const std::string id = header(served, "x-gemkeeper-request-id");
  program->wait_for_line(R"("event":"request")");
  expect(request("GET", "/api/v1/requests/" + id), 200, R"("outcome":"success")");
  BOOST_TEST(mentions(get("/api/v1/requests?limit=5"), id));
  const std::string metrics = get("/metrics");
  BOOST_TEST(mentions(metrics, "gemkeeper_requests_total{route=\""), metrics);
  BOOST_TEST(mentions(metrics, R"(,outcome="success"} 1)"), metrics);
  const std::string config = get("/api/v1/config");
  BOOST_TEST(mentions(config, R"("upstream.base_url")"), config);
  expect(request("GET", "/livez"), 200, "ok");
  expect(request("GET", "/startupz"), 200, "ok");
  expect(request("GET", "/readyz"), 200, R"("ready":true)");
  expect(request("GET", "/openapi.json"), 200, R"("openapi":"3.1.0")");
}

BOOST_AUTO_TEST_CASE(events_come_as_they_happen) {
  serve_with("alpha");
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), admin_port});
  asio::write(socket,
              asio::buffer(std::string("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")));
  std::string text;
  const auto read_until = [&](const char* mark) {
    asio::read_until(socket, asio::dynamic_buffer(text), std::string(mark));
  };
  read_until(": gemkeeper events\n\n");
  BOOST_TEST(mentions(text, "Content-Type: text/event-stream\r\n"));
  expect(post("/api/v1/api-keys/add", key_body("beta")), 201, "");
  read_until("\"event\":\"key_added\"");
  read_until("event: usage\n");
}

BOOST_AUTO_TEST_CASE(a_taken_port_ends_it_and_names_the_setting) {
  const std::string taken = fmt::format("127.0.0.1:{}", upstream.port());
  child& refused = serve({}, {"--set", fmt::format("admin.listen=[\"{}\"]", taken)});
  BOOST_TEST(refused.wait() == 1);
  BOOST_TEST(mentions(refused.err(), "admin.listen: cannot listen on " + taken), refused.err());
}

BOOST_AUTO_TEST_CASE(it_can_listen_on_a_unix_socket_or_nowhere) {
  const std::string path = files.path("admin.sock").native();
  child& by_path = serve({}, {"--set", fmt::format("admin.listen=[\"unix:{}\"]", path)},
                         {{"GEMINI_API_KEYS", secret_key("alpha")}});
  by_path.wait_for_line(R"("listener":"admin")");
  child ask({"/bin/sh", "-c",
             "curl -sS --unix-socket " + path + " http://localhost/api/v1/api-keys/status"},
            {});
  BOOST_TEST(ask.wait() == 0);
  BOOST_TEST(mentions(ask.out(), R"("total_api_keys":1)"), ask.out() << ask.err());
  by_path.send_signal(SIGTERM);
  BOOST_TEST(by_path.wait() == 0);
  BOOST_TEST(!std::filesystem::exists(path));

  child& nowhere = serve({}, {"--set", "admin.listen=[]"});
  nowhere.wait_for_address();
  nowhere.send_signal(SIGTERM);
  BOOST_TEST(nowhere.wait() == 0);
  BOOST_TEST(!mentions(nowhere.err(), R"("listener":"admin")"));
}

BOOST_AUTO_TEST_SUITE_END()
