#include "temporary_directory.hpp"
#include <gemkeeper/app/check.hpp>

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <filesystem>

namespace gemkeeper::app {
namespace {

using output = check_command::output;

config_inputs example(const test::temporary_directory& directory) {
  directory.write("a.key", "AIzaSy-secret-of-key-a-9fQ2\n");
  return {directory.write("g.toml",
                          "[pool]\n"
                          "policy = \"weighted\"\n"
                          "[admin]\n"
                          "token = \"token-secret\"\n"
                          "[[keys]]\n"
                          "name = \"a\"\n"
                          "file = \"a.key\"\n"
                          "weight = 3\n"),
          {"pool.max_wait=5s"},
          {{"GEMINI_API_KEY", "AIzaSy-secret-of-key-b-1234"}, {"GEMKEEPER_PROXY__WORKERS", "2"}}};
}

BOOST_AUTO_TEST_SUITE(checking)

BOOST_AUTO_TEST_CASE(a_valid_configuration_is_shown_with_sources_and_without_secrets) {
  const test::temporary_directory directory;
  const config_inputs inputs = example(directory);
  const check_report report = check(load_config(inputs), output::toml);
  BOOST_TEST(report.exit_code == 0);
  BOOST_TEST(report.err == "");
  const std::string file = inputs.file->native();
  for (const std::string line :
       {"[proxy]", "listen = [\"127.0.0.1:8001\"]  # default",
        "workers = 2  # GEMKEEPER_PROXY__WORKERS", "#token = \"(hidden)\"  # "}) {
    BOOST_TEST_CONTEXT(line) {
      BOOST_TEST((report.out.find(line) != std::string::npos));
    }
  }
  BOOST_TEST((report.out.find("policy = \"weighted\"  # " + file + ":2\n") != std::string::npos));
  BOOST_TEST((report.out.find("max_wait = \"5s\"  # --set\n") != std::string::npos));
  BOOST_TEST((report.out.find("\nfile = \"" + (directory.path() / "a.key").native() +
                              "\"\nname = \"a\"\nweight = 3\n") != std::string::npos));
  BOOST_TEST((report.out.find("from $GEMINI_API_KEY\n") != std::string::npos));
  BOOST_TEST((report.out.find("-secret") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(what_is_shown_loads_again_to_the_same) {
  const test::temporary_directory directory;
  config_inputs inputs = example(directory);
  const auto first = load_config(inputs);
  const auto copy = directory.write("copy.toml", check(first, output::toml).out);
  const auto second =
      load_config({copy, {}, {{"GEMINI_API_KEY", inputs.variables["GEMINI_API_KEY"]}}});
  for (const auto& one : second.problems)
    BOOST_ERROR(one.text());
  BOOST_REQUIRE(second.value);
  for (std::size_t i = 0; i < first.value->effective.size(); ++i) {
    const auto& expected = first.value->effective[i];
    if (expected.value != hidden_value) {
      BOOST_TEST(second.value->effective[i].value == expected.value);
    }
  }
  BOOST_REQUIRE(second.value->keys.size() == 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(second.value->keys[i].secret == first.value->keys[i].secret);
    BOOST_TEST(second.value->keys[i].name == first.value->keys[i].name);
    BOOST_TEST(second.value->keys[i].weight == first.value->keys[i].weight);
  }
}

BOOST_AUTO_TEST_CASE(a_proxy_is_hidden_and_what_is_shown_loads_all_the_same) {
  const test::temporary_directory directory;
  directory.write("a.key", "AIzaSy-secret-of-key-a-9fQ2\n");
  const auto file = directory.write("g.toml",
                                    "[upstream]\n"
                                    "proxy = \"http://me:-secret-@proxy:3128\"\n"
                                    "[[keys]]\n"
                                    "file = \"a.key\"\n"
                                    "proxy = \"socks5://me:-secret-@other\"\n");
  const load_result loaded = load_config({file, {}, {}});
  BOOST_REQUIRE(loaded.value);
  BOOST_TEST(loaded.value->keys.at(0).proxy == "socks5://me:-secret-@other");
  const std::string warning =
      "every user of this machine can read the credentials of a proxy in \"" + file.native() +
      "\" (chmod 600)";
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  BOOST_TEST(load_config({file, {}, {}}).value->warnings == std::vector<std::string>{warning},
             boost::test_tools::per_element());
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  BOOST_TEST(load_config({file, {}, {}}).value->warnings.empty());
  const check_report text = check(loaded, output::toml);
  BOOST_TEST((text.out.find("#proxy = \"(hidden)\"  # ") != std::string::npos));
  BOOST_TEST((text.out.find("\n#proxy = \"(hidden)\"\n") != std::string::npos));
  BOOST_TEST(load_config({directory.write("copy.toml", text.out), {}, {}}).problems.empty());
  const check_report json = check(loaded, output::json);
  for (const std::string& out : {text.out, text.err, json.out, json.err})
    BOOST_TEST((out.find("-secret-") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(json_says_the_same) {
  const test::temporary_directory directory;
  const check_report report = check(load_config(example(directory)), output::json);
  rapidjson::Document json;
  json.Parse(report.out.c_str());
  BOOST_REQUIRE(!json.HasParseError());
  BOOST_TEST(json["valid"].GetBool());
  const auto& policy = json["settings"]["pool.policy"];
  BOOST_TEST(policy["value"].GetString() == "weighted");
  BOOST_TEST(json["settings"]["proxy.workers"]["value"].GetInt() == 2);
  BOOST_TEST(json["settings"]["proxy.workers"]["source"].GetString() == "GEMKEEPER_PROXY__WORKERS");
  BOOST_TEST(json["settings"]["admin.token"]["value"].GetString() == "(hidden)");
  BOOST_REQUIRE(json["keys"].Size() == 2U);
  BOOST_TEST(json["keys"][0]["name"].GetString() == "a");
  BOOST_TEST(json["keys"][0]["weight"].GetInt() == 3);
  BOOST_TEST(json["keys"][1]["source"].GetString() == "$GEMINI_API_KEY");
  BOOST_TEST(json["warnings"].Size() == 0U);
  BOOST_TEST((report.out.find("-secret") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(problems_are_listed_and_the_exit_status_is_2) {
  const load_result loaded = load_config({std::nullopt, {"pool.polcy=x", "proxy.workers=x"}, {}});
  const check_report text = check(loaded, output::toml);
  BOOST_TEST(text.exit_code == 2);
  BOOST_TEST(text.out == "");
  BOOST_TEST(text.err ==
             "--set pool.polcy: unknown setting (did you mean pool.policy?)\n"
             "--set proxy.workers: must be a whole number from 0 to 1024\n");
  const check_report json = check(loaded, output::json);
  BOOST_TEST(json.exit_code == 2);
  BOOST_TEST(json.out ==
             "{\"valid\":false,\"problems\":["
             "{\"source\":\"--set\",\"setting\":\"pool.polcy\","
             "\"message\":\"unknown setting (did you mean pool.policy?)\"},"
             "{\"source\":\"--set\",\"setting\":\"proxy.workers\","
             "\"message\":\"must be a whole number from 0 to 1024\"}]}\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
