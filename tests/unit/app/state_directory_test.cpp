#include "temporary_directory.hpp"
#include <gemkeeper/app/state_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;

fs::perms permissions_of(const fs::path& path) {
  return fs::status(path).permissions();
}

BOOST_AUTO_TEST_SUITE(state_directories)

BOOST_AUTO_TEST_CASE(systemd_comes_before_xdg_comes_before_home) {
  environment variables;
  BOOST_TEST(state_path(variables) == "");
  variables["HOME"] = "/home/me";
  BOOST_TEST(state_path(variables) == "/home/me/.local/state/gemkeeper");
  variables["XDG_STATE_HOME"] = "relative";
  BOOST_TEST(state_path(variables) == "/home/me/.local/state/gemkeeper");
  variables["XDG_STATE_HOME"] = "/xdg";
  BOOST_TEST(state_path(variables) == "/xdg/gemkeeper");
  variables["STATE_DIRECTORY"] = "/var/lib/gemkeeper:/var/lib/other";
  BOOST_TEST(state_path(variables) == "/var/lib/gemkeeper");
}

BOOST_AUTO_TEST_CASE(the_hash_key_is_made_once_and_kept_private) {
  const test::temporary_directory directory;
  const environment variables{{"XDG_STATE_HOME", (directory.path() / "state").native()}};
  const auto first = open_state_directory(variables, {});
  BOOST_TEST(first.warning == "");
  BOOST_TEST(first.path == directory.path() / "state/gemkeeper");
  BOOST_TEST(first.hash_key.size() == 32U);
  BOOST_TEST((permissions_of(first.path) == fs::perms::owner_all));
  BOOST_TEST(
      (permissions_of(first.path / "id.key") == (fs::perms::owner_read | fs::perms::owner_write)));
  BOOST_TEST(std::distance(fs::directory_iterator(first.path), {}) == 1);

  BOOST_TEST((open_state_directory(variables, {}).hash_key == first.hash_key));

  const test::temporary_directory another;
  const auto other = open_state_directory({{"STATE_DIRECTORY", another.path().native()}}, {});
  BOOST_TEST((other.hash_key != first.hash_key));
}

BOOST_AUTO_TEST_CASE(a_directory_that_others_can_enter_is_made_private) {
  const test::temporary_directory directory;
  fs::permissions(directory.path(), fs::perms::others_exec, fs::perm_options::add);
  const auto state = open_state_directory({{"STATE_DIRECTORY", directory.path().native()}}, {});
  BOOST_TEST(state.warning == "");
  BOOST_TEST((permissions_of(state.path) == fs::perms::owner_all));
}

BOOST_AUTO_TEST_CASE(in_memory_nothing_is_written) {
  const test::temporary_directory directory;
  const environment variables{{"STATE_DIRECTORY", (directory.path() / "s").native()}};
  const auto state = open_state_directory(variables, ":memory:");
  BOOST_TEST(state.path == "");
  BOOST_TEST(state.warning == "");
  BOOST_TEST(!state.hash_key.empty());
  BOOST_TEST(fs::is_empty(directory.path()));
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_written_a_warning_says_why) {
  const test::temporary_directory directory;
  const auto file = directory.write("file", "");
  const std::string consequence =
      "; key ids are not private to this machine, and the local CA and what is stored are "
      "lost at the end";
  BOOST_TEST(open_state_directory({{"STATE_DIRECTORY", file.native()}}, {}).warning ==
             "no state directory: cannot use \"" + file.native() + "\": Not a directory" +
                 consequence);
  BOOST_TEST(open_state_directory({}, {}).warning ==
             "no state directory: none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is set" +
                 consequence);
  const auto damaged = directory.write("id.key", "short");
  const auto state = open_state_directory({{"STATE_DIRECTORY", directory.path().native()}}, {});
  BOOST_TEST(state.warning == "no state directory: \"" + damaged.native() +
                                  "\" is damaged: it should hold 32 bytes (remove it to get a "
                                  "new one)" +
                                  consequence);
  BOOST_TEST(state.path == "");
  BOOST_TEST((state.hash_key == open_state_directory({}, ":memory:").hash_key));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
