#include "fixture.hpp"
#include <gemkeeper/store/keys.hpp>
#include <gemkeeper/store/meta.hpp>

using namespace gemkeeper;
using namespace gemkeeper::store;
using namespace gemkeeper::store::test;

BOOST_AUTO_TEST_SUITE(stored_keys)

namespace {

const std::string secret = "AIzaSySecretThatMustNotBeInAnyFile01";
const std::string proxy = "http://user:PasswordOfTheProxy@proxy:3128";

pool::key_spec some_spec(const std::string& name) {
  pool::key_spec spec;
  spec.secret = secret;
  spec.name = name;
  spec.project = pool::project_name("p");
  spec.weight = 3;
  spec.priority = -2;
  spec.models = {pool::model_name("gemini-*"), pool::model_name("embedding-1")};
  spec.limits = {.requests_per_minute = 10, .usd_per_day = 1'500'000};
  spec.quota = {.requests_per_day = 1000};
  spec.tier = pool::tier::paid;
  spec.service = pool::service::vertex;
  spec.enabled = false;
  spec.proxy = proxy;
  return spec;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_key_comes_back_as_it_was_stored) {
  database db(in_memory());
  const sealing_key master = sealing_key::random();
  db.write([&](session& s) {
      add_key(s, seal(key_number(1), some_spec("one"), "admin", noon, master));
    }).get();
  const auto all = db.read([](session& s) { return keys(s); });
  BOOST_REQUIRE(all.size() == 1U);
  BOOST_TEST((all[0].created == noon));
  BOOST_TEST(all[0].source == "admin");
  const pool::key_spec got = unseal(all[0], master), want = some_spec("one");
  BOOST_TEST(got.secret == want.secret);
  BOOST_TEST(got.name == want.name);
  BOOST_TEST((got.project == want.project));
  BOOST_TEST(got.weight == want.weight);
  BOOST_TEST(got.priority == want.priority);
  BOOST_TEST((got.models == want.models));
  BOOST_TEST((got.limits == want.limits));
  BOOST_TEST((got.quota == want.quota));
  BOOST_TEST((got.tier == want.tier));
  BOOST_TEST((got.service == want.service));
  BOOST_TEST(got.enabled == want.enabled);
  BOOST_TEST(got.proxy == want.proxy);
}

BOOST_AUTO_TEST_CASE(duplicates_and_strangers_are_refused_and_change_nothing) {
  database db(in_memory());
  const sealing_key master = sealing_key::random();
  const auto key = [&](unsigned n, const std::string& name) {
    return seal(key_number(n), some_spec(name), "admin", noon, master);
  };
  const auto put = [&](auto f) { return fault_of([&] { db.write(f).get(); }); };
  db.write([&](session& s) { add_key(s, key(1, "one")); }).get();
  db.write([&](session& s) { add_key(s, key(2, "two")); }).get();
  BOOST_TEST((put([&](session& s) { add_key(s, key(1, "new")); }) == fault::duplicate));
  BOOST_TEST((put([&](session& s) { add_key(s, key(3, "one")); }) == fault::duplicate));
  BOOST_TEST((put([&](session& s) { update_key(s, key(2, "one")); }) == fault::duplicate));
  BOOST_TEST((put([&](session& s) { update_key(s, key(9, "nine")); }) == fault::input));
  BOOST_TEST((put([&](session& s) { add_key(s, key(9, "")); }) == fault::input));
  // All of a change or nothing.
  BOOST_TEST((put([&](session& s) {
                add_key(s, key(4, "four"));
                add_key(s, key(5, "one"));
              }) == fault::duplicate));
  BOOST_TEST(db.read([](session& s) { return keys(s).size(); }) == 2U);

  bool removed = false;
  db.write([&](session& s) { removed = remove_key(s, key_number(1)); }).get();
  BOOST_TEST(removed);
  BOOST_TEST(!db.read([](session& s) { return find_key(s, key_number(1)); }).has_value());
  BOOST_TEST(db.read([](session& s) { return find_key(s, key_number(2)); })->limits.size() == 3U);
}

BOOST_AUTO_TEST_CASE(another_master_key_is_refused_and_resealing_is_all_or_nothing) {
  database db(in_memory());
  const sealing_key one = sealing_key::random(), two = sealing_key::random();
  db.write([&](session& s) {
      verify_sealing_key(s, one);
      for (unsigned n = 0; n < 5; ++n)
        add_key(s, seal(key_number(n), some_spec(fmt::format("k{}", n)), "admin", noon, one));
    }).get();
  const auto put = [&](auto f) { return fault_of([&] { db.write(f).get(); }); };
  BOOST_TEST((put([&](session& s) { verify_sealing_key(s, two); }) == fault::sealing));
  BOOST_TEST((put([&](session& s) { reseal_all(s, two, one); }) == fault::sealing));
  // The last one's seal is of another key's: nothing of the others is resealed.
  stored_key odd = seal(key_number(5), some_spec("z"), "admin", noon, two);
  db.write([&](session& s) { add_key(s, odd); }).get();
  BOOST_TEST((put([&](session& s) { reseal_all(s, one, two); }) == fault::sealing));
  BOOST_TEST(unseal(*db.read([](session& s) { return find_key(s, key_number(0)); }), one).secret ==
             secret);
  db.write([&](session& s) { remove_key(s, key_number(5)); }).get();

  db.write([&](session& s) { reseal_all(s, one, two); }).get();
  for (const stored_key& key : db.read([](session& s) { return keys(s); })) {
    BOOST_TEST(unseal(key, two).secret == secret);
    BOOST_TEST(unseal(key, two).proxy == proxy);
    BOOST_TEST((fault_of([&] { return unseal(key, one); }) == fault::sealing));
  }
  db.write([&](session& s) { verify_sealing_key(s, two); }).get();
}

BOOST_AUTO_TEST_CASE(no_file_holds_a_secret_in_clear) {
  const temporary_directory directory;
  database_settings s = settings_in(directory);
  const sealing_key master = sealing_key::from_file(directory.path() / "master.key");
  const auto none_in_clear = [&] {
    for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
      const std::string content = content_of(file.path());
      for (const std::string_view part :
           {std::string_view(secret).substr(4, 12), std::string_view("PasswordOfTheProxy")})
        BOOST_TEST(content.find(part) == std::string::npos, file.path().native());
    }
  };
  {
    database db(s);
    db.write([&](session& w) {
        add_key(w, seal(key_number(1), some_spec("one"), "admin", noon, master));
      }).get();
    db.journal(0).append(call(1, 1));
    none_in_clear();
    db.back_up(directory.path() / "backup.db");
  }
  none_in_clear();
}

BOOST_AUTO_TEST_SUITE_END()
