#include "fixture.hpp"
#include "store/sql.hpp"
#include <gemkeeper/store/meta.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace gemkeeper::store;
using namespace gemkeeper::store::test;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(opening)

namespace {

// In a process of its own, for what cannot be undone; its status is what `f` says.
template <class F>
int status_of_child(F&& f) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(f());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string message_of(const database_settings& s) {
  try {
    database opened(s);
  } catch (const error& e) {
    return e.what();
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(files_are_private_and_gone_or_closed_at_the_end) {
  const temporary_directory directory;
  const database_settings s = settings_in(directory);
  {
    database db(s);
    BOOST_TEST(db.opening().created);
    db.write([](session& w) { set_meta(w, "a", "b"); }).get();
    for (const fs::directory_entry& file : fs::directory_iterator(directory.path())) {
      struct stat status {};
      BOOST_REQUIRE(::stat(file.path().c_str(), &status) == 0);
      BOOST_TEST((status.st_mode & 0777U) == 0600U, file.path().native());
    }
  }
  BOOST_TEST(!fs::exists(directory.path() / "gemkeeper.db.usage-0"));
  ::chmod(s.path.c_str(), 0644);
  database again(s);
  BOOST_TEST(!again.opening().created);
  BOOST_TEST(again.read([](session& r) { return meta(r, "a"); }) == "b");
  BOOST_TEST(((fs::status(s.path).permissions() & fs::perms::all) ==
              (fs::perms::owner_read | fs::perms::owner_write)));
}

BOOST_AUTO_TEST_CASE(a_second_process_is_told_who_has_it) {
  const temporary_directory directory;
  const database_settings s = settings_in(directory);
  const database db(s);
  BOOST_TEST((fault_of([&] { database second(s); }) == fault::in_use));
  const std::string pid = std::to_string(::getpid());
  BOOST_TEST(message_of(s).find("process " + pid) != std::string::npos);
  const int status = status_of_child(
      [&] { return fault_of([&] { database second(s); }) == fault::in_use ? 0 : 1; });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(a_damaged_database_is_set_aside_whole) {
  for (const bool only_a_page : {false, true}) {
    const temporary_directory directory;
    const database_settings s = settings_in(directory);
    {
      database db(s);
      db.write([](session& w) {
          for (int i = 0; i < 2000; ++i)
            set_meta(w, "name " + std::to_string(i), std::string(50, 'x'));
        }).get();
    }
    std::string content = content_of(s.path);
    const std::size_t from = only_a_page ? content.size() / 2 : 0;
    std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(from), 4096, '\x5a');
    directory.write("gemkeeper.db", content);
    directory.write("gemkeeper.db-wal", "not a log");

    database db(s);
    BOOST_REQUIRE(db.opening().set_aside.has_value());
    BOOST_TEST((content_of(*db.opening().set_aside) == content));
    BOOST_TEST(!db.opening().damage.empty());
    BOOST_TEST(db.opening().set_aside->native().find(".damaged-20261126T120000Z") !=
               std::string::npos);
    BOOST_TEST(db.opening().created);
    BOOST_TEST(db.read([](session& r) { return meta(r, "name 1"); }) == "");
  }
}

BOOST_AUTO_TEST_CASE(a_newer_version_is_refused_and_left_alone) {
  const temporary_directory directory;
  const database_settings s = settings_in(directory);
  { database db(s); }
  { session(s.path.native(), session::access::write, 1s).run("PRAGMA user_version=99"); }
  const std::string message = message_of(s);
  BOOST_TEST(message.find("version 99") != std::string::npos);
  BOOST_TEST(message.find(s.path.native()) != std::string::npos);
  BOOST_TEST((fault_of([&] { database db(s); }) == fault::newer_version));
  session left(s.path.native(), session::access::write, 1s);
  BOOST_TEST(left.number("PRAGMA user_version") == 99);
}

BOOST_AUTO_TEST_CASE(places_that_cannot_hold_it_are_named) {
  const temporary_directory directory;
  database_settings s = settings_in(directory);
  s.path = directory.path() / "missing" / "gemkeeper.db";
  BOOST_TEST((fault_of([&] { database db(s); }) == fault::cannot_open));
  BOOST_TEST(message_of(s).find("missing") != std::string::npos);
  s.path = directory.path();
  BOOST_TEST((fault_of([&] { database db(s); }) == fault::cannot_open));
  s.path = "";
  BOOST_TEST((fault_of([&] { database db(s); }) == fault::input));
}

BOOST_AUTO_TEST_CASE(a_directory_that_may_not_be_written_is_named) {
  const temporary_directory directory;
  const database_settings s = settings_in(directory);
  fs::permissions(directory.path(), fs::perms(0555));
  const int status = status_of_child([&] {
    // The mode does not bind root.
    if (::geteuid() == 0 && ::setuid(65'534) != 0) return 2;
    return fault_of([&] { database db(s); }) == fault::read_only ? 0 : 1;
  });
  fs::permissions(directory.path(), fs::perms(0755));
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(a_journal_without_room_is_refused_at_the_start) {
  const temporary_directory directory;
  database_settings s = settings_in(directory);
  s.journal_records = 65'536;
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit most{4U << 20U, 4U << 20U};
    ::setrlimit(RLIMIT_FSIZE, &most);
    return fault_of([&] { database db(s); }) == fault::disk_full ? 0 : 1;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(!fs::exists(directory.path() / "gemkeeper.db.usage-0"));
}

BOOST_AUTO_TEST_CASE(a_full_disk_keeps_usage_in_the_journal_until_there_is_room) {
  // Its readers share the connection for writing, whose limit can be lifted so.
  database db(in_memory());
  const auto limit = [&](int pages) {
    db.read([&](session& s) { return s.number(fmt::format("PRAGMA max_page_count={}", pages)); });
  };
  limit(1);  // what it has is the least
  for (int i = 0; i < 200; ++i)
    db.journal(0).append(call(static_cast<unsigned>(i), 1));
  BOOST_TEST((fault_of([&] { db.flush(); }) == fault::disk_full));
  BOOST_TEST(!db.health().problem.empty());
  BOOST_TEST(db.health().journals.waiting == 200U);
  limit(1'000'000);
  db.flush();
  BOOST_TEST(db.health().problem == "");
  BOOST_TEST(db.read([](session& r) { return totals(r).all.calls; }) == 200U);
}

BOOST_AUTO_TEST_CASE(a_lock_of_another_program_is_named) {
  const temporary_directory directory;
  database_settings s = settings_in(directory);
  s.busy_timeout = 1ms;
  { database db(s); }
  session other(s.path.native(), session::access::write, 1s);
  other.run("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
  BOOST_TEST((fault_of([&] { database db(s); }) == fault::locked));
}

BOOST_AUTO_TEST_SUITE_END()
