// Words that outlive the process.
#include "fixture.hpp"
#include <gemkeeper/store/word_file.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>

using namespace gemkeeper::store;
using namespace gemkeeper::store::test;

BOOST_AUTO_TEST_SUITE(words_in_a_file)

BOOST_AUTO_TEST_CASE(what_was_written_is_there_again) {
  const temporary_directory directory;
  const auto path = directory.path() / "words";
  {
    const word_file made(path, 1000);
    BOOST_TEST(made.words().size() == 1000U);
    BOOST_TEST(std::ranges::count(made.words(), 0U) == 1000);
    made.words()[0] = 7;
    made.words()[999] = 8;
    made.sync();
  }
  const word_file again(path, 1000);
  BOOST_TEST(again.words()[0] == 7U);
  BOOST_TEST(again.words()[999] == 8U);
  struct stat found {};
  BOOST_REQUIRE(::stat(path.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 0777) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_process_that_is_killed_forgets_nothing) {
  const temporary_directory directory;
  const auto path = directory.path() / "words";
  const word_file made(path, 8);
  const pid_t child = ::fork();
  if (child == 0) {
    made.words()[3] = 42;
    ::raise(SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  BOOST_TEST(word_file(path, 8).words()[3] == 42U);
}

BOOST_AUTO_TEST_CASE(a_file_of_another_size_or_maker_is_begun_anew) {
  const temporary_directory directory;
  const auto path = directory.path() / "words";
  { word_file(path, 10).words()[0] = 7; }
  {
    const word_file larger(path, 20);
    BOOST_TEST(std::ranges::count(larger.words(), 0U) == 20);
  }
  std::ofstream(path, std::ios::binary) << std::string(21 * sizeof(std::uint64_t), 'x');
  const word_file foreign(path, 20);
  BOOST_TEST(std::ranges::count(foreign.words(), 0U) == 20);
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_is_named) {
  const temporary_directory directory;
  const auto path = directory.path() / "nowhere" / "words";
  try {
    const word_file none(path, 10);
    BOOST_FAIL("it was made");
  } catch (const error& e) {
    BOOST_TEST(std::string_view(e.what()).find(path.native()) != std::string_view::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
