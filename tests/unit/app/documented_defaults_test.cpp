#include "temporary_directory.hpp"
#include <gemkeeper/app/config.hpp>

#include <boost/test/unit_test.hpp>

#include <sstream>

namespace gemkeeper::app {
namespace {

// Settings are commented out by a "#", prose by "# ".
std::string uncommented(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    const bool is_setting = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    result += is_setting ? line.substr(1) : line;
    result += '\n';
  }
  return result;
}

BOOST_AUTO_TEST_SUITE(documented_defaults_of_settings)

BOOST_AUTO_TEST_CASE(the_file_in_conf_is_what_the_table_of_settings_says) {
  BOOST_TEST_CONTEXT("if not: gemkeeper check --defaults > conf/gemkeeper.toml") {
    BOOST_TEST((test::content_of(GEMKEEPER_CONF) == documented_defaults()));
  }
}

BOOST_AUTO_TEST_CASE(as_it_stands_it_changes_nothing) {
  const auto loaded = load_config({GEMKEEPER_CONF, {}, {}});
  BOOST_REQUIRE(loaded.problems.empty());
  for (const auto& one : loaded.value->effective)
    BOOST_TEST(one.source.text() == "default");
}

BOOST_AUTO_TEST_CASE(with_every_setting_uncommented_it_is_valid_and_says_the_defaults) {
  const test::temporary_directory directory;
  const auto file = directory.write("all.toml", uncommented(documented_defaults()));
  const auto loaded = load_config(
      {file,
       {},
       {{"MY_GEMINI_KEY", "AIzaSyExample"}, {"MY_CLIENT_TOKEN", "gk_an-example-of-a-token"}}});
  for (const auto& one : loaded.problems)
    BOOST_ERROR(one.text());
  BOOST_REQUIRE(loaded.value);

  const auto plain = load_config({});
  BOOST_REQUIRE(plain.value->effective.size() == loaded.value->effective.size());
  for (std::size_t i = 0; i < plain.value->effective.size(); ++i) {
    const auto& expected = plain.value->effective[i];
    const auto& given = loaded.value->effective[i];
    BOOST_TEST(given.value == expected.value);
    BOOST_TEST_CONTEXT(given.name) {
      BOOST_TEST((given.source.kind == setting_source::origin::file));
    }
  }
  BOOST_TEST(loaded.value->keys.size() == 1U);
  BOOST_TEST(loaded.value->keys[0].name == "key-1");
  BOOST_REQUIRE(loaded.value->clients.size() == 1U);
  BOOST_TEST(loaded.value->clients[0].name == "NAME");
  BOOST_REQUIRE(loaded.value->projects.size() == 1U);
  BOOST_TEST(loaded.value->projects[0].limits.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
