#include "fixture.hpp"
#include <gemkeeper/pool/affinity.hpp>
#include <gemkeeper/store/affinity.hpp>

using namespace gemkeeper;
using namespace gemkeeper::store;
using namespace gemkeeper::store::test;

namespace {

pool::project_ref owner(unsigned key, const char* project = "") {
  return {key_number(key), pool::project_name(project)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(affinity_rows)

BOOST_AUTO_TEST_CASE(owners_of_resources_come_back_until_they_expire) {
  database db(in_memory());
  const std::vector<pool::affinity_record> rows{
      {"files/short", owner(1), noon + 1h},
      {"files/long", owner(2, "projects/7"), noon + 48h},
      {"fileSearchStores/s", owner(1), pool::never_expires}};
  db.write([&](session& s) { put_affinity(s, rows); }).get();
  const auto stored = [&db](pool::time_point now, std::size_t most = 100) {
    return db.read([=](session& s) { return affinity(s, now, most); });
  };
  BOOST_TEST((stored(noon) == rows));
  BOOST_TEST(stored(noon + 1h).size() == 2U);
  BOOST_REQUIRE(stored(noon, 1).size() == 1U);  // what lasts longest is of the most use
  BOOST_TEST(stored(noon, 1)[0].name == "fileSearchStores/s");

  std::size_t removed = 0;
  db.write([&](session& s) { removed = remove_expired_affinity(s, noon + 1h); }).get();
  BOOST_TEST(removed == 1U);
  BOOST_TEST(stored(noon).size() == 2U);
}

BOOST_AUTO_TEST_CASE(changes_of_the_table_are_kept_as_they_are_told) {
  database db(in_memory());
  std::vector<pool::affinity_record> changes;
  pool::affinity_table table;
  table.on_change([&changes](const pool::affinity_record& r) { changes.push_back(r); });
  table.learn("files/x", owner(1), noon + 48h, noon);
  table.learn("files/y", owner(1), noon + 48h, noon);
  table.learn("auth_tokens/0123456789", owner(2), noon + 30min, noon);
  table.learn("files/x", owner(2, "p"), noon + 48h, noon);
  table.forget("files/y");
  db.write([&](session& s) { put_affinity(s, changes); }).get();

  const auto stored = db.read([](session& s) { return affinity(s, noon, 100); });
  pool::affinity_table next;
  next.load(stored, noon);
  BOOST_TEST((next.records(noon) == table.records(noon)));
  BOOST_TEST(stored.size() == 2U);
  for (const auto& r : stored)
    BOOST_TEST(r.name.find("0123456789") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
