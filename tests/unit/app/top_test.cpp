// The pictures of `gemkeeper top`, from what the admin API says.
#include "app/top/frame.hpp"
#include "app/top/sample.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace gemkeeper::app::top {
namespace {

using namespace std::chrono_literals;

const auto noon = std::chrono::sys_days(std::chrono::July / 1 / 2026) + 12h;

std::string status_of(unsigned tokens) {
  return fmt::format(
      R"({{"total_api_keys":4,"healthy":2,"cooling":1,"quarantined":1,"disabled":0,"exhausted":0,)"
      R"("api_key_usage":{{)"
      R"("alpha":{{"calls_made":7,"tokens_used":{},"errors":0,"estimated_cost_usd":"0.5","state":"healthy","cooldowns":[]}},)"
      R"("beta":{{"calls_made":30,"tokens_used":20,"errors":2,"estimated_cost_usd":null,"state":"cooling","cooldowns":[)"
      R"({{"model":"gemini-x","quota":"PerMinute","until":"2026-07-01T12:00:34.000Z"}},)"
      R"({{"model":null,"quota":null,"until":"2026-07-01T12:00:01.000Z"}}]}},)"
      R"("evil\u001b[2J":{{"calls_made":12345678,"tokens_used":0,"errors":0,"estimated_cost_usd":2,"state":"healthy","cooldowns":[]}},)"
      R"("gämma":{{"calls_made":0,"tokens_used":0,"errors":9,"estimated_cost_usd":null,"state":"quarantined","cooldowns":[]}}}}}})",
      tokens);
}

std::string metrics_of(unsigned fast, unsigned slow) {
  return fmt::format(
      "# HELP gemkeeper_requests_total Requests.\n# TYPE gemkeeper_requests_total counter\n"
      "gemkeeper_requests_total{{route=\"a b\",model=\"x }} y\",code=\"200\"}} {}\n"
      "gemkeeper_requests_total{{route=\"c\",model=\"\",code=\"0\"}} {}\n"
      "gemkeeper_overhead_seconds_bucket{{le=\"0.0001\"}} {}\n"
      "gemkeeper_overhead_seconds_bucket{{le=\"0.0002\"}} {}\n"
      "gemkeeper_overhead_seconds_bucket{{le=\"+Inf\"}} {}\n"
      "gemkeeper_time_to_first_byte_seconds_bucket{{le=\"1\"}} 0\n"
      "gemkeeper_time_to_first_byte_seconds_bucket{{le=\"+Inf\"}} 0\n"
      "gemkeeper_upstream_connections{{state=\"active\"}} 2\n"
      "gemkeeper_upstream_connections{{state=\"idle\"}} 3\n"
      "gemkeeper_streams_in_flight 4\nprocess_start_time_seconds 1.5e9\n",
      fast, slow, fast, fast + slow, fast + slow);
}

sample sample_of(unsigned fast, unsigned slow, unsigned tokens,
                 std::chrono::system_clock::time_point at) {
  return read_sample(status_of(tokens), metrics_of(fast, slow), at).value();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    all.push_back(line);
  return all;
}

// First words of the lines below the head, as far as there are keys.
std::string order_of(const std::string& frame) {
  std::string names;
  for (const std::string& line : lines_of(frame)) {
    for (const char* name : {"alpha", "beta", "evil", "gämma"}) {
      if (line.starts_with(name)) names += std::string(name) + " ";
    }
  }
  return names;
}

BOOST_AUTO_TEST_SUITE(top_view)

BOOST_AUTO_TEST_CASE(one_picture_says_all_that_is_known) {
  const sample now = sample_of(10, 0, 100, noon);
  const std::vector<std::string> lines = lines_of(draw({}, "127.0.0.1:8000", now, nullptr, ""));
  BOOST_REQUIRE(lines.size() == 9U);
  BOOST_TEST(
      lines[0] ==
      "gemkeeper 127.0.0.1:8000   12:00:00 UTC   4 keys, 2 healthy, 1 cooling, 1 quarantined");
  BOOST_TEST(lines[1] == "requests -/s   tokens -/min   streams 4   upstream 2 active, 3 idle");
  BOOST_TEST(lines[2] == "overhead p50 50 µs, p99 99 µs   first byte p50 -, p99 -");
  BOOST_TEST(lines[3] == "");
  BOOST_TEST(lines[4] ==
             "NAME           STATE           CALLS    TOKENS   ERRORS    COST USD  COOLING");
  BOOST_TEST(lines[5] ==
             R"(evil\u001b[2J  healthy         12.3M         0        0      2.0000  )");
  BOOST_TEST(lines[6] ==
             "beta           cooling            30        20        2           -  0:34 gemini-x "
             "PerMinute and 1 more");
  BOOST_TEST(lines[7] == "alpha          healthy             7       100        0      0.5000  ");
  BOOST_TEST(lines[8] == "gämma          quarantined         0         0        9           -  ");
}

BOOST_AUTO_TEST_CASE(rates_are_of_what_happened_between_two_samples) {
  const sample before = sample_of(100, 0, 1000, noon);
  const sample now = sample_of(100, 50, 1100, noon + 10s);
  const rates seen = rates_between(&before, now);
  BOOST_TEST(seen.requests_per_second.value() == 5);
  BOOST_TEST(seen.tokens_per_minute.value() == 600);
  // The fast ones were before.
  BOOST_TEST(seen.overhead_p50.value() == 0.00015, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(!seen.first_byte_p50);
  BOOST_TEST(!rates_between(&now, now).requests_per_second);
  BOOST_TEST(!restarted(before, now));
  BOOST_TEST(restarted(now, sample_of(1, 0, 0, noon + 11s)));
}

BOOST_AUTO_TEST_CASE(quantiles_are_interpolated_as_prometheus_does) {
  const buckets now{{1, 10}, {2, 30}, {INFINITY, 40}};
  BOOST_TEST(quantile(0.25, now, {}).value() == 1);
  BOOST_TEST(quantile(0.5, now, {}).value() == 1.5);
  BOOST_TEST(quantile(0.99, now, {}).value() == 2);  // beyond the last bound: no more is known
  BOOST_TEST(!quantile(0.5, {}, {}));
  BOOST_TEST(!quantile(0.5, now, now));
}

BOOST_AUTO_TEST_CASE(keys_are_sorted_by_what_is_asked_for) {
  const sample now = sample_of(1, 0, 100, noon);
  const std::pair<top_sort, std::string> table[] = {
      {top_sort::calls, "evil beta alpha gämma "},  {top_sort::tokens, "alpha beta evil gämma "},
      {top_sort::errors, "gämma beta alpha evil "}, {top_sort::cost, "evil alpha beta gämma "},
      {top_sort::name, "alpha beta evil gämma "},
  };
  for (const auto& [by, expected] : table) {
    view how;
    how.by = by;
    BOOST_TEST(order_of(draw(how, "x", now, nullptr, "")) == expected);
  }
}

BOOST_AUTO_TEST_CASE(no_picture_is_larger_than_the_terminal_or_steers_it) {
  const sample now = sample_of(1, 0, 100, noon);
  for (std::size_t width = 1; width <= 120; width += 7) {
    for (std::size_t height = 1; height <= 12; ++height) {
      const view how{width, height, false, top_sort::calls};
      for (const std::string& frame :
           {draw(how, "a\x1b[2Jb", now, nullptr, "no answer"), draw_problem(how, "x", "away")}) {
        const auto lines = lines_of(frame);
        BOOST_TEST(lines.size() <= height);
        for (const std::string& line : lines) {
          const auto letters = std::ranges::count_if(
              line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
          BOOST_TEST(static_cast<std::size_t>(letters) <= width);
        }
        BOOST_TEST((frame.find('\x1b') == std::string::npos));
      }
    }
  }
  const auto lines = lines_of(draw({80, 8, false, top_sort::calls}, "x", now, nullptr, ""));
  BOOST_TEST(lines[5].starts_with("evil"));
  BOOST_TEST(lines[6] == "and 3 more keys");
  BOOST_TEST(lines[7].starts_with("q quit"));
}

BOOST_AUTO_TEST_CASE(a_frame_is_a_line_of_json) {
  const sample before = sample_of(100, 0, 1000, noon);
  const std::string line = to_json(sample_of(100, 50, 1100, noon + 10s), &before);
  BOOST_TEST(line.find('\n') == line.size() - 1);
  rapidjson::Document said;
  said.Parse(line.c_str());
  BOOST_REQUIRE(!said.HasParseError());
  BOOST_TEST(said["ts"].GetString() == "2026-07-01T12:00:10.000Z");
  BOOST_TEST(said["requests_per_second"].GetDouble() == 5);
  BOOST_TEST(said["first_byte_seconds"]["p99"].IsNull());
  BOOST_TEST(said["keys"]["total"].GetInt() == 4);
  BOOST_TEST(said["api_keys"].Size() == 4U);
  BOOST_TEST(said["api_keys"][0]["estimated_cost_usd"].GetDouble() == 0.5);
  BOOST_TEST(said["api_keys"][1]["estimated_cost_usd"].IsNull());
  BOOST_TEST(said["api_keys"][1]["cooldowns"][0]["until"].GetString() ==
             "2026-07-01T12:00:34.000Z");
  said.Parse(problem_to_json("a \"quoted\" problem", noon).c_str());
  BOOST_TEST(said["problem"].GetString() == "a \"quoted\" problem");
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_of_gemkeepers_is_none) {
  for (const char* status : {"", "[]", "{}", "<html>", R"({"api_key_usage":[]})"})
    BOOST_TEST(!read_sample(status, "", noon), status);
  // Strange types count as nothing.
  const auto odd = read_sample(
      R"({"api_key_usage":{"a":{"calls_made":-1,"state":5,"cooldowns":[{"until":"soon"},7]}}})",
      "x\n{}\n#\ngemkeeper_requests_total nan_\ngemkeeper_overhead_seconds_bucket{le=\"x\n", noon);
  BOOST_REQUIRE(odd);
  BOOST_TEST(odd->keys.at(0).cool_downs.empty());
  BOOST_TEST(draw({}, "x", *odd, nullptr, "").find('a') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(times_are_read_as_the_api_writes_them) {
  BOOST_TEST((parse_time("2026-07-01T12:00:00.500Z") == noon + 500ms));
  for (const char* text : {"", "2026-07-01", "2026-13-01T12:00:00.000Z", "2026-07-01T12:00:00.000+",
                           "xxxx-07-01T12:00:00.000Z"}) {
    BOOST_TEST(!parse_time(text), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app::top
