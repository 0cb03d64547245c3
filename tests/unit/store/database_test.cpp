#include "fixture.hpp"
#include <gemkeeper/store/meta.hpp>

#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::store;
using namespace gemkeeper::store::test;

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(workers_append_while_the_thread_drains_and_others_read) {
  const temporary_directory directory;
  for (database_settings s : {settings_in(directory), in_memory()}) {
    s.workers = 2;
    s.commit_interval = 1ms;
    database db(s);
    constexpr unsigned each = 20'000;
    std::vector<std::thread> workers;
    for (unsigned w = 0; w < 2; ++w) {
      workers.emplace_back([&db, w] {
        const std::string client = fmt::format("client-{}", w);
        for (unsigned i = 0; i < each; ++i) {
          usage_record r = call(i % 10, 1);
          r.client = client;
          db.journal(w).append(r);
        }
      });
    }
    std::uint64_t seen = 0;
    for (int i = 0; i < 20; ++i) {
      const usage_totals t = db.read([](session& r) { return totals(r); });
      BOOST_TEST(t.all.calls >= seen);
      BOOST_TEST(t.all.calls == t.all.tokens.total);
      seen = t.all.calls;
      db.write([i](session& w) { set_meta(w, "turn", std::to_string(i)); }).get();
      static_cast<void>(db.health());
    }
    for (auto& w : workers)
      w.join();
    BOOST_TEST(db.close().lost == 0U);
    const usage_totals t = db.read([](session& r) { return totals(r); });
    BOOST_TEST(t.all.calls == 2 * each);
    BOOST_TEST(of(t.by_client, "client-1").calls == each);
    BOOST_TEST(db.health().journals.waiting == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_half_full_ring_is_drained_without_waiting_for_the_interval) {
  database_settings s = in_memory();
  s.commit_interval = 1h;
  database db(s);
  db.flush();
  const auto in_time = std::chrono::steady_clock::now() + 30s;
  for (unsigned i = 0; i < 200; ++i)
    db.journal(0).append(call(1, 1));
  while (db.health().journals.waiting > 128 && std::chrono::steady_clock::now() < in_time)
    std::this_thread::yield();
  BOOST_TEST(db.health().journals.waiting <= 128U);
}

BOOST_AUTO_TEST_CASE(a_change_that_fails_takes_nobody_else_along) {
  database db(in_memory());
  auto good = db.write([](session& s) { set_meta(s, "a", "1"); });
  auto bad = db.write([](session& s) {
    set_meta(s, "b", "1");
    throw std::runtime_error("no");
  });
  db.journal(0).append(call(1, 1));
  auto last = db.write([](session& s) { set_meta(s, "c", "1"); });
  good.get();
  BOOST_CHECK_THROW(bad.get(), error);
  last.get();
  const auto value = [&](std::string_view name) {
    return db.read([&](session& s) { return meta(s, name); });
  };
  BOOST_TEST(value("a") == "1");
  BOOST_TEST(value("b") == "");
  BOOST_TEST(value("c") == "1");
  db.flush();
  BOOST_TEST(db.read([](session& s) { return totals(s).all.calls; }) == 1U);
}

BOOST_AUTO_TEST_CASE(a_full_queue_and_a_closed_store_say_so) {
  database_settings s = in_memory();
  s.max_queued = 2;
  database db(s);
  std::promise<void> entered, go;
  auto first = db.write([&](session&) {
    entered.set_value();
    go.get_future().wait();
  });
  entered.get_future().wait();
  auto second = db.write({}), third = db.write({}), fourth = db.write({});
  BOOST_TEST((fault_of([&] { fourth.get(); }) == fault::overloaded));
  go.set_value();
  first.get();
  second.get();
  third.get();
  db.close();
  BOOST_TEST((fault_of([&] { db.flush(); }) == fault::overloaded));
  BOOST_TEST(db.close().kept == 0U);
}

BOOST_AUTO_TEST_CASE(the_rest_is_committed_at_the_end_and_a_reader_cannot_write) {
  const temporary_directory directory;
  database_settings s = settings_in(directory);
  s.commit_interval = 1h;
  {
    database db(s);
    db.flush();
    for (unsigned i = 0; i < 1000; ++i)
      db.journal(0).append(call(i % 7, 1));
    BOOST_TEST((fault_of([&] {
                  db.read([](session& r) {
                    set_meta(r, "a", "b");
                    return 0;
                  });
                }) == fault::read_only));
  }
  database db(s);
  BOOST_TEST(db.opening().replayed_calls == 0U);
  BOOST_TEST(db.read([](session& r) { return totals(r).all.calls; }) == 1000U);
}

BOOST_AUTO_TEST_CASE(a_backup_is_whole_and_never_over_another_file) {
  const temporary_directory directory;
  database_settings s = settings_in(directory);
  database db(s);
  db.journal(0).append(call(1, 5));
  const auto to = directory.path() / "backup.db";
  db.back_up(to);
  BOOST_TEST((fault_of([&] { db.back_up(to); }) == fault::input));
  s.path = to;
  database copy(s);
  BOOST_TEST(copy.read([](session& r) { return totals(r).all.tokens.total; }) == 5U);
}

BOOST_AUTO_TEST_CASE(retention_runs_by_the_clock_that_is_given) {
  std::atomic<std::int64_t> hours{0};
  database_settings s = in_memory();
  s.now = [&hours] { return noon + 1h * hours.load(); };
  database db(s);
  db.journal(0).append(call(1, 1));
  db.flush();
  const auto minutes = [&] {
    return db.read([](session& r) {
      return usage(r, {.from = noon, .to = noon + 1h, .step = 60s}).rows.size();
    });
  };
  BOOST_TEST(minutes() == 1U);
  hours = 24 * 8;
  db.flush();
  BOOST_TEST(minutes() == 0U);
  hours = 0;  // set back: nothing breaks
  db.journal(0).append(call(1, 1));
  db.flush();
  BOOST_TEST(minutes() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
