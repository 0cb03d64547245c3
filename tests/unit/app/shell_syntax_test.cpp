// Text for shells: real ones read it here where they are installed.
#include "../../../app/run/shell_syntax.hpp"

#include "temporary_directory.hpp"
#include <gemkeeper/app/ca.hpp>

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gemkeeper::app {
namespace {

using strings = std::vector<std::string>;

const strings hostile{
    "",
    " ",
    "plain",
    "it's",
    "'",
    "''",
    "\\",
    "\\'",
    "'\\",
    "a\\\\'b",
    "$HOME ${HOME} $(touch pwned) `touch pwned`",
    "\"; touch pwned; \"",
    "'; touch pwned; '",
    "two\nlines",
    "ends with a newline\n",
    "tab\tand !history # no comment",
    "* ? [a] ~ & | < > ( ) { }",
    "-n",
    "%s %d",
    "\u2018typographic\u2019 \u201a\u201b",
};

std::string name_of(std::size_t at) {
  return "HOSTILE_" + std::to_string(at);
}

environment_changes all_hostile() {
  environment_changes changes;
  for (std::size_t at = 0; at < hostile.size(); ++at)
    changes[name_of(at)] = hostile[at];
  changes["GONE"] = std::nullopt;
  return changes;
}

std::string line_for(const std::string& value, shell_syntax syntax) {
  return assignments({{"A", value}}, syntax);
}

BOOST_AUTO_TEST_SUITE(shell_syntaxes)

// By `eval "$(…)"`, as the documentation says; each value is then written between marks.
BOOST_AUTO_TEST_CASE(real_shells_read_hostile_values_as_they_are) {
  struct shell {
    const char* program;
    shell_syntax syntax;
    const char* evaluate;
    const char* gone;
  };
  constexpr const char* by_eval = "eval \"$(cat assignments)\"\n";
  constexpr const char* if_gone = "[ -z \"${GONE+set}\" ] || exit 9\n";
  const std::vector<shell> shells{
      {"/bin/dash", shell_syntax::sh, by_eval, if_gone},
      {"/bin/bash", shell_syntax::sh, by_eval, if_gone},
      {"/bin/zsh", shell_syntax::sh, by_eval, if_gone},
      {"/usr/bin/fish", shell_syntax::fish, "cat assignments | source\n",
       "set -q GONE; and exit 9\n"},
  };
  for (const shell& one : shells) {
    if (!std::filesystem::exists(one.program)) {
      BOOST_TEST_MESSAGE(one.program << " is not installed");
      continue;
    }
    const test::temporary_directory files;
    files.write("assignments", assignments(all_hostile(), one.syntax));
    std::string script = "cd " + files.path().native() + "\n" + one.evaluate + one.gone;
    std::string expected;
    for (std::size_t at = 0; at < hostile.size(); ++at) {
      // By the environment, as programs get it.
      script += "printenv " + name_of(at) + "\n";
      expected += hostile[at] + "\n";
    }
    const auto file = files.write("script", script);
    const program_result result =
        run_program({"/usr/bin/env", "GONE=here", one.program, file.native()});
    BOOST_TEST(result.status == 0, one.program << ": " << result.output);
    BOOST_TEST(result.output == expected, one.program);
    BOOST_TEST(!std::filesystem::exists(files.path() / "pwned"));
  }
}

BOOST_AUTO_TEST_CASE(each_shell_has_its_own_quoting) {
  struct row {
    const char* value;
    const char* sh;
    const char* fish;
    const char* powershell;
  };
  for (const row& one : std::vector<row>{
           {"", "''", "''", "''"},
           {"a b", "'a b'", "'a b'", "'a b'"},
           {"it's", "'it'\\''s'", "'it\\'s'", "'it''s'"},
           {"a\\b", "'a\\b'", "'a\\\\b'", "'a\\b'"},
           {"$x `y`", "'$x `y`'", "'$x `y`'", "'$x `y`'"},
           {"\u2019; x", "'\u2019; x'", "'\u2019; x'", "'\u2019\u2019; x'"},
       }) {
    BOOST_TEST(line_for(one.value, shell_syntax::sh) == std::string("export A=") + one.sh + "\n");
    BOOST_TEST(line_for(one.value, shell_syntax::fish) ==
               std::string("set -gx A ") + one.fish + "\n");
    BOOST_TEST(line_for(one.value, shell_syntax::powershell) ==
               std::string("$env:A = ") + one.powershell + "\n");
  }
}

BOOST_AUTO_TEST_CASE(what_must_not_be_set_is_unset) {
  const environment_changes gone{{"A", std::nullopt}};
  BOOST_TEST(assignments(gone, shell_syntax::sh) == "unset A\n");
  BOOST_TEST(assignments(gone, shell_syntax::fish) == "set -e A\n");
  BOOST_TEST(assignments(gone, shell_syntax::powershell) ==
             "Remove-Item Env:A -ErrorAction SilentlyContinue\n");
}

BOOST_AUTO_TEST_CASE(json_holds_the_values_as_they_are) {
  rapidjson::Document document;
  document.Parse(json_object(all_hostile()).c_str());
  BOOST_REQUIRE(document.IsObject());
  for (std::size_t at = 0; at < hostile.size(); ++at)
    BOOST_TEST(document[name_of(at).c_str()].GetString() == hostile[at]);
  BOOST_TEST(document["GONE"].IsNull());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
