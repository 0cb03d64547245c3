#include <gemkeeper/app/key_book.hpp>

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

  pool::key_pool pool{pool::pool_settings{}, "hash key"};
  key_book book{pool, "hash key"};
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
