#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
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

double value_of(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

// The rules of the format, and those that promtool checks. Returns how many families there are.
std::size_t expect_well_formed(const std::string& text) {
  const std::regex sample(
      R"re(([a-z_]+)(\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? ([0-9.e+-]+))re");
  std::set<std::string> families, series;
  std::string family, type;
  double before = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      BOOST_TEST(families.insert(family).second, line);
      BOOST_TEST(line.size() > family.size() + 10, line);
      BOOST_TEST(line.ends_with('.'), line);
      BOOST_REQUIRE(std::getline(lines, line));
      BOOST_TEST(line.starts_with("# TYPE " + family + " "), line);
      type = line.substr(line.rfind(' ') + 1);
      BOOST_TEST((type == "counter" || type == "gauge" || type == "histogram"), line);
      BOOST_TEST((type == "counter") == family.ends_with("_total"), line);
      BOOST_TEST(((type != "histogram") || family.ends_with("_seconds")), line);
      for (const char* unit : {"_ms", "_milliseconds", "_micros", "_kb", "_percent"})
        BOOST_TEST(!family.ends_with(unit), line);
      before = 0;
      continue;
    }
    std::smatch found;
    BOOST_REQUIRE_MESSAGE(std::regex_match(line, found, sample), line);
    BOOST_TEST(series.insert(found[1].str() + found[2].str()).second, line);
    const std::string suffix =
        found[1].str().substr(std::min(family.size(), found[1].str().size()));
    BOOST_TEST(found[1].str().starts_with(family), line);
    if (type != "histogram") {
      BOOST_TEST(suffix == "", line);
      BOOST_TEST(std::stod(found[4].str()) >= 0, line);
      continue;
    }
    BOOST_TEST((suffix == "_bucket" || suffix == "_sum" || suffix == "_count"), line);
    if (suffix == "_sum") continue;
    const double now = std::stod(found[4].str());
    BOOST_TEST(now >= before, line);  // buckets are cumulative, and the last is the count
    if (suffix == "_count") BOOST_TEST(now == before, line);
    before = now;
  }
  return families.size();
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
    behind.under_way.connections_active = 2;
    behind.under_way.connections_connecting = 1;
    behind.under_way.connections_idle = 5;
    behind.under_way.streams = 3;
    behind.under_way.rotations[static_cast<std::size_t>(pool::outcome::quota)] = 9;
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

BOOST_AUTO_TEST_CASE(traffic_and_keys_are_told) {
  BOOST_TEST(has(text, R"(gemkeeper_upstream_connections{state="active"} 2)"));
  BOOST_TEST(has(text, R"(gemkeeper_upstream_connections{state="connecting"} 1)"));
  BOOST_TEST(has(text, R"(gemkeeper_upstream_connections{state="idle"} 5)"));
  BOOST_TEST(has(text, "gemkeeper_streams_in_flight 3"));
  BOOST_TEST(has(text, "gemkeeper_websockets_open 0"));
  BOOST_TEST(has(text, "gemkeeper_tunnels_open 0"));
  BOOST_TEST(has(text, R"(gemkeeper_rotations_total{reason="quota"} 9)"));
  BOOST_TEST(has(text, R"(gemkeeper_rotations_total{reason="key_fault"} 0)"));
  BOOST_TEST(has(text, R"(gemkeeper_keys{state="healthy"} 0)"));
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_virtual_memory_bytes", "process_start_time_seconds",
                           "process_open_fds", "process_max_fds"}) {
    BOOST_TEST((value_of(text, name) > 0), name);
  }
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const double started = value_of(text, "process_start_time_seconds");
  BOOST_TEST((started > now - 3600 && started < now + 5));
}

BOOST_AUTO_TEST_CASE(keys_need_not_be_told_apart) {
  behind.add(test::key_of("AIza-other", "other"));
  behind.all[1].view.outcomes[static_cast<std::size_t>(pool::outcome::success)] = 4;
  behind.used[{id_of("AIza-other"), pool::model_name("flash")}].tokens.candidates = 3;
  in.metrics.per_key = false;
  text = call("GET", "/metrics").body;
  BOOST_TEST(has(text, R"(gemkeeper_attempts_total{outcome="success"} 9)"));
  BOOST_TEST(has(text, R"(gemkeeper_tokens_total{model="flash",type="output"} 10)"));
  BOOST_TEST((text.find("key=\"") == std::string::npos));
  expect_well_formed(text);
}

BOOST_AUTO_TEST_CASE(models_beyond_the_limit_are_one) {
  in.metrics.max_models = 2;
  for (const char* model : {"a", "b", "c"})
    behind.used[{id_of("AIza-secret"), pool::model_name(model)}].tokens.prompt = 5;
  text = call("GET", "/metrics").body;
  BOOST_TEST((text.find(R"(model="other",type="prompt"} 16)") != std::string::npos), text);
}

BOOST_AUTO_TEST_CASE(the_whole_text_is_what_prometheus_reads) {
  BOOST_TEST(expect_well_formed(text) > 20U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
