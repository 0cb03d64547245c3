#include "temporary_directory.hpp"
#include <gemkeeper/app/config.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::app {
namespace {

using namespace std::chrono_literals;

const effective_setting& effective(const config& what, std::string_view name) {
  for (const auto& one : what.effective) {
    if (one.name == name) return one;
  }
  throw std::invalid_argument(std::string(name));
}

BOOST_AUTO_TEST_SUITE(configuration)

BOOST_AUTO_TEST_CASE(without_anything_the_defaults_are_in_effect) {
  const auto loaded = load_config({});
  BOOST_REQUIRE(loaded.value);
  BOOST_TEST(loaded.value->proxy.listen.at(0).port == 8001);
  BOOST_TEST(loaded.value->admin.listen.at(0).port == 8000);
  BOOST_TEST(loaded.value->proxy.retry.max_attempts == 8U);
  BOOST_TEST(loaded.value->file.empty());
  BOOST_TEST(loaded.value->warnings.size() == 1U);
  BOOST_TEST(loaded.value->warnings.at(0).starts_with("no key is configured"));
}

BOOST_AUTO_TEST_CASE(the_command_line_beats_the_environment_beats_the_file_beats_the_default) {
  const test::temporary_directory directory;
  const auto file = directory.write("g.toml",
                                    "[pool]\n"
                                    "max_attempts = 2\n"
                                    "max_wait = \"2s\"\n"
                                    "max_models = 2\n");
  const environment variables{{"GEMKEEPER_POOL__MAX_WAIT", "3s"},
                              {"GEMKEEPER_POOL__MAX_MODELS", "3"}};
  const auto loaded = load_config({file, {"pool.max_models=4"}, variables});
  BOOST_REQUIRE(loaded.value);
  const config& what = *loaded.value;
  BOOST_TEST((what.pool.policy == pool::policy::round_robin));
  BOOST_TEST(what.proxy.retry.max_attempts == 2U);
  BOOST_TEST((what.proxy.retry.max_wait == 3s));
  BOOST_TEST(what.pool.max_models == 4U);

  BOOST_TEST(effective(what, "pool.policy").source.text() == "default");
  BOOST_TEST(effective(what, "pool.max_attempts").source.text() == file.native() + ":2");
  BOOST_TEST(effective(what, "pool.max_wait").source.text() == "GEMKEEPER_POOL__MAX_WAIT");
  BOOST_TEST(effective(what, "pool.max_models").source.text() == "--set");
}

BOOST_AUTO_TEST_CASE(values_outside_of_a_file_need_no_quotes) {
  const auto loaded = load_config(
      {std::nullopt,
       {"pool.policy=weighted", "proxy.listen=[\"127.0.0.1:0\", \"[::1]:0\"]", "proxy.workers=2",
        "pool.max_wait=5s", "limits.max_head=16KiB", "admin.token=1234", "proxy.drain_timeout=0",
        "pool.retry_budget=1", "log.access=false", "connect.ports=[443, 8443]",
        "admin.listen=127.0.0.1:0", "upstream.base_url='http://127.0.0.1:9'"},
       {{"GEMKEEPER_LOG__LEVEL", "warn"}, {"GEMKEEPER_STORAGE__PATH", ":memory:"}}});
  for (const auto& one : loaded.problems)
    BOOST_ERROR(one.text());
  BOOST_REQUIRE(loaded.value);
  const config& what = *loaded.value;
  BOOST_TEST((what.pool.policy == pool::policy::weighted));
  BOOST_TEST(what.proxy.listen.size() == 2U);
  BOOST_TEST(what.proxy.listen[1].host == "::1");
  BOOST_TEST(what.proxy.workers == 2U);
  BOOST_TEST((what.proxy.retry.max_wait == 5s));
  BOOST_TEST((what.proxy.drain_timeout == 0s));
  BOOST_TEST(what.proxy.client.max_head == 16U * 1024);
  BOOST_TEST(what.proxy.retry.retry_budget == 1.0);
  BOOST_TEST(what.admin.token == "1234");
  BOOST_TEST(what.admin.listen.at(0).port == 0);
  BOOST_TEST(what.proxy.connect.ports.at(1) == 8443);
  BOOST_TEST(!what.log.access);
  BOOST_TEST((what.log.level == log_level::warn));
  BOOST_TEST(what.storage_path == ":memory:");
  BOOST_TEST(!what.proxy.upstream.tls);
}

BOOST_AUTO_TEST_CASE(a_relative_path_starts_from_the_directory_of_its_file) {
  const test::temporary_directory directory;
  directory.write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  const auto file = directory.write("g.toml", "[upstream]\nca_file = \"ca.pem\"\n");
  const auto loaded = load_config({file, {}, {}});
  BOOST_REQUIRE(loaded.value);
  BOOST_TEST(loaded.value->proxy.upstream.ca_file == (directory.path() / "ca.pem").native());
  BOOST_TEST(loaded.watched.size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_file_is_looked_for_where_users_and_systems_keep_it) {
  const test::temporary_directory directory;
  std::filesystem::create_directories(directory.path() / "xdg/gemkeeper");
  std::filesystem::create_directories(directory.path() / "home/.config/gemkeeper");
  const auto named = directory.write("named.toml", "");
  const auto by_xdg = directory.write("xdg/gemkeeper/gemkeeper.toml", "");
  const auto by_home = directory.write("home/.config/gemkeeper/gemkeeper.toml", "");
  environment variables{{"HOME", (directory.path() / "home").native()}};
  const auto file = [&] { return load_config({std::nullopt, {}, variables}).value->file; };

  BOOST_TEST(file() == by_home);
  variables["XDG_CONFIG_HOME"] = (directory.path() / "xdg").native();
  BOOST_TEST(file() == by_xdg);
  variables["GEMKEEPER_CONFIG"] = named.native();
  BOOST_TEST(file() == named);
  BOOST_TEST(load_config({by_home, {}, variables}).value->file == by_home);
}

BOOST_AUTO_TEST_CASE(changes_that_need_a_restart_are_named) {
  const auto before = load_config({});
  const auto after = load_config(
      {std::nullopt, {"proxy.listen=127.0.0.1:1", "proxy.workers=3", "pool.max_attempts=3"}, {}});
  BOOST_TEST(restart_only_changes(*before.value, *before.value).empty());
  const auto one_proxy = load_config({std::nullopt, {"upstream.proxy=http://u:old@proxy"}, {}});
  const auto other_proxy = load_config({std::nullopt, {"upstream.proxy=http://u:new@proxy"}, {}});
  BOOST_TEST(restart_only_changes(*one_proxy.value, *other_proxy.value) ==
                 std::vector<std::string_view>{"upstream.proxy"},
             boost::test_tools::per_element());
  BOOST_TEST(restart_only_changes(*before.value, *after.value) ==
                 (std::vector<std::string_view>{"proxy.listen", "proxy.workers"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
