#include "exchange/body_store.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

using namespace gemkeeper::proxy;

namespace {

std::string text_of(std::size_t size) {
  std::string text;
  while (text.size() < size)
    text += std::to_string(text.size()) + '\0' + '\n';
  text.resize(size);
  return text;
}

std::string read_all(const body_store& body) {
  std::string all, scratch;
  for (;;) {
    const std::string_view piece = body.read(all.size(), scratch);
    if (piece.empty()) return all;
    all += piece;
  }
}

// Sets TMPDIR for as long as it lives.
class temporary_directory {
 public:
  explicit temporary_directory(const std::string& path) {
    if (const char* old = std::getenv("TMPDIR")) before_ = old;
    ::setenv("TMPDIR", path.c_str(), 1);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() {
    if (before_.empty()) {
      ::unsetenv("TMPDIR");
    } else {
      ::setenv("TMPDIR", before_.c_str(), 1);
    }
  }

 private:
  std::string before_;
};

// Of this process's unlinked files; 0 where Linux does not tell (before 6.5).
std::uint64_t bytes_not_on_disk() {
  constexpr long cachestat = 451;  // include/uapi/asm-generic/unistd.h
  struct {
    std::uint64_t offset = 0, length = 0;
  } whole;
  struct {
    std::uint64_t cached, dirty, writeback, evicted, recently_evicted;
  } pages;
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (!std::filesystem::read_symlink(entry, error).string().ends_with("(deleted)")) continue;
    const long file = std::stol(entry.path().filename());
    if (::syscall(cachestat, file, &whole, &pages, 0) == 0)
      sum += (pages.dirty + pages.writeback) * static_cast<std::uint64_t>(::getpagesize());
  }
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stored_body)

BOOST_AUTO_TEST_CASE(a_body_comes_back_as_it_was_given) {
  const std::string text = text_of(300'000);
  for (const std::size_t memory : {std::size_t{0}, std::size_t{1}, std::size_t{1000},
                                   std::size_t{299'999}, std::size_t{300'000}}) {
    for (const std::size_t piece : {std::size_t{999}, std::size_t{65'536}, text.size()}) {
      body_room room;
      body_store body(room);
      body.start(memory, text.size());
      for (std::size_t i = 0; i < text.size(); i += piece)
        BOOST_REQUIRE(body.append(std::string_view(text).substr(i, piece)));
      BOOST_TEST(body.size() == text.size());
      BOOST_TEST(body.in_memory() == (memory == text.size()));
      BOOST_TEST(body.memory().size() == memory);
      // As often as there are keys to try.
      BOOST_TEST((read_all(body) == text));
      BOOST_TEST((read_all(body) == text));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_in_memory_opens_no_file) {
  const temporary_directory nowhere("/nonexistent");
  body_room room;
  body_store body(room);
  body.start(10, 10);
  BOOST_TEST(body.append("0123456789"));
  BOOST_TEST(!body.append("x"));
  BOOST_TEST(body.problem().find("/nonexistent") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_leaves_no_name_behind) {
  std::string name = "/tmp/gemkeeper-test-XXXXXX";
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  {
    const temporary_directory here(name);
    body_room room;
    body_store body(room);
    body.start(0, 0);
    BOOST_TEST(body.append("hello"));
    BOOST_TEST(!body.in_memory());
    BOOST_TEST(std::filesystem::is_empty(name));
  }
  BOOST_TEST(std::filesystem::remove(name));
}

BOOST_AUTO_TEST_CASE(a_store_is_used_again_and_again) {
  body_room room;
  body_store body(room);
  for (const std::size_t size : {100'000U, 10U, 0U, 50'000U}) {
    const std::string text = text_of(size);
    body.start(1000, 0);
    BOOST_TEST(body.size() == 0U);
    BOOST_REQUIRE(body.append(text));
    BOOST_TEST((read_all(body) == text));
  }
  body.clear();
  BOOST_TEST(body.size() == 0U);
  BOOST_TEST(body.in_memory());
  BOOST_TEST(read_all(body).empty());
}

// A length that is only announced costs no memory beyond the limit.
BOOST_AUTO_TEST_CASE(an_announced_length_is_not_believed) {
  body_room room;
  body_store body(room);
  body.start(1000, std::uint64_t{1} << 60);
  BOOST_TEST(body.append("hello"));
  BOOST_TEST(body.size() == 5U);
}

BOOST_AUTO_TEST_CASE(what_there_is_no_room_for_goes_to_the_file) {
  const std::string text = text_of(300'000);
  for (const std::uint64_t announced : {std::uint64_t{0}, std::uint64_t{300'000}}) {
    body_room room(400'000);
    body_store first(room), second(room);
    first.start(1'000'000, announced);
    second.start(1'000'000, announced);
    for (std::size_t i = 0; i < text.size(); i += 7000) {
      BOOST_REQUIRE(first.append(std::string_view(text).substr(i, 7000)));
      BOOST_REQUIRE(second.append(std::string_view(text).substr(i, 7000)));
      BOOST_REQUIRE(room.taken() <= 400'000U);
    }
    BOOST_TEST(!second.in_memory());
    BOOST_TEST(second.lacks_room());
    BOOST_TEST((read_all(first) == text));
    BOOST_TEST((read_all(second) == text));
    first.clear();
    second.clear();
    BOOST_TEST(room.taken() == 0U);
    first.start(1'000'000, announced);
    BOOST_REQUIRE(first.append(text));
    BOOST_TEST(first.in_memory());
  }
}

BOOST_AUTO_TEST_CASE(a_small_body_needs_no_room) {
  body_room room(0);
  body_store body(room);
  body.start(1'000'000, 0);
  BOOST_TEST(body.append(std::string(body_store::free_size, 'x')));
  BOOST_TEST(body.in_memory());
  BOOST_TEST(!body.lacks_room());
  BOOST_TEST(body.append("y"));
  BOOST_TEST(!body.in_memory());
  BOOST_TEST(body.memory().size() == body_store::free_size);
}

// A file in memory takes of the same room, so there comes a body that has to wait.
BOOST_AUTO_TEST_CASE(files_in_memory_take_of_the_room) {
  if (!std::filesystem::is_directory("/dev/shm")) return;
  const temporary_directory here("/dev/shm");
  body_room room(100'000);
  {
    body_store first(room), second(room);
    first.start(50'000, 0);
    BOOST_TEST(first.append(std::string(90'000, 'x')));
    BOOST_TEST(room.taken() >= 90'000U - body_store::free_size);
    second.start(50'000, 0);
    BOOST_TEST(!second.append(std::string(90'000, 'y')));
    BOOST_TEST(second.lacks_room());
    first.clear();
    second.start(50'000, 0);
    BOOST_TEST(second.append(std::string(90'000, 'y')));
  }
  BOOST_TEST(room.taken() == 0U);
}

// Else the pages of the files fill the container, and Linux ends the process for it.
BOOST_AUTO_TEST_CASE(where_memory_is_limited_little_waits_for_the_disk) {
  const std::uint64_t start = bytes_not_on_disk();
  const std::string text = text_of(4 << 20);
  body_room room(1 << 20);
  body_store first(room), second(room);
  first.start(0, 0);
  second.start(0, 0);
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < text.size(); i += 16'384) {
    BOOST_REQUIRE(first.append(std::string_view(text).substr(i, 16'384)));
    BOOST_REQUIRE(second.append(std::string_view(text).substr(i, 16'384)));
    most = std::max(most, bytes_not_on_disk() - start);
  }
  BOOST_TEST_MESSAGE("at most " << most << " bytes were not on the disk");
  // And of each file a piece that is not worth a write of its own.
  BOOST_TEST(most <= (1U << 20) + 2 * 65'536U);
  BOOST_TEST((read_all(first) == text));
  first.clear();
  BOOST_TEST((read_all(second) == text));
}

BOOST_AUTO_TEST_SUITE_END()
