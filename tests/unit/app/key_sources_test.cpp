#include "temporary_directory.hpp"
#include <gemkeeper/app/config.hpp>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;
using strings = std::vector<std::string>;
using kind = key_origin::kind;

load_result load(const environment& variables, strings sets = {}) {
  return load_config({std::nullopt, std::move(sets), variables});
}

struct fixture {
  test::temporary_directory directory;

  [[nodiscard]] load_result load_file(const std::string& content,
                                      const environment& variables = {}) const {
    return load_config({directory.write("g.toml", content), {}, variables});
  }
  [[nodiscard]] strings problems_of(const std::string& content,
                                    const environment& variables = {}) const {
    strings all;
    const std::string prefix = directory.path().native() + "/";
    for (const auto& one : load_file(content, variables).problems) {
      std::string text = one.text();
      for (auto at = text.find(prefix); at != text.npos; at = text.find(prefix)) {
        text.erase(at, prefix.size());
      }
      all.push_back(std::move(text));
    }
    return all;
  }
};

strings secrets(const load_result& loaded) {
  strings all;
  for (const auto& one : loaded.problems)
    BOOST_ERROR(one.text());
  if (loaded.value) {
    for (const auto& key : loaded.value->keys)
      all.push_back(key.secret);
  }
  return all;
}

strings names(const load_result& loaded) {
  strings all;
  for (const auto& key : loaded.value->keys)
    all.push_back(key.name);
  return all;
}

strings problems(const load_result& loaded) {
  strings all;
  for (const auto& one : loaded.problems)
    all.push_back(one.text());
  return all;
}

BOOST_FIXTURE_TEST_SUITE(sources_of_keys, fixture)

BOOST_AUTO_TEST_CASE(variables_hold_lists_or_single_keys) {
  const auto loaded = load({{"GEMINI_API_KEYS", " a , b\n\nc,\r\n,d "},
                            {"GEMINI_API_KEY", "e\n"},
                            {"GOOGLE_API_KEY", "f"}});
  BOOST_TEST(secrets(loaded) == (strings{"a", "b", "c", "d", "e", "f"}),
             boost::test_tools::per_element());
  BOOST_TEST(names(loaded) == (strings{"key-1", "key-2", "key-3", "key-4", "key-5", "key-6"}),
             boost::test_tools::per_element());
  BOOST_TEST(loaded.value->key_origins.at(4).name == "GEMINI_API_KEY");
}

BOOST_AUTO_TEST_CASE(keys_of_vertex_ai_come_from_a_variable_of_their_own_or_a_table) {
  directory.write("a.key", "express\n");
  const auto loaded = load_file("[[keys]]\nfile = \"a.key\"\nservice = \"vertex\"\n",
                                {{"GEMINI_API_KEYS", "a"}, {"VERTEX_API_KEYS", "b,c"}});
  BOOST_TEST(secrets(loaded) == (strings{"express", "a", "b", "c"}),
             boost::test_tools::per_element());
  strings services;
  for (const auto& key : loaded.value->keys)
    services.emplace_back(pool::to_string(key.service));
  BOOST_TEST(services == (strings{"vertex", "gemini", "vertex", "vertex"}),
             boost::test_tools::per_element());
  BOOST_TEST(
      problems_of("[[keys]]\nfile = \"a.key\"\nservice = \"openai\"\n") ==
          (strings{"g.toml:3: keys.1.service: \"openai\" is none of \"gemini\", \"vertex\""}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_same_secret_from_several_sources_is_one_key) {
  directory.write("a.key", "same\n");
  const auto loaded = load_file("[[keys]]\nfile = \"a.key\"\nname = \"mine\"\n",
                                {{"GEMINI_API_KEYS", "same,other,other"},
                                 {"GEMINI_API_KEY", "same"},
                                 {"GOOGLE_API_KEY", "other"}});
  BOOST_TEST(secrets(loaded) == (strings{"same", "other"}), boost::test_tools::per_element());
  BOOST_TEST(names(loaded) == (strings{"mine", "key-2"}), boost::test_tools::per_element());
  BOOST_TEST(loaded.value->warnings.empty());
}

BOOST_AUTO_TEST_CASE(empty_variables_are_no_keys) {
  const auto loaded = load({{"GEMINI_API_KEYS", " ,\n, "}, {"GEMINI_API_KEY", ""}});
  BOOST_TEST(secrets(loaded).empty());
}

BOOST_AUTO_TEST_CASE(a_table_says_all_about_its_key) {
  directory.write("a.key", "\tsecret-a \r\n");
  const auto loaded = load_file(
      "[[keys]]\n"
      "file = \"a.key\"\n"
      "name = \"a\"\n"
      "project = \"p\"\n"
      "weight = 3\n"
      "priority = -1\n"
      "models = [\"models/gemini-x\", \"gemma-*\"]\n"
      "tier = \"paid\"\n"
      "enabled = false\n"
      "limits.requests_per_minute = 15\n"
      "[keys.limits]\n",
      {});
  // A dotted key and a table of one name are no TOML.
  BOOST_TEST(!loaded.value);

  const auto good = load_file(
      "[[keys]]\n"
      "file = \"a.key\"\n"
      "name = \"a\"\n"
      "project = \"p\"\n"
      "weight = 3\n"
      "priority = -1\n"
      "models = [\"models/gemini-x\", \"gemma-*\"]\n"
      "tier = \"paid\"\n"
      "enabled = false\n"
      "[keys.limits]\n"
      "requests_in_flight = 1\n"
      "requests_per_minute = 15\n"
      "requests_per_day = 1500\n");
  BOOST_TEST(secrets(good) == strings{"secret-a"}, boost::test_tools::per_element());
  const pool::key_spec& key = good.value->keys.at(0);
  BOOST_TEST(key.name == "a");
  BOOST_TEST(key.project.value == "p");
  BOOST_TEST(key.weight == 3U);
  BOOST_TEST(key.priority == -1);
  BOOST_TEST(key.models.at(0).value == "gemini-x");
  BOOST_TEST(key.models.at(1).value == "gemma-*");
  BOOST_TEST((key.tier == pool::tier::paid));
  BOOST_TEST(!key.enabled);
  BOOST_TEST(key.limits.requests_in_flight == 1U);
  BOOST_TEST(key.limits.requests_per_minute == 15U);
  BOOST_TEST(key.limits.requests_per_day == 1500U);
  BOOST_TEST((good.value->key_origins.at(0).from == kind::file));
}

BOOST_AUTO_TEST_CASE(variables_and_credentials_are_sources_too) {
  fs::create_directory(directory.path() / "credentials");
  directory.write("credentials/gemini", "from-systemd\n");
  const auto loaded =
      load_file("[[keys]]\nenv = \"MY_KEY\"\n[[keys]]\ncredential = \"gemini\"\n",
                {{"MY_KEY", "from-variable"},
                 {"CREDENTIALS_DIRECTORY", (directory.path() / "credentials").native()}});
  BOOST_TEST(secrets(loaded) == (strings{"from-variable", "from-systemd"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_directory_of_credentials_holds_other_secrets_too) {
  fs::create_directory(directory.path() / "credentials");
  directory.write("credentials/keys_team-a", "from-a");
  directory.write("credentials/keys_team_b", "from-b\n");
  directory.write("credentials/keysmith", "not-a-key");
  directory.write("credentials/admin_token", "not-a-key-either");
  const environment variables{
      {"CREDENTIALS_DIRECTORY", (directory.path() / "credentials").native()}};
  const auto loaded = load_file("pool.keys_credential = \"keys\"\n", variables);
  BOOST_TEST(secrets(loaded) == (strings{"from-a", "from-b"}), boost::test_tools::per_element());
  BOOST_TEST(names(loaded) == (strings{"team-a", "team_b"}), boost::test_tools::per_element());
  // LoadCredential=one:FILE.
  directory.write("credentials/one", "alone");
  BOOST_TEST(
      secrets(load_file("pool.keys_credential = \"one\"\n", variables)) == (strings{"alone"}),
      boost::test_tools::per_element());
  // None is no fault: keys may come from elsewhere.
  BOOST_TEST(secrets(load_file("pool.keys_credential = \"none\"\n", variables)).empty());
  BOOST_TEST(
      problems_of("pool.keys_credential = \"keys\"\n") ==
          (strings{"g.toml:1: pool.keys_credential: $CREDENTIALS_DIRECTORY is not set (start "
                   "it by systemd, with LoadCredential=keys:DIRECTORY in the unit)"}),
      boost::test_tools::per_element());
  BOOST_TEST(problems_of("pool.keys_credential = \"a/b\"\n", variables) ==
                 (strings{"g.toml:1: pool.keys_credential: must be a name, without a slash"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_admin_token_may_be_in_a_file) {
  directory.write("token", "the-token\n");
  directory.write("empty", "\n");
  const auto loaded = load_file("admin.token_file = \"token\"\n");
  BOOST_REQUIRE(loaded.value);
  BOOST_TEST(loaded.value->admin.token == "the-token");
  for (const effective_setting& one : loaded.value->effective)
    BOOST_TEST(one.value.find("the-token") == std::string::npos, one.name);
  BOOST_TEST(problems_of("admin.token_file = \"empty\"\n") ==
                 (strings{"g.toml:1: admin.token_file: \"empty\" holds no token"}),
             boost::test_tools::per_element());
  BOOST_TEST(
      problems_of("admin.token_file = \"token\"\nadmin.token = \"x\"\n") ==
          (strings{"g.toml:1: admin.token_file: there is admin.token too (keep one of them)"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_tables_are_explained) {
  directory.write("empty.key", "\n");
  directory.write("two.key", "one two");
  directory.write("long.key", std::string(513, 'x'));
  directory.write("longer.key", std::string(5000, 'x'));
  directory.write("odd.key", "na\xc3\xafve");
  directory.write("control.key", "a\x01z");
  const std::string sources =
      "needs one of file = \"PATH\", env = \"VARIABLE\" or credential = \"NAME\"";
  const std::string literal =
      "a key must not stand in the configuration (put it in a file that only you can read, and "
      "name that with file = \"PATH\")";
  const std::pair<std::string, std::string> table[] = {
      {"[[keys]]\n", "g.toml:1: keys.1: " + sources},
      {"[[keys]]\nname = \"a\"\n", "g.toml:2: keys.1: " + sources},
      {"[[keys]]\nenv = \"A\"\nfile = \"b\"\n",
       "g.toml:2: keys.1: has more than one source: " + sources},
      {"[[keys]]\nkey = \"AIza\"\n", "g.toml:2: keys.1.key: " + literal},
      {"[[keys]]\nsecret = \"AIza\"\n", "g.toml:2: keys.1.secret: " + literal},
      {"[[keys]]\napi_key = \"AIza\"\n", "g.toml:2: keys.1.api_key: " + literal},
      {"[[keys]]\nenv = \"GOOD\"\nwieght = 2\n",
       "g.toml:3: keys.1.wieght: unknown setting (did you mean weight?)"},
      {"[[keys]]\nfile = 7\n", "g.toml:2: keys.1.file: must be a string in quotes, and not empty"},
      {"[[keys]]\nfile = \"none.key\"\n",
       "g.toml:2: keys.1.file: cannot read \"none.key\": no such file or directory (create it, or "
       "correct the path)"},
      {"[[keys]]\nfile = \".\"\n",
       "g.toml:2: keys.1.file: cannot read \".\": it is not a regular file"},
      {"[[keys]]\nfile = \"empty.key\"\n", "g.toml:2: keys.1.file: \"empty.key\" holds no key"},
      {"[[keys]]\nfile = \"two.key\"\n",
       "g.toml:2: keys.1.file: \"two.key\" holds white space inside: not one key"},
      {"[[keys]]\nfile = \"long.key\"\n",
       "g.toml:2: keys.1.file: \"long.key\" holds more than 512 bytes: not a key"},
      {"[[keys]]\nfile = \"longer.key\"\n",
       "g.toml:2: keys.1.file: cannot read \"longer.key\": it is longer than 1024 bytes"},
      {"[[keys]]\nfile = \"odd.key\"\n",
       "g.toml:2: keys.1.file: \"odd.key\" holds control or non-ASCII characters: not a key"},
      {"[[keys]]\nfile = \"control.key\"\n",
       "g.toml:2: keys.1.file: \"control.key\" holds control or non-ASCII characters: not a key"},
      {"[[keys]]\nenv = \"NONE\"\n",
       "g.toml:2: keys.1.env: the environment variable NONE is not set"},
      {"[[keys]]\nenv = \"BAD\"\n",
       "g.toml:2: keys.1.env: the environment variable BAD holds white space inside: not one key"},
      {"[[keys]]\ncredential = \"x\"\n",
       "g.toml:2: keys.1.credential: $CREDENTIALS_DIRECTORY is not set (start it by systemd, with "
       "LoadCredential=x:PATH in the unit)"},
      {"[[keys]]\ncredential = \"../x\"\n",
       "g.toml:2: keys.1.credential: must be a name, without a slash"},
      {"[[keys]]\nenv = \"GOOD\"\nproxy = \"http://u:secret@p:x\"\n",
       "g.toml:3: keys.1.proxy: has no valid port (1 to 65535)"},
      {"[[keys]]\nenv = \"GOOD\"\nname = \"a\"\nproxy = \"http://u:secret@localhost:8001\"\n",
       "proxy of the key \"a\": is an address of proxy.listen: requests would come back to "
       "gemkeeper itself"},
      {"[[keys]]\nenv = \"GOOD\"\nweight = 0\n",
       "g.toml:3: keys.1.weight: must be a whole number from 1 to 1000000"},
      {"[[keys]]\nenv = \"GOOD\"\ntier = \"gold\"\n",
       "g.toml:3: keys.1.tier: \"gold\" is none of \"unknown\", \"free\", \"paid\""},
      {"[keys]\nfile = \"a\"\n",
       "g.toml:2: keys.file: keys are a list of tables: write [[keys]], which " + sources},
      {"keys = [\"AIza\"]\n",
       "g.toml:1: keys: keys are a list of tables: write [[keys]], which " + sources},
      {"[[keys]]\nenv = \"GOOD\"\nname = \"a\"\n[[keys]]\nenv = \"BETTER\"\nname = \"a\"\n",
       "g.toml:5: keys.2: the name \"a\" is given to two keys"}};
  for (const auto& [content, expected] : table) {
    const auto told =
        problems_of(content, {{"BAD", "a b"}, {"GOOD", "good"}, {"BETTER", "better"}});
    BOOST_REQUIRE(!told.empty());
    BOOST_TEST(told[0] == expected);
  }
}

BOOST_AUTO_TEST_CASE(an_unreadable_key_file_is_explained) {
  const auto file = directory.write("a.key", "secret");
  fs::permissions(file, fs::perms::none);
  if (::geteuid() == 0) return;  // root reads everything
  BOOST_TEST(problems_of("[[keys]]\nfile = \"a.key\"\n") ==
                 strings{"g.toml:2: keys.1.file: cannot read \"a.key\": permission denied (run as "
                         "the owner or use a systemd credential)"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bad_keys_in_variables_are_told_by_their_place) {
  BOOST_TEST(
      problems(load({{"GEMINI_API_KEYS", "good,not good,b\xff"}, {"GEMINI_API_KEY", "a b"}})) ==
          (strings{"GEMINI_API_KEYS: item 2 holds white space inside: not one key",
                   "GEMINI_API_KEYS: item 3 holds control or non-ASCII characters: not a "
                   "key",
                   "GEMINI_API_KEY: holds white space inside: not one key"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(tables_come_from_the_file_alone) {
  BOOST_TEST(problems(load({}, {"keys=[{env=\"A\"}]"})) ==
                 strings{"--set keys.1.env: keys are declared in the configuration file only (or "
                         "give them in GEMINI_API_KEYS)"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_that_everybody_can_read_are_warned_of) {
  const auto file = directory.write("a.key", "secret");
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  const auto loaded = load_file("[[keys]]\nfile = \"a.key\"\n");
  BOOST_TEST(
      loaded.value->warnings == strings{"keys.1.file: every user of this machine can read \"" +
                                        file.native() + "\" (chmod 600)"},
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_key_declared_twice_is_used_once_and_warned_of) {
  const auto loaded =
      load_file("[[keys]]\nenv = \"A\"\n[[keys]]\nenv = \"B\"\n", {{"A", "x"}, {"B", "x"}});
  BOOST_TEST(loaded.value->keys.size() == 1U);
  BOOST_TEST(loaded.value->warnings == strings{"keys.2: the same key as keys.1; it is used once"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_directory_holds_a_key_per_file_as_kubernetes_mounts_a_secret) {
  const fs::path keys = directory.path() / "keys";
  fs::create_directories(keys / "..2026_07_01");
  fs::create_directories(keys / "more");
  directory.write("keys/..2026_07_01/b", "secret-b\n");
  directory.write("keys/..2026_07_01/a", "secret-a");
  directory.write("keys/.hidden", "no key");
  fs::create_directory_symlink("..2026_07_01", keys / "..data");
  fs::create_symlink("..data/a", keys / "a");
  fs::create_symlink("..data/b", keys / "b");
  for (const std::string setting : {"pool.keys_dir=", "keys_dir="}) {
    const auto loaded = load({}, {setting + keys.native()});
    BOOST_TEST(secrets(loaded) == (strings{"secret-a", "secret-b"}),
               boost::test_tools::per_element());
    BOOST_TEST(names(loaded) == (strings{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST((loaded.value->key_origins.at(0).from == kind::keys_dir));
    BOOST_TEST(loaded.watched.at(0) == keys);
  }
}

BOOST_AUTO_TEST_CASE(bad_files_in_the_directory_are_named) {
  fs::create_directory(directory.path() / "keys");
  directory.write("keys/a", "");
  directory.write("keys/b", "two words");
  directory.write("keys/c", "good");
  BOOST_TEST(problems_of("keys_dir = \"keys\"\n") ==
                 (strings{"g.toml:1: pool.keys_dir: \"keys/a\" holds no key",
                          "g.toml:1: pool.keys_dir: \"keys/b\" holds white space inside: not one "
                          "key"}),
             boost::test_tools::per_element());
  BOOST_TEST(problems_of("keys_dir = \"none\"\n") ==
                 strings{"g.toml:1: pool.keys_dir: cannot read the directory \"none\": No such "
                         "file or directory"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
