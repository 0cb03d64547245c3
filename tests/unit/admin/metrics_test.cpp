#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>
#include <set>
#include <sstream>

namespace gemkeeper::admin {
namespace {

using test::api;
using test::id_of;

bool has(const std::string& text, const std::string& line) {
  return text.find(line + "\n") != std::string::npos;
}

struct with_traffic : api {
  with_traffic() {
    behind.add(test::key_of("AIza-secret", "first"));
    auto& view = behind.all[0].view;
    view.outcomes[static_cast<std::size_t>(pool::outcome::success)] = 5;
    view.outcomes[static_cast<std::size_t>(pool::outcome::quota)] = 2;
    pool::usage_counts used;
    used.calls = 5;
    used.tokens.prompt = 11;
    used.tokens.candidates = 7;
    used.cost_micros = 1'250'000;
    used.unpriced = 1;
    behind.used[{id_of("AIza-secret"), pool::model_name("flash")}] = used;
    finished_request done;
    done.route = "generate_content";
    done.model = "a \"quoted\\\n model";
    done.status = 200;
    done.total = std::chrono::microseconds(2'000'000);
    requests.record(done, std::chrono::system_clock::now());
    text = call("GET", "/metrics").body;
  }
  std::string text;
};

BOOST_FIXTURE_TEST_SUITE(metrics, with_traffic)

BOOST_AUTO_TEST_CASE(the_names_of_the_contract_are_there) {
  const std::string id(id_of("AIza-secret").view());
  BOOST_TEST(has(text, R"(gemkeeper_attempts_total{key=")" + id + R"(",outcome="success"} 5)"));
  BOOST_TEST(has(text, R"(gemkeeper_attempts_total{key=")" + id + R"(",outcome="quota"} 2)"));
  BOOST_TEST(has(text, R"(gemkeeper_key_up{key=")" + id + R"("} 1)"));
  BOOST_TEST(has(text, R"(gemkeeper_key_cooldowns{key=")" + id + R"("} 0)"));
  BOOST_TEST(
      has(text, R"(gemkeeper_tokens_total{key=")" + id + R"(",model="flash",type="output"} 7)"));
  BOOST_TEST(has(text, R"(gemkeeper_cost_usd_total{key=")" + id + R"(",model="flash"} 1.25)"));
  BOOST_TEST(
      has(text, R"(gemkeeper_calls_of_unknown_cost_total{key=")" + id + R"(",model="flash"} 1)"));
  BOOST_TEST(has(text, "gemkeeper_usage_waiting 3"));
  BOOST_TEST(has(text, R"(gemkeeper_request_duration_seconds_bucket{le="2.5"} 1)"));
  BOOST_TEST(has(text, R"(gemkeeper_request_duration_seconds_bucket{le="1"} 0)"));
  BOOST_TEST(has(text, "gemkeeper_request_duration_seconds_sum 2"));
  BOOST_TEST(has(text, "gemkeeper_overhead_seconds_count 1"));
  BOOST_TEST(has(text, "gemkeeper_time_to_first_byte_seconds_count 1"));
  BOOST_TEST(has(text, R"(gemkeeper_build_info{version="1.2.3"} 1)"));
  BOOST_TEST((text.find("AIza") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(every_line_is_well_formed_and_every_family_stands_once) {
  const std::regex sample(R"re([a-z_]+(\{([a-z_]+="([^"\\]|\\["\\n])*",?)+\})? [0-9.e+-]+)re");
  std::set<std::string> families;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      BOOST_TEST(families.insert(line).second, line);
    } else if (!line.starts_with("# HELP ")) {
      BOOST_TEST(std::regex_match(line, sample), line);
    }
  }
  BOOST_TEST(families.size() > 8U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
