#include "temporary_directory.hpp"
#include <gemkeeper/app/health_keeper.hpp>
#include <gemkeeper/app/key_book.hpp>
#include <gemkeeper/store/keys.hpp>

#include <boost/test/unit_test.hpp>

namespace gemkeeper::app {
namespace {

using admin::change_error;
using pool::key_spec;

key_spec key_of(std::string_view secret, std::string_view name = {}) {
  key_spec key;
  key.secret = secret;
  key.name = name;
  return key;
}

store::database_settings in_memory() {
  store::database_settings settings;
  settings.path = ":memory:";
  settings.journal_records = 256;
  settings.journal_names_size = 65'536;
  return settings;
}

struct with_book {
  with_book() { configure({key_of("secret-a", "a"), key_of("secret-b", "b")}); }

  void configure(const std::vector<key_spec>& keys) {
    const key_origin from{key_origin::kind::variable, "GEMINI_API_KEYS"};
    book.configure(keys, std::vector<key_origin>(keys.size(), from));
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const admin::key_info& key : book.list())
      all.push_back(key.view.name);
    return all;
  }
  admin::key_info at(const pool::key_id& id) const {
    for (admin::key_info& key : book.list()) {
      if (key.view.id == id) return std::move(key);
    }
    BOOST_FAIL("no such key");
    return {};
  }
  // Of the key that serves next.
  std::string next_secret() {
    auto taken = pool.acquire(pool::request_traits{}, std::chrono::system_clock::now());
    return std::string(std::get<pool::lease>(taken).secret());
  }

  store::database database{in_memory()};
  store::sealing_key master = store::sealing_key::random();
  key_shelf shelf{database, master, shelf_kind::durable};
  pool::key_pool pool{pool::pool_settings{}, "hash key"};
  key_book book{pool, "hash key", shelf};
};

using strings = std::vector<std::string>;

BOOST_FIXTURE_TEST_SUITE(book_of_keys, with_book)

BOOST_AUTO_TEST_CASE(reloads_and_additions_do_not_undo_each_other) {
  BOOST_TEST((book.add(key_of("secret-c", "c")).error == change_error::none));
  configure({key_of("secret-b", "b"), key_of("secret-d", "d")});
  BOOST_TEST(names() == (strings{"b", "d", "c"}), boost::test_tools::per_element());
  BOOST_TEST((book.add(key_of("secret-e")).error == change_error::none));
  BOOST_TEST(names() == (strings{"b", "d", "c", "key-4"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_key_that_the_configuration_takes_over_is_there_once) {
  const auto added = book.add(key_of("secret-c", "mine"));
  configure({key_of("secret-c", "theirs")});
  BOOST_TEST(names() == strings{"theirs"}, boost::test_tools::per_element());
  BOOST_TEST(at(added.id).from_api == false);
  configure({});
  BOOST_TEST(names() == strings{"mine"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(duplicates_are_refused_with_the_key_that_is_there) {
  const auto twin = book.add(key_of("secret-a", "c"));
  BOOST_TEST((twin.error == change_error::duplicate_key));
  BOOST_TEST(at(twin.id).view.name == "a");
  BOOST_TEST((book.add(key_of("secret-c", "b")).error == change_error::duplicate_name));
}

BOOST_AUTO_TEST_CASE(changes_of_configured_keys_hold_over_reloads) {
  const auto id = *book.find("secret-a");
  admin::key_changes off, heavy;
  off.enabled = false;
  heavy.weight = 9;
  book.change(id, off);
  book.change(id, heavy);
  configure({key_of("secret-a", "a")});
  BOOST_TEST((at(id).view.state == pool::key_state::disabled));
  BOOST_TEST(at(id).weight == 9U);
  BOOST_TEST((book.remove(id).error == change_error::configured));
  BOOST_TEST((book.rotate(id, "secret-x").error == change_error::configured));
  BOOST_TEST(book.remove(id).origin == "$GEMINI_API_KEYS");
}

BOOST_AUTO_TEST_CASE(a_rotated_key_is_the_same_with_another_secret) {
  configure({});
  const auto id = book.add(key_of("secret-c", "c")).id;
  BOOST_TEST(next_secret() == "secret-c");
  BOOST_TEST((book.rotate(id, "secret-new").error == change_error::none));
  BOOST_TEST(next_secret() == "secret-new");
  BOOST_TEST(at(id).view.calls == 2U);  // both leases were given back
  BOOST_TEST((*book.find("secret-c") == id));
  BOOST_TEST((*book.find("secret-new") == id));
  BOOST_TEST((book.add(key_of("secret-new")).error == change_error::duplicate_key));
  BOOST_TEST((book.remove(id).error == change_error::none));
  BOOST_TEST(!book.find("secret-new"));
  BOOST_TEST((book.remove(id).error == change_error::no_such_key));
}

BOOST_AUTO_TEST_CASE(what_google_says_of_a_former_secret_does_not_count) {
  configure({});
  const auto id = book.add(key_of("secret-c", "c")).id;
  const auto now = std::chrono::system_clock::now();
  auto old = std::get<pool::lease>(pool.acquire(pool::request_traits{}, now));
  book.rotate(id, "secret-new");
  BOOST_TEST(old.secret() == "secret-c");
  pool::verdict rejected;
  rejected.kind = pool::outcome::key_fault;
  rejected.reason = "API_KEY_INVALID";
  pool.settle(std::move(old), rejected, {}, now);
  BOOST_TEST((at(id).view.state == pool::key_state::healthy));
  auto fresh = std::get<pool::lease>(pool.acquire(pool::request_traits{}, now));
  pool.settle(std::move(fresh), rejected, {}, now);
  BOOST_TEST((at(id).view.state == pool::key_state::quarantined));
  book.rotate(id, "secret-newer");
  BOOST_TEST((at(id).view.state == pool::key_state::healthy));
  BOOST_TEST(next_secret() == "secret-newer");
}

// The next process, with what the last one stored.
struct restarted {
  explicit restarted(with_book& before)
      : shelf(before.database, before.master, shelf_kind::durable), book(pool, "hash key", shelf) {}

  pool::apply_report configure(const std::vector<key_spec>& keys) {
    const key_origin from{key_origin::kind::variable, "GEMINI_API_KEYS"};
    return book.configure(keys, std::vector<key_origin>(keys.size(), from));
  }
  admin::key_info at(const pool::key_id& id) const {
    for (admin::key_info& key : book.list()) {
      if (key.view.id == id) return std::move(key);
    }
    BOOST_FAIL("no such key");
    return {};
  }

  pool::key_pool pool{pool::pool_settings{}, "hash key"};
  key_shelf shelf;
  key_book book;
};

BOOST_AUTO_TEST_CASE(what_the_api_did_is_there_after_a_restart) {
  key_spec rich = key_of("secret-c", "c");
  rich.project = pool::project_name("p");
  rich.weight = 3;
  rich.priority = -2;
  rich.models = {pool::model_name("gemini-*")};
  rich.limits.requests_per_day = 5;
  const auto c = book.add(rich).id, d = book.add(key_of("secret-d", "d")).id,
             e = book.add(key_of("secret-e", "e")).id, a = *book.find("secret-a");
  BOOST_TEST(at(c).durable);
  admin::key_changes off, moved;
  off.enabled = false;
  book.change(d, off);
  moved.project = "q";
  moved.limits.emplace().usd_per_month = 7'000'000;
  moved.quota = pool::quota_set{1, 2, 3};
  moved.models = std::vector{pool::model_name("m1"), pool::model_name("m2")};
  moved.priority = -7;
  book.change(a, off);
  book.change(a, moved);
  book.rotate(d, "secret-new");
  book.remove(e);

  restarted next(*this);
  const auto report = next.configure({key_of("secret-a", "a"), key_of("secret-b", "b")});
  BOOST_TEST(report.problems.empty());
  BOOST_TEST(next.book.list().size() == 4U);
  const admin::key_info first = next.at(c);
  BOOST_TEST(first.view.name == "c");
  BOOST_TEST(first.view.project.value == "p");
  BOOST_TEST(first.weight == 3U);
  BOOST_TEST(first.priority == -2);
  BOOST_TEST(first.models.at(0).value == "gemini-*");
  BOOST_TEST(first.limits.requests_per_day == 5U);
  BOOST_TEST(first.from_api);
  BOOST_TEST((next.at(d).view.state == pool::key_state::disabled));
  BOOST_TEST((*next.book.find("secret-new") == d));
  BOOST_TEST(next.book.spec(d)->secret == "secret-new");
  BOOST_TEST(!next.book.find("secret-e"));
  const admin::key_info changed = next.at(a);
  BOOST_TEST((changed.view.state == pool::key_state::disabled));
  BOOST_TEST(changed.view.project.value == "q");
  BOOST_TEST(changed.priority == -7);
  BOOST_TEST(changed.models.size() == 2U);
  BOOST_TEST(changed.limits.usd_per_month == 7'000'000U);
  BOOST_TEST(changed.limits.requests_per_day == 0U);
  BOOST_TEST(changed.quota.requests_per_minute == 1U);
  BOOST_TEST(changed.quota.requests_per_day == 2U);
  BOOST_TEST(changed.quota.tokens_per_minute == 3U);
}

BOOST_AUTO_TEST_CASE(a_stored_key_that_is_configured_too_is_said_to_be) {
  const auto c = book.add(key_of("secret-c", "mine")).id;
  restarted next(*this);
  const auto report = next.configure({key_of("secret-c", "theirs")});
  BOOST_REQUIRE(report.problems.size() == 1U);
  BOOST_TEST(report.problems[0] ==
             "key mine (" + std::string(c.view()) +
                 "): was added by the admin API as well; what the configuration says of it counts "
                 "($GEMINI_API_KEYS)");
  BOOST_TEST(next.at(c).view.name == "theirs");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_stored_changes_nothing) {
  const auto c = book.add(key_of("secret-c", "c")).id, a = *book.find("secret-a");
  database.close();
  admin::key_changes off;
  off.enabled = false;
  const auto refused = book.add(key_of("secret-d", "d"));
  BOOST_TEST((refused.error == change_error::storage_failed));
  BOOST_TEST(!refused.problem.empty());
  BOOST_TEST(refused.problem.find("secret-d") == std::string::npos);
  BOOST_TEST((book.change(c, off).error == change_error::storage_failed));
  BOOST_TEST((book.change(a, off).error == change_error::storage_failed));
  BOOST_TEST((book.rotate(c, "secret-new").error == change_error::storage_failed));
  BOOST_TEST((book.remove(c).error == change_error::storage_failed));
  BOOST_TEST(names() == (strings{"a", "b", "c"}), boost::test_tools::per_element());
  BOOST_TEST((at(c).view.state == pool::key_state::healthy));
  BOOST_TEST((at(a).view.state == pool::key_state::healthy));
  BOOST_TEST(!book.find("secret-new"));
  BOOST_TEST(book.spec(c)->secret == "secret-c");
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_opened_is_named_and_stays_stored) {
  const auto c = book.add(key_of("secret-c", "c")).id;
  book.add(key_of("secret-d", "d"));
  database
      .write([&](store::session& s) {
        store::stored_key key = *store::find_key(s, c);
        key.secret.back() = static_cast<char>(key.secret.back() ^ 1);
        store::update_key(s, key);
      })
      .get();
  restarted next(*this);
  const auto report = next.configure({});
  BOOST_REQUIRE(report.problems.size() == 1U);
  BOOST_TEST(report.problems[0].find("the stored key \"c\" is not used") == 0U);
  BOOST_TEST(next.book.list().size() == 1U);
  BOOST_TEST(database.read([](store::session& s) { return store::keys(s); }).size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_health_of_keys_is_kept_and_restored) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  pool::verdict no_quota, rejected;
  no_quota.kind = pool::outcome::quota;
  no_quota.marks = {{.quota_id = "PerDay", .period = pool::quota_period::day}};
  rejected.kind = pool::outcome::key_fault;
  rejected.reason = "API_KEY_INVALID";
  health_keeper keeper(database, pool);
  keeper.keep_changes(now);
  for (const auto& what : {no_quota, rejected}) {
    auto used = std::get<pool::lease>(pool.acquire(pool::request_traits{.model = "m"}, now));
    pool.settle(std::move(used), what, {}, now);
  }
  database.flush();  // the first write
  keeper.keep_changes(now);
  database.flush();

  restarted next(*this);
  next.configure({key_of("secret-a", "a"), key_of("secret-b", "b")});
  const auto restored = health_keeper(database, next.pool).restore(now);
  BOOST_TEST(restored.quarantines == 1U);
  BOOST_TEST(restored.cool_downs == 1U);
  BOOST_TEST((next.pool.health(now) == pool.health(now)));
  database.close();
  BOOST_TEST(!keeper.keep_all(now).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
