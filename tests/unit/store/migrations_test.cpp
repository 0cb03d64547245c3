#include "store/migrations.hpp"

#include "fixture.hpp"

using namespace gemkeeper::store;
using namespace gemkeeper::store::test;

BOOST_AUTO_TEST_SUITE(migrations)

BOOST_AUTO_TEST_CASE(a_database_of_every_older_version_is_brought_up_and_keeps_its_rows) {
  const auto steps = migration_steps();
  for (std::size_t version = 0; version < steps.size(); ++version) {
    const temporary_directory directory;
    const auto path = (directory.path() / "old.db").native();
    {
      session old(path, session::access::write, 1s);
      migrate(old, steps.first(version));
      if (version != 0) old.run("INSERT INTO meta VALUES('kept','yes')");
    }
    session s(path, session::access::write, 1s);
    BOOST_TEST(migrate(s) == static_cast<int>(version));
    BOOST_TEST(s.number("PRAGMA user_version") == static_cast<int>(steps.size()));
    if (version != 0) BOOST_TEST(s.number("SELECT count(*) FROM meta WHERE value='yes'") == 1);
    BOOST_TEST(s.number("SELECT count(*) FROM totals") == 0);
    BOOST_TEST(migrate(s) == static_cast<int>(steps.size()));
  }
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_leaves_the_version_before_it) {
  session s(":memory:", session::access::write, 1s);
  const std::vector<std::string> steps{"CREATE TABLE a(x)", "CREATE TABLE b(x); CREATE TABLE a(x)"};
  BOOST_CHECK_THROW(migrate(s, steps), error);
  BOOST_TEST(s.number("PRAGMA user_version") == 1);
  BOOST_TEST(s.number("SELECT count(*) FROM sqlite_schema") == 1);
}

BOOST_AUTO_TEST_CASE(a_newer_version_and_another_programs_database_are_refused) {
  session newer(":memory:", session::access::write, 1s);
  migrate(newer);
  newer.run("PRAGMA user_version=99");
  BOOST_TEST((fault_of([&] { migrate(newer); }) == fault::newer_version));
  session foreign(":memory:", session::access::write, 1s);
  foreign.run("CREATE TABLE theirs(x)");
  BOOST_TEST((fault_of([&] { migrate(foreign); }) == fault::cannot_open));
  BOOST_TEST(foreign.number("SELECT count(*) FROM sqlite_schema") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
