#include <gemkeeper/sandbox/error_bodies.hpp>
#include <gemkeeper/sandbox/scenario.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>

using namespace gemkeeper::sandbox;
using namespace std::chrono_literals;

namespace {

std::string documentation() {
  std::ifstream in(GEMKEEPER_SOURCE_DIR "/docs/sandbox.md");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios)

BOOST_AUTO_TEST_CASE(the_example_in_the_documentation_is_read) {
  const std::string text = documentation();
  constexpr std::string_view fence = "```toml\n";
  const std::size_t begin = text.find(fence) + fence.size();
  const scenario read = parse_scenario(
      std::string_view(text).substr(begin, text.find("```", begin) - begin), "docs/sandbox.md");
  BOOST_TEST(read.keys.size() == 4U);
  BOOST_TEST((read.keys[2].service == api_service::gemini));
  BOOST_TEST((read.keys[3].service == api_service::vertex));
  BOOST_TEST(read.keys[1].project == "alpha");
  BOOST_TEST(read.projects.at(0).number == 123456789012U);
  BOOST_TEST((read.projects.at(0).tier == billing_tier::paid));
  BOOST_TEST(read.quotas.at(0).input_tokens_per_minute.value() == 250'000U);
  BOOST_TEST(read.faults.at(0).name == "quota_day");
  BOOST_TEST((read.faults.at(0).retry_delay == 5s));
  BOOST_TEST(read.faults.at(1).after == 2U);
  BOOST_TEST((read.stream.interval == 20ms));
  BOOST_TEST((read.connection.idle_timeout == 4min));
  BOOST_TEST(read.log.body == std::size_t{1} << 26);
}

BOOST_AUTO_TEST_CASE(the_documentation_names_every_fault) {
  const std::string text = documentation();
  const auto named = [&](std::string_view name) {
    return text.find("`" + std::string(name) + "`") != std::string::npos;
  };
  for (const std::string_view name : error_names())
    BOOST_TEST(named(name), name);
  for (const std::string_view name : wire_fault_names())
    BOOST_TEST(named(name), name);
}

BOOST_AUTO_TEST_CASE(nothing_is_a_healthy_api) {
  const scenario read = parse_scenario("", "empty.toml");
  BOOST_TEST(read.keys.empty());
  BOOST_TEST(read.faults.empty());
  BOOST_TEST(read.stream.events == 3U);
}

BOOST_AUTO_TEST_CASE(a_mistake_is_told_with_its_file_and_line) {
  struct {
    std::string toml, says;
  } const cases[] = {
      {"\n[[faults]]\nfault = \"quota_dya\"",
       "s.toml:3: faults.1.fault: must be one of: key_invalid"},
      {"[[faults]]\nfault = \"mid_stream_error\"\nerror = \"x\"",
       "s.toml:3: faults.1.error: must be"},
      {"[[faults]]\nfault = \"stall\"\ndelay = 5", "s.toml:3: faults.1.delay: must be a duration"},
      {"[[faults]]\nfault = \"stall\"\ndelay = \"5 parsec\"", "must be a duration"},
      {"[[faults]]\nfault = \"stall\"\nprobability = 2", "must be a number from 0 to 1"},
      {"[stream]\nevent = 3", "s.toml:2: stream.event: unknown setting (there are: events, "},
      {"[stream]\nevents = -3", "s.toml:2: stream.events: must be a whole number, 0 or more"},
      {"stream = 3", "s.toml:1: stream: must be a table: [stream]"},
      {"[keys]\nkey = \"x\"", "s.toml:1: keys: must be a list of tables: [[keys]]"},
      {"[[keys]]\nproject = \"x\"", "s.toml:1: keys.1.key: is missing"},
      {"[[projects]]\nname = \"x\"\ntier = \"gold\"", "must be \"free\" or \"paid\""},
      {"[answer]\ncompression = \"zip\"", "must be \"none\", \"gzip\" or \"br\""},
      {"models = [1]", "s.toml:1: models: must be an array of strings"},
      {"answer = ", "s.toml:1: "},
  };
  for (const auto& [toml, says] : cases) {
    BOOST_CHECK_EXCEPTION(parse_scenario(toml, "s.toml"), scenario_error, [&](const auto& error) {
      BOOST_TEST_MESSAGE(error.what());
      return std::string(error.what()).find(says) != std::string::npos;
    });
  }
  BOOST_CHECK_THROW(load_scenario("/nowhere/scenario.toml"), scenario_error);
}

BOOST_AUTO_TEST_SUITE_END()
