// Limits and clients of a gemkeeper that runs: what is told of them, what a restart must not
// forget, and that no token shows anywhere but in the one answer that tells it.
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace gemkeeper;
using namespace gemkeeper::test;
namespace fs = std::filesystem;

namespace {

// A micro-dollar for each token.
const std::string prices = fmt::format(
    R"({{"schema":1,"currency":"USD","sources":{{"test":{{"url":"none","date":"2026-01-01"}}}},)"
    R"("models":[{{"names":["{}"],"prices":[{{"from":"2020-01-01","sources":["test"],)"
    R"("standard":{{"input":"1","cached":"1","output":"1","thinking":"1"}}}}]}}]}})",
    model);

struct limits_fixture : admin_fixture {
  child& start_serving(std::string_view toml = {}) {
    files.write("prices.json", prices);
    served_ = 0;
    return serve_with("alpha", fmt::format("[prices]\nfile = \"prices.json\"\n{}", toml));
  }
  void kill() const {
    program->send_signal(SIGKILL);
    program->wait();
  }
  std::string add_client(std::string_view name, std::string_view limits) {
    const std::string made =
        post("/api/v1/clients", fmt::format(R"({{"name":"{}","limits":{}}})", name, limits));
    expect(made, 201, R"("token":"gk_)");
    return field_of(made, "token");
  }
  response ask(const fields& credentials, std::string_view query = {}) {
    client app(port_of(program->wait_for_address()));
    return app.call(std::string(generate.target) + std::string(query), generate.body, credentials);
  }
  // A request that is served; it is counted before it is logged.
  std::string served(std::string_view token) {
    BOOST_TEST(ask({{"x-goog-api-key", std::string(token)}}).result_int() == 200);
    return program->wait_for_line(R"("event":"request")", ++served_);
  }

 private:
  std::size_t served_ = 0;  // by this program
};

// Where a token stands, for who must find out why.
std::string around(std::string_view text, std::string_view what) {
  const std::size_t at = std::min(text.find(what), text.size());
  return std::string(text.substr(at - std::min<std::size_t>(at, 200), 300));
}

void expect_refused(const response& answer, std::string_view reason, std::string_view which) {
  BOOST_TEST(answer.result_int() == 429, answer.body());
  for (const std::string_view part : {R"("RESOURCE_EXHAUSTED")", "google.rpc.ErrorInfo",
                                      R"("gemkeeper")", "google.rpc.RetryInfo"})
    BOOST_TEST(mentions(answer.body(), part), answer.body());
  BOOST_TEST(mentions(answer.body(), reason), answer.body());
  BOOST_TEST(mentions(answer.body(), which), answer.body());
  BOOST_TEST(std::atoi(std::string(answer["Retry-After"]).c_str()) > 0, answer["Retry-After"]);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(limits, limits_fixture)

BOOST_AUTO_TEST_CASE(a_clients_limit_raises_alerts_at_the_shares_that_are_set) {
  start_serving("[alerts]\nthresholds = [30, 75, 100]\n");
  const std::string token = add_client("billing", R"({"requests_per_day":4})");
  served(token);
  BOOST_TEST(!mentions(get("/api/v1/alerts"), "limit_reached"));
  served(token);
  program->wait_for_line("client billing requests_per_day 30%");
  served(token);
  program->wait_for_line("client billing requests_per_day 75%");
  served(token);
  const std::string full = program->wait_for_line("client billing requests_per_day 100%");
  BOOST_TEST(mentions(full, R"("severity":"critical")"), full);
  const std::string told = get("/api/v1/alerts");
  BOOST_TEST(mentions(told, "has used 30 % of its limit requests_per_day"), told);
  BOOST_TEST(!mentions(told, "50 %"), told);
  BOOST_TEST(!mentions(told, "80 %"), told);
  expect(get("/metrics"), 200, R"(gemkeeper_alerts{kind="limit_reached",severity="critical"} 1)");
  expect_refused(ask({{"x-goog-api-key", token}}), "CLIENT_LIMIT_REACHED", "requests_per_day");
}

BOOST_AUTO_TEST_CASE(limits_on_money_count_what_requests_cost_and_credits_name_the_client) {
  start_serving();
  // Of a micro-dollar, which the first request passes.
  const std::string token = add_client("billing", R"({"usd_per_day":0.000001})");
  const std::string line = served(token);
  const double cost = number_of(line, "cost_micro_usd");
  BOOST_TEST(cost > 1, line);
  const std::string standing = get("/api/v1/clients");
  BOOST_TEST(number_of(standing, "used") * 1e6 == cost, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(number_of(standing, "reserved") == 0, standing);
  expect_refused(ask({{"x-goog-api-key", token}}), "CLIENT_LIMIT_REACHED", "usd_per_day");
  const std::string credits = get("/api/v1/credits");
  BOOST_TEST(mentions(credits, R"("per_client":{"billing":{)"), credits);
  BOOST_TEST(mentions(credits, R"("scope":"client")"), credits);
  BOOST_TEST(mentions(get("/api/v1/requests?client=billing"), R"("client_name":"billing")"));
}

BOOST_AUTO_TEST_CASE(a_restart_grants_nothing_anew) {
  start_serving("[[projects]]\nname = \"p\"\nlimits.requests_per_day = 3\n");
  const std::string spender = add_client("spender", R"({"usd_per_month":0.000001})");
  const std::string caller = add_client("caller", R"({"requests_per_day":2})");
  expect(request("PATCH", "/api/v1/api-keys/" + first_key_id(),
                 R"({"project":"p","limits":{"tokens_per_month":1000000}})"),
         200, "");
  served(spender);
  served(caller);
  const double tokens = number_of(get("/api/v1/credits"), "total_tokens");
  kill();

  start_serving("[[projects]]\nname = \"p\"\nlimits.requests_per_day = 3\n");
  expect_refused(ask({{"x-goog-api-key", spender}}), "CLIENT_LIMIT_REACHED", "usd_per_month");
  program->wait_for_line(R"("event":"request")", 1);
  const std::string key = get("/api/v1/api-keys/" + first_key_id());
  const std::size_t usage = key.find("usage_of_limits");
  BOOST_REQUIRE(usage != std::string::npos);
  BOOST_TEST(number_of(key.substr(usage), "used") == tokens, key);
  BOOST_TEST(ask({{"x-goog-api-key", caller}}).result_int() == 200);  // its second
  expect_refused(ask({{"x-goog-api-key", caller}}), "CLIENT_LIMIT_REACHED", "requests_per_day");
  // And the project's third was the last.
  expect_refused(ask({}), "ALL_KEYS_EXHAUSTED", "PerDay");
}

BOOST_AUTO_TEST_CASE(no_token_shows_in_a_log_an_answer_a_metric_or_the_database) {
  const std::string configured = "token-of-the-configuration-0123456789";
  files.write("keys-given/token", configured + "\n");
  start_serving(
      "[log]\nlevel = \"debug\"\n[clients]\nrequired = true\n[[clients.list]]\n"
      "name = \"declared\"\nfile = \"keys-given/token\"\n");
  const std::string made = add_client("made", R"({"requests_per_day":6})");
  std::string shown;
  for (const std::string& token : {made, configured, std::string("gk_nobody-knows-this-token")}) {
    for (const fields& slot :
         {fields{{"x-goog-api-key", token}}, fields{{"Authorization", "Bearer " + token}},
          fields{{"Proxy-Authorization", "Bearer " + token}}}) {
      shown += ask(slot).body();
    }
    shown += ask({}, "?key=" + token).body();
    ask({{"Host", token + ".example"}});  // who named a host is told which; nobody else is
  }
  BOOST_TEST(mentions(shown, "CLIENT_TOKEN_UNKNOWN"), shown);
  const std::string id = field_of(get("/api/v1/clients"), "id");
  for (const char* path :
       {"/api/v1/clients", "/api/v1/credits", "/api/v1/usage?step=day&group_by=client",
        "/api/v1/usage?step=day&group_by=client&format=csv", "/api/v1/requests", "/api/v1/config",
        "/api/v1/audit", "/api/v1/alerts", "/api/v1/api-keys", "/api/v1/api-keys/status",
        "/api/v1/projects", "/metrics", "/openapi.json", "/readyz"}) {
    const std::string answer = get(path);
    BOOST_TEST(answer.starts_with("HTTP/1.1 200 "), path << ": " << answer.substr(0, 100));
    shown += answer;
  }
  shown += get("/api/v1/clients/" + id);
  shown += request("PATCH", "/api/v1/clients/" + id, R"({"name":"renamed"})");
  shown += post("/api/v1/clients/" + id, fmt::format(R"({{"token":"{}"}})", made));
  program->send_signal(SIGTERM);
  BOOST_TEST(program->wait() == 0);
  shown += program->out() + program->err();
  for (const auto& file : fs::recursive_directory_iterator(files.path())) {
    if (!file.is_regular_file() || file.path().native().find("keys-given") != std::string::npos)
      continue;
    std::ifstream in(file.path(), std::ios::binary);
    shown += std::string((std::istreambuf_iterator<char>(in)), {});
  }
  for (const std::string& token : {made.substr(3), configured, std::string("nobody-knows-this")}) {
    for (std::size_t from : {std::size_t{0}, token.size() - 16})
      BOOST_TEST(!mentions(shown, token.substr(from, 16)), around(shown, token.substr(from, 16)));
  }
  // What is hunted for can be found.
  BOOST_TEST(mentions(shown, "declared"));
}

BOOST_AUTO_TEST_CASE(names_that_would_steer_a_terminal_are_escaped_by_the_command_line) {
  start_serving();
  // U+009B begins a control sequence, and gets past a check of bytes.
  add_client(
      "blink\xc2\x9b"
      "5m",
      "{}");
  expect(post("/api/v1/api-keys/add",
              fmt::format(R"({{"api_key":"{}","name":"odd{}"}})", secret_key("beta"), "\xc2\x9b")),
         201, "");
  const std::string at = fmt::format("admin.listen=[\"127.0.0.1:{}\"]", admin_port);
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"status"}, {"credits"}, {"keys", "list"}, {"clients", "list"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--set", at});
    call(*program);
    child& ran = start(arguments);
    BOOST_TEST(ran.wait() == 0, ran.err());
    BOOST_TEST(!mentions(ran.out(), "\xc2\x9b"), ran.out());
    if (command[0] != "credits" || mentions(ran.out(), "odd"))
      BOOST_TEST(mentions(ran.out(), "\\u009b"), ran.out());
  }
}

BOOST_AUTO_TEST_SUITE_END()
