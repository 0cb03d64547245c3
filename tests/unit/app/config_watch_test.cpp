#include "temporary_directory.hpp"
#include <gemkeeper/app/config_watch.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace gemkeeper::app {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace fs = std::filesystem;

// Runs `io` until `done`, for 10 seconds at most.
template <class Condition>
bool run_until(asio::io_context& io, Condition done) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  io.restart();
  while (!done() && std::chrono::steady_clock::now() < deadline)
    io.run_one_until(deadline);
  return done();
}

struct fixture {
  test::temporary_directory directory;
  asio::io_context io{1};
  int changes = 0;
  file_watch watch{io, [this] { ++changes; }, 20ms};

  void follow(std::vector<fs::path> paths) { watch.follow(paths); }
  bool sees(int expected) {
    return run_until(io, [&] { return changes >= expected; });
  }
  // True when nothing happens for a while.
  bool stays_quiet() {
    const int before = changes;
    io.restart();
    io.run_for(100ms);
    return changes == before;
  }
};

BOOST_AUTO_TEST_SUITE(watching_files)

BOOST_FIXTURE_TEST_CASE(a_write_a_rename_over_it_and_a_removal_are_seen, fixture) {
  const auto file = directory.write("g.toml", "1");
  follow({file});
  directory.write("g.toml", "2");
  BOOST_TEST(sees(1));
  fs::rename(directory.write("g.toml.new", "3"), file);
  BOOST_TEST(sees(2));
  fs::remove(file);
  BOOST_TEST(sees(3));
  directory.write("g.toml", "4");
  BOOST_TEST(sees(4));
}

BOOST_FIXTURE_TEST_CASE(other_files_of_the_directory_do_not_matter, fixture) {
  follow({directory.write("g.toml", "1")});
  directory.write("other", "1");
  BOOST_TEST(stays_quiet());
}

BOOST_FIXTURE_TEST_CASE(many_changes_at_once_are_told_once, fixture) {
  follow({directory.path()});
  for (int i = 0; i < 50; ++i)
    directory.write("key-" + std::to_string(i), "k");
  BOOST_TEST(sees(1));
  BOOST_TEST(stays_quiet());
}

BOOST_FIXTURE_TEST_CASE(the_swap_of_the_link_that_kubernetes_makes_is_seen, fixture) {
  const fs::path keys = directory.path() / "keys";
  fs::create_directories(keys / "..1");
  fs::create_directories(keys / "..2");
  directory.write("keys/..1/a", "old");
  directory.write("keys/..2/a", "new");
  fs::create_directory_symlink("..1", keys / "..data");
  fs::create_symlink("..data/a", keys / "a");
  follow({keys / "a"});
  fs::create_directory_symlink("..2", keys / "..data_tmp");
  BOOST_TEST(stays_quiet());
  fs::rename(keys / "..data_tmp", keys / "..data");
  BOOST_TEST(sees(1));
}

BOOST_FIXTURE_TEST_CASE(what_a_link_points_to_is_watched_too, fixture) {
  fs::create_directory(directory.path() / "dotfiles");
  const auto real = directory.write("dotfiles/g.toml", "1");
  const fs::path link = directory.path() / "g.toml";
  fs::create_symlink(real, link);
  follow({link});
  directory.write("dotfiles/g.toml", "2");
  BOOST_TEST(sees(1));
  fs::remove(link);
  BOOST_TEST(sees(2));
}

BOOST_FIXTURE_TEST_CASE(what_does_not_exist_yet_is_awaited, fixture) {
  const std::vector<fs::path> paths{directory.path() / "not/yet/a.key"};
  watch.follow(paths);
  fs::create_directory(directory.path() / "not");
  BOOST_TEST(sees(1));
  watch.follow(paths);
  fs::create_directory(directory.path() / "not/yet");
  BOOST_TEST(sees(2));
  watch.follow(paths);
  directory.write("not/yet/a.key", "k");
  BOOST_TEST(sees(3));
}

BOOST_FIXTURE_TEST_CASE(what_is_followed_no_more_is_not_told, fixture) {
  const auto one = directory.write("one", "1");
  fs::create_directory(directory.path() / "sub");
  const auto two = directory.write("sub/two", "1");
  follow({one});
  follow({two});
  directory.write("one", "2");
  BOOST_TEST(stays_quiet());
  directory.write("sub/two", "2");
  BOOST_TEST(sees(1));
}

BOOST_AUTO_TEST_CASE(nothing_is_told_after_its_end) {
  const test::temporary_directory directory;
  asio::io_context io{1};
  {
    file_watch watch(
        io, [] { BOOST_ERROR("told after its end"); }, 1ms);
    watch.follow(std::vector{directory.path()});
    directory.write("a", "1");
    io.poll();
  }
  BOOST_TEST(run_until(io, [&] { return io.stopped(); }));
}

BOOST_AUTO_TEST_CASE(a_changed_configuration_is_loaded_and_an_invalid_one_reported) {
  const test::temporary_directory directory;
  const auto key = directory.write("a.key", "old");
  const auto file = directory.write("g.toml", "[[keys]]\nfile = \"a.key\"\n");
  const config_inputs inputs{file, {}, {}};
  const auto first = load_config(inputs);
  BOOST_REQUIRE(first.value);

  std::string secret;
  std::string told;
  asio::io_context io{1};
  config_watch watch(io, inputs, first.watched,
                     {[&](const config& now) { secret = now.keys.at(0).secret; },
                      [&](const std::vector<problem>& problems) { told = problems.at(0).text(); }});

  directory.write("a.key", "new");
  BOOST_TEST(run_until(io, [&] { return secret == "new"; }));

  directory.write("g.toml", "[[keys]]\nfile = \"b.key\"\n");
  BOOST_TEST(run_until(io, [&] { return !told.empty(); }));
  BOOST_TEST((told.find("keys.1.file: cannot read") != std::string::npos));

  // The file that was missing.
  directory.write("b.key", "newest");
  BOOST_TEST(run_until(io, [&] { return secret == "newest"; }));

  secret.clear();
  watch.reload();
  BOOST_TEST(secret == "newest");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
