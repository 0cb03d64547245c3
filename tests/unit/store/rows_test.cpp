#include "fixture.hpp"
#include "store/sql.hpp"
#include <gemkeeper/store/alerts.hpp>
#include <gemkeeper/store/clients.hpp>
#include <gemkeeper/store/events.hpp>
#include <gemkeeper/store/meta.hpp>

using namespace gemkeeper;
using namespace gemkeeper::store;
using namespace gemkeeper::store::test;

BOOST_AUTO_TEST_SUITE(rows)

BOOST_AUTO_TEST_CASE(health_comes_back_without_what_has_ended) {
  database db(in_memory());
  health_rows h;
  h.quarantines = {{key_number(1), "API_KEY_INVALID", noon, noon + 30s, 30s}};
  h.cool_downs = {{pool::project_name("p"), pool::model_name(""), "", noon + 1h, 3},
                  {pool::project_name("p"), pool::model_name("m"), "PerDay", noon + 2h, 0}};
  h.day_counts = {{key_number(1), pool::model_name("m"), noon + 1h, 42}};
  db.write([&](session& s) { replace_health(s, h); }).get();
  BOOST_TEST((db.read([](session& s) { return health(s, noon); }) == h));
  const health_rows later = db.read([](session& s) { return health(s, noon + 1h); });
  BOOST_TEST(later.cool_downs.size() == 1U);
  BOOST_TEST(later.day_counts.empty());
  BOOST_TEST(later.quarantines.size() == 1U);
  db.write([&](session& s) { replace_health(s, {}); }).get();
  BOOST_TEST((db.read([](session& s) { return health(s, noon); }) == health_rows{}));
}

BOOST_AUTO_TEST_CASE(health_that_stays_is_not_written_again) {
  database db(in_memory());
  health_rows h;
  for (unsigned n = 0; n < 9; ++n) {
    h.quarantines.push_back({key_number(n), "reason", noon, noon + 1h, 1h});
    h.cool_downs.push_back({pool::project_name(fmt::format("p{}", n)), pool::model_name("m"), "q",
                            noon + 1h + 123ns, n});
    h.day_counts.push_back({key_number(n), pool::model_name("m"), noon + 2h, n});
  }
  // What it takes to have `rows` in place of those that are there.
  const auto written = [&db](const health_rows& rows) {
    std::int64_t changes = 0;
    db.write([&](session& s) {
        const auto so_far = [&s] {
          statement& asked = s.prepare("SELECT total_changes()");
          const std::int64_t count = asked.next() ? asked.integer(0) : 0;
          asked.rewind();
          return count;
        };
        const std::int64_t before = so_far();
        replace_health(s, rows);
        changes = so_far() - before;
      }).get();
    return changes;
  };
  BOOST_TEST(written(h) == 27);
  BOOST_TEST(written(h) == 0);
  std::ranges::reverse(h.cool_downs);
  BOOST_TEST(written(h) == 0);

  h.quarantines.erase(h.quarantines.begin());
  h.quarantines.back().reason = "another";
  h.cool_downs.erase(h.cool_downs.begin() + 4);
  h.cool_downs.push_back({pool::project_name("a"), {}, "", noon + 1h, 0});
  h.day_counts[3].requests = 100;
  h.day_counts.erase(h.day_counts.end() - 2, h.day_counts.end());
  BOOST_TEST(written(h) == 2 + 2 + 3);
  health_rows there = db.read([](session& s) { return health(s, noon); });
  BOOST_TEST(there.quarantines.size() == 8U);
  BOOST_TEST(there.quarantines.back().reason == "another");
  BOOST_TEST((there.quarantines.front().key == key_number(1)));
  BOOST_TEST(there.cool_downs.size() == 9U);
  BOOST_TEST(there.cool_downs.front().project.value == "a");
  BOOST_TEST(there.day_counts.size() == 7U);
  BOOST_TEST(there.day_counts[3].requests == 100U);
}

BOOST_AUTO_TEST_CASE(projects_and_clients_come_back_with_their_limits) {
  database db(in_memory());
  const std::string hash("\x00\xff hash", 7);
  db.write([&](session& s) {
      put_project(s, {pool::project_name("p"), "projects/1", pool::tier::free, {{"a", 1}}, noon});
      put_project(s, {pool::project_name("p"), "projects/2", pool::tier::paid, {{"b", 2}}, noon});
      add_client(s, {"c1", "laptop", hash, {{"tokens_per_day", 5}}, noon, std::nullopt});
    }).get();
  const auto p = db.read([](session& s) { return projects(s); });
  BOOST_REQUIRE(p.size() == 1U);
  BOOST_TEST(p[0].google_project == "projects/2");
  BOOST_TEST((p[0].limits == limit_map{{"b", 2}}));
  auto c = db.read([](session& s) { return clients(s); });
  BOOST_REQUIRE(c.size() == 1U);
  BOOST_TEST(c[0].token_hash == hash);
  BOOST_TEST((c[0].limits == limit_map{{"tokens_per_day", 5}}));
  BOOST_TEST(!c[0].revoked.has_value());

  const auto put = [&](const client_row& row) {
    return fault_of([&] { db.write([&](session& s) { add_client(s, row); }).get(); });
  };
  BOOST_TEST((put({"c1", "other", "h", {}, noon, {}}) == fault::duplicate));
  BOOST_TEST((put({"c2", "laptop", "h", {}, noon, {}}) == fault::duplicate));
  BOOST_TEST((put({"c2", "other", hash, {}, noon, {}}) == fault::duplicate));
  BOOST_TEST((put({"c2", "", "h", {}, noon, {}}) == fault::input));
  c[0].revoked = noon + 1s;
  db.write([&](session& s) { update_client(s, c[0]); }).get();
  BOOST_TEST((db.read([](session& s) { return clients(s); })[0].revoked == noon + 1s));
}

BOOST_AUTO_TEST_CASE(alerts_and_audit_are_read_newest_first_and_end_by_age) {
  database db(in_memory());
  db.write([](session& s) {
      for (int i = 0; i < 5; ++i) {
        put_alert(s, {i + 1, noon + 1h * i, "key_quarantined", "k", "message"});
        add_audit(s, {0, noon + 1h * i, "admin", "key.add", "k", std::to_string(i)});
      }
      put_alert(s, {1, noon, "key_quarantined", "k", "message", noon + 9h, 2, noon + 9h, 7, noon});
    }).get();
  const auto two = db.read([](session& s) { return audit(s, 2); });
  BOOST_REQUIRE(two.size() == 2U);
  BOOST_TEST(two[0].detail == "4");
  const auto next = db.read([&](session& s) { return audit(s, 2, two[1].id); });
  BOOST_TEST(next.at(0).detail == "2");
  const auto stored = db.read([](session& s) { return alerts(s, 10); });
  BOOST_REQUIRE(stored.size() == 5U);
  BOOST_TEST(stored[0].id == 5);
  BOOST_TEST(stored[4].id == 1);  // those that stand come first
  BOOST_TEST((stored[4].resolved == noon + 9h && stored[4].until == noon));
  BOOST_TEST(stored[4].severity == 2);
  BOOST_TEST(stored[4].count == 7U);
  std::size_t removed = 0;
  db.write([&](session& s) { removed = remove_events_before(s, noon + 2h); }).get();
  BOOST_TEST(removed == 3U);
  const auto left = db.read([](session& s) { return alerts(s, 10); });
  BOOST_TEST(left.size() == 4U);
  BOOST_TEST(left.back().id == 2);
}

BOOST_AUTO_TEST_CASE(deliveries_and_ages_of_keys_come_back) {
  database db(in_memory());
  db.write([](session& s) {
      put_delivery(s, {2, 9, "second", noon, 0, noon});
      put_delivery(s, {1, 9, "first", noon, 0, noon});
      put_delivery(s, {1, 9, "first", noon, 3, noon + 1h});
      put_delivery(s, {3, 9, "third", noon, 0, noon});
      remove_delivery(s, 3);
      put_key_age(s, {key_number(1), "A…1", noon});
      put_key_age(s, {key_number(1), "A…2", noon + 1h});
    }).get();
  const auto owed = db.read([](session& s) { return deliveries(s); });
  BOOST_REQUIRE(owed.size() == 2U);
  BOOST_TEST(owed[0].body == "first");
  BOOST_TEST(owed[0].attempts == 3U);
  BOOST_TEST((owed[0].next_try == noon + 1h));
  const auto ages = db.read([](session& s) { return key_ages(s); });
  BOOST_REQUIRE(ages.size() == 1U);
  BOOST_TEST((ages[0].key == key_number(1)));
  BOOST_TEST(ages[0].fingerprint == "A…2");
  BOOST_TEST((ages[0].since == noon + 1h));
}

BOOST_AUTO_TEST_SUITE_END()
