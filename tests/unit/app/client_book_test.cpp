#include "temporary_directory.hpp"
#include <gemkeeper/app/client_book.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace gemkeeper;
using namespace gemkeeper::app;
using admin::client_error;
using gemkeeper::app::test::temporary_directory;
using std::chrono::system_clock;

namespace {

store::database_settings kept_at(const std::filesystem::path& path) {
  store::database_settings settings;
  settings.path = path;
  settings.journal_records = 256;
  settings.commit_interval = std::chrono::milliseconds(5);
  return settings;
}

struct books {
  explicit books(const std::filesystem::path& path = ":memory:") : database(kept_at(path)) {
    keys.apply({}, system_clock::now());
    clients.configure(from);
    projects.configure(from);
  }
  admin::client_change add(std::string name, const pool::limit_set& limits = {}) {
    admin::client_edit edit;
    edit.name = std::move(name);
    edit.limits = limits;
    return clients.add(edit);
  }

  config from;
  store::database database;
  pool::key_pool keys{{}, "hash key"};
  pool::client_table table;
  client_book clients{table, database};
  project_book projects{keys, database};
};

config with_client(std::string_view name, std::string_view token) {
  config from;
  pool::client_spec spec;
  spec.id = "configured-id";
  spec.name = name;
  spec.token = pool::hash_token(token);
  from.clients.push_back(std::move(spec));
  from.client_origins.push_back({key_origin::kind::file, "/run/secrets/token"});
  return from;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_books)

BOOST_AUTO_TEST_CASE(tokens_are_long_distinct_and_of_plain_letters) {
  const std::string one = new_client_token(), two = new_client_token();
  BOOST_TEST(one.size() == 46U);
  BOOST_TEST(one.starts_with("gk_"));
  BOOST_TEST(one != two);
  BOOST_TEST(one.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                   "-_") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_is_made_found_changed_rotated_and_removed) {
  books b;
  const admin::client_change made = b.add("app", {.requests_per_day = 5});
  BOOST_REQUIRE((made.error == client_error::none));
  BOOST_TEST(b.table.find(made.token)->name() == "app");
  BOOST_TEST((b.add("app").error == client_error::duplicate_name));

  admin::client_edit edit;
  edit.name = "renamed";
  edit.enabled = false;
  BOOST_TEST((b.clients.change(made.id, edit).error == client_error::none));
  BOOST_TEST(b.table.find(made.token)->name() == "renamed");
  BOOST_TEST(!b.table.find(made.token)->enabled());
  BOOST_TEST(b.clients.list().at(0).limits.requests_per_day == 5U);

  const admin::client_change rotated = b.clients.rotate(made.id);
  BOOST_TEST(b.table.find(made.token) == nullptr);
  BOOST_TEST(b.table.find(rotated.token)->id() == made.id);
  BOOST_TEST((b.clients.remove(made.id).error == client_error::none));
  BOOST_TEST(b.table.find(rotated.token) == nullptr);
  BOOST_TEST((b.clients.remove(made.id).error == client_error::unknown));
  BOOST_TEST((b.clients.rotate("nobody").error == client_error::unknown));
}

BOOST_AUTO_TEST_CASE(what_the_api_made_outlives_a_restart_and_no_token_is_in_the_files) {
  temporary_directory directory;
  const std::filesystem::path path = directory.path() / "state.db";
  std::string token;
  {
    books b(path);
    token = b.add("app", {.usd_per_month = 7'000'000}).token;
    admin::project_edit edit;
    edit.limits = pool::limit_set{.tokens_per_day = 9};
    edit.quota = pool::quota_set{.requests_per_minute = 3};
    BOOST_TEST((b.projects.change("p", edit).error == client_error::none));
    b.database.flush();
    for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(in)), {});
      BOOST_TEST(bytes.find(token) == std::string::npos, file.path().native());
      BOOST_TEST(bytes.find(token.substr(3, 20)) == std::string::npos, file.path().native());
    }
  }
  books again(path);
  BOOST_REQUIRE(again.table.find(token) != nullptr);
  BOOST_TEST(again.clients.list().at(0).limits.usd_per_month == 7'000'000U);
  const auto projects = again.projects.list();
  BOOST_REQUIRE(projects.size() == 1U);
  BOOST_TEST(projects[0].view.spec.limits.tokens_per_day == 9U);
  BOOST_TEST(projects[0].view.spec.quota.requests_per_minute == 3U);
}

BOOST_AUTO_TEST_CASE(the_configuration_wins_and_is_changed_there) {
  books b;
  const admin::client_change made = b.add("app");
  b.clients.configure(with_client("app", "token-of-the-configuration"));
  BOOST_TEST(b.table.find(made.token) == nullptr);
  BOOST_TEST(b.table.find("token-of-the-configuration")->id() == "configured-id");
  const admin::client_change no = b.clients.rotate("configured-id");
  BOOST_TEST((no.error == client_error::configured));
  BOOST_TEST(no.origin == "/run/secrets/token");
  b.clients.configure({});
  BOOST_TEST(b.table.find(made.token)->name() == "app");
}

BOOST_AUTO_TEST_CASE(a_project_of_the_configuration_is_changed_there) {
  books b;
  config from;
  from.projects = {{pool::project_name("p"), {.requests_per_day = 1}, {}}};
  b.projects.configure(from);
  BOOST_TEST((b.projects.change("p", {}).error == client_error::configured));
  BOOST_TEST(b.projects.list().at(0).configured);
}

BOOST_AUTO_TEST_SUITE_END()
