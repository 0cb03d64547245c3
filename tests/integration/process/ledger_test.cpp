// What requests cost: the same in the log, in /requests, /credits and /usage, exact, over restarts.
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <string>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

// A dollar per million tokens in, two out, three for thoughts: a micro-dollar for each and so on.
std::string price_file(std::string_view from, std::string_view input = "1") {
  return fmt::format(
      R"({{"schema":1,"currency":"USD","sources":{{"test":{{"url":"none","date":"2026-01-01"}}}},)"
      R"("models":[{{"names":["{}"],"prices":[{{"from":"{}","sources":["test"],)"
      R"("standard":{{"input":"{}","cached":"1","output":"2","thinking":"3"}}}}]}}]}})",
      model, from, input);
}

struct ledger_fixture : admin_fixture {
  child& serve_with_prices(std::string_view from) {
    files.write("prices.json", price_file(from));
    calls_ = 0;
    return serve_with("alpha",
                      fmt::format("[prices]\nfile = \"{}\"\n", files.path("prices.json").native()));
  }
  // Calls, and tells what it costs by the answer's own counts.
  double call_for_micros(const api_call& what = generate, double input_price = 1) {
    const response served = call(*program, what);
    BOOST_TEST(served.result_int() == 200);
    // An answer is out before it is counted, and it is counted before it is logged.
    program->wait_for_line(R"("event":"request")", ++calls_);
    const std::string& body = served.body();
    const auto count = [&](std::string_view name) { return std::max(0.0, number_of(body, name)); };
    const double cost = count("promptTokenCount") * input_price +
                        count("candidatesTokenCount") * 2 + count("thoughtsTokenCount") * 3;
    BOOST_TEST(cost > 0);
    return cost;
  }
  double credit(std::string_view name) { return number_of(get("/api/v1/credits"), name); }
  void end() {
    program->send_signal(SIGTERM);
    BOOST_TEST(program->wait() == 0);
  }

 private:
  std::size_t calls_ = 0;  // of this program
};

constexpr double micros = 1e6;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ledger, ledger_fixture)

BOOST_AUTO_TEST_CASE(a_requests_cost_is_exact_everywhere_and_outlives_a_restart) {
  serve_with_prices("2020-01-01");
  const double cost = call_for_micros();
  const std::string line = program->wait_for_line(R"("event":"request")");
  BOOST_TEST(number_of(line, "cost_micro_usd") == cost, line);
  const std::string one = get("/api/v1/requests/" + field_of(line, "request_id"));
  BOOST_TEST(number_of(one, "cost_usd") * micros == cost, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(mentions(one, R"("cost_basis":"list_price")"), one);

  const double both = cost + call_for_micros();
  BOOST_TEST(credit("estimated_cost_usd") * micros == both, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(credit("calls_of_unknown_cost") == 0);
  const std::string usage = get("/api/v1/usage?step=day&group_by=key,model");
  BOOST_TEST(number_of(usage, "calls") == 2, usage);
  BOOST_TEST(number_of(usage, "estimated_cost_usd") * micros == both,
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(mentions(usage, fmt::format(R"("model":"{}")", model)), usage);
  BOOST_TEST(mentions(get("/api/v1/usage?format=csv&step=month"), fmt::format(",{},", both)));
  BOOST_TEST(mentions(get("/metrics"), "gemkeeper_cost_usd_total{key="));
  const std::string since = field_of(get("/api/v1/credits"), "since");

  end();
  serve_with_prices("2020-01-01");
  BOOST_TEST(credit("total_calls") == 2);
  BOOST_TEST(credit("estimated_cost_usd") * micros == both, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(field_of(get("/api/v1/credits"), "since") == since);
  const std::string status = get("/api/v1/api-keys/status");
  BOOST_TEST(number_of(status, "calls_made") == 2, status);
  BOOST_TEST(!mentions(status, R"("last_used":null)"), status);

  BOOST_TEST(mentions(post("/api/v1/credits/reset", "{}"), R"("reset":true)"));
  end();
  serve_with_prices("2020-01-01");
  BOOST_TEST(credit("total_calls") == 0);
  BOOST_TEST(field_of(get("/api/v1/credits"), "since") != since);
  BOOST_TEST(number_of(get("/api/v1/usage?step=day"), "calls") == 2);
}

BOOST_AUTO_TEST_CASE(a_model_without_a_price_has_an_unknown_cost) {
  serve_with_prices("2099-01-01");
  BOOST_TEST(call(*program).result_int() == 200);
  const std::string line = program->wait_for_line(R"("event":"request")");
  BOOST_TEST(mentions(line, R"("cost_unknown":"unknown_date")"), line);
  const std::string credits = get("/api/v1/credits");
  BOOST_TEST(mentions(credits, R"("estimated_cost_usd":null)"), credits);
  BOOST_TEST(number_of(credits, "calls_of_unknown_cost") == 1);
  BOOST_TEST(mentions(get("/metrics"), "gemkeeper_calls_of_unknown_cost_total{key="));
}

BOOST_AUTO_TEST_CASE(prices_are_reloaded_and_overridden_and_an_invalid_file_changes_nothing) {
  serve_with_prices("2020-01-01");
  files.write("prices.json", "{}");
  BOOST_TEST(mentions(program->wait_for_line("prices.file"), "lacks"));
  BOOST_TEST(credit("estimated_cost_usd") == 0);
  double cost = call_for_micros();
  BOOST_TEST(credit("estimated_cost_usd") * micros == cost, boost::test_tools::tolerance(1e-9));

  files.write("prices.json", price_file("2020-01-01", "5"));
  program->wait_for_line(R"("event":"reloaded")");
  cost += call_for_micros(generate, 5);
  BOOST_TEST(credit("estimated_cost_usd") * micros == cost, boost::test_tools::tolerance(1e-9));

  expect(request("PUT", "/api/v1/prices", price_file("2020-01-01", "7")), 200,
         R"("origin":"admin API")");
  cost += call_for_micros(generate, 7);
  BOOST_TEST(credit("estimated_cost_usd") * micros == cost, boost::test_tools::tolerance(1e-9));
  expect(request("PUT", "/api/v1/prices", price_file("someday")), 422,
         R"("field":"models.0.prices.0.from")");
  end();
  serve_with_prices("2020-01-01");
  expect(request("GET", "/api/v1/prices"), 200, R"("origin":"admin API")");
  cost += call_for_micros(generate, 7);
  BOOST_TEST(credit("estimated_cost_usd") * micros == cost, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_SUITE_END()
