// Alerts of a pool, over a database.
#include "../../../app/alerts/alerts.hpp"

#include "support/webhook_receiver.hpp"
#include "temporary_directory.hpp"
#include <gemkeeper/store/alerts.hpp>
#include <gemkeeper/store/database.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <thread>

namespace gemkeeper::app {
namespace {

using namespace std::chrono_literals;
using gemkeeper::test::webhook_receiver;
using std::chrono::system_clock;

store::database_settings at(const std::filesystem::path& path) {
  store::database_settings settings;
  settings.path = path;
  return settings;
}

struct program {
  explicit program(const std::filesystem::path& directory, const alert_settings& settings)
      : db(at(directory / "state.db")),
        written({log_level::debug, log_format::json, directory / "log", false}),
        watch(io, settings, {book, keys, written, events, &db, {}}) {}

  void configure(std::vector<std::string> secrets) {
    std::vector<pool::key_spec> specs;
    for (std::string& one : secrets)
      specs.emplace_back().secret = std::move(one);
    book.configure(specs, std::vector<key_origin>(specs.size()));
  }
  // All that was posted.
  void turn() {
    io.restart();
    io.poll();
    db.flush();
  }
  std::size_t standing(std::string_view kind) {
    const auto report = watch.report();
    return static_cast<std::size_t>(std::ranges::count_if(
        report.alerts, [&](const auto& one) { return one.kind == kind && !one.resolved; }));
  }

  store::database db;
  boost::asio::io_context io{1};
  log written;
  admin::event_hub events;
  pool::key_pool keys{pool::pool_settings{}, "test"};
  store::sealing_key master = store::sealing_key::random();
  key_shelf shelf{db, master, shelf_kind::durable};
  key_book book{keys, "test", shelf};
  alerts watch;
};

BOOST_AUTO_TEST_SUITE(alerts_of_a_program)

BOOST_AUTO_TEST_CASE(keys_age_from_when_they_were_first_seen_over_restarts) {
  const test::temporary_directory directory;
  alert_settings settings;
  {
    program first(directory.path(), settings);
    first.configure({"AIza-secret-one-0123456789"});
    first.watch.start();
    first.turn();
    BOOST_TEST(first.standing("key_age") == 0U);
    const auto ages = first.db.read([](store::session& s) { return store::key_ages(s); });
    BOOST_REQUIRE(ages.size() == 1U);
    auto old = ages[0];
    old.since -= settings.key_age;
    first.db.write([&](store::session& s) { put_key_age(s, old); }).get();
  }
  program second(directory.path(), settings);
  second.configure({"AIza-secret-one-0123456789", "AIza-secret-two-0123456789"});
  second.watch.start();
  second.turn();
  BOOST_TEST(second.standing("key_age") == 1U);
  std::vector<admin::key_info> keys = second.book.list();
  second.watch.date(keys);
  BOOST_REQUIRE(keys.size() == 2U);
  for (const admin::key_info& key : keys)
    BOOST_REQUIRE(key.first_seen.has_value());
  const auto [youngest, oldest] = std::ranges::minmax(
      keys, std::greater{}, [](const admin::key_info& key) { return *key.first_seen; });
  BOOST_TEST((*youngest.first_seen - *oldest.first_seen >= settings.key_age));
  keys[0].view.fingerprint = "of another secret";
  keys[0].first_seen.reset();
  second.watch.date(keys);
  BOOST_TEST(!keys[0].first_seen.has_value());
  const std::string text = test::content_of(directory.path() / "log");
  BOOST_TEST((text.find("key_age") != text.npos), text);
  BOOST_TEST((text.find("secret-one") == text.npos), text);
}

BOOST_AUTO_TEST_CASE(a_threshold_is_told_once_in_a_period_and_only_if_it_is_wanted) {
  const test::temporary_directory directory;
  webhook_receiver to({204});
  alert_settings settings;
  settings.thresholds = {80, 100};
  settings.webhook_url = to.url();
  settings.webhook_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const auto ends = system_clock::now() + 1h;
  {
    program first(directory.path(), settings);
    for (const unsigned share : {50U, 80U, 80U, 100U})
      first.watch.limit_reached("client", "laptop", "tokens_per_day", share, ends);
    first.turn();
    BOOST_TEST(first.standing("limit_reached") == 2U);
    BOOST_TEST(to.wait_for(2).size() == 2U);
    // Until both are known to be delivered.
    while (first.watch.report().webhook.waiting != 0)
      std::this_thread::yield();
    first.db.flush();
  }
  program second(directory.path(), settings);
  second.watch.limit_reached("client", "laptop", "tokens_per_day", 80, ends);
  second.turn();
  BOOST_TEST(second.standing("limit_reached") == 2U);
  second.watch.limit_reached("client", "other", "tokens_per_day", 80, ends);
  second.turn();
  const auto got = to.wait_for(3);
  BOOST_REQUIRE(got.size() == 3U);
  BOOST_TEST((got[2].body.find("client other") != std::string::npos), got[2].body);
}

BOOST_AUTO_TEST_CASE(changes_are_published_as_events) {
  const test::temporary_directory directory;
  program one(directory.path(), {});
  const auto queue = one.events.listen([] {});
  one.watch.start();
  one.turn();
  const std::string told = queue->take();
  BOOST_TEST(told.starts_with("event: alert\ndata: {"), told);
  BOOST_TEST((told.find("pool_empty") != told.npos), told);
  one.configure({"AIza-secret-one-0123456789"});
  one.watch.keys_changed();
  one.watch.start();  // a further look
  BOOST_TEST((queue->take().find("\"state\":\"resolved\"") != told.npos));
  BOOST_TEST(one.standing("pool_empty") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
