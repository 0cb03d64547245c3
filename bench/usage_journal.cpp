// What remembering a request costs: nanoseconds per append on the data path, microseconds per
// record for the thread that commits, milliseconds for the totals of 10,000 keys beside a year of
// history.
//
//   bench_usage_journal [DIRECTORY]     a directory on the disk to measure; default: in memory
#include <gemkeeper/store/database.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace gemkeeper;
using namespace gemkeeper::store;
using clock = std::chrono::steady_clock;

constexpr std::size_t journal_records = 1U << 16U;

std::vector<pool::key_id> some_keys(std::size_t count) {
  std::vector<pool::key_id> keys;
  for (std::size_t i = 0; i < count; ++i)
    keys.push_back(pool::make_key_id("bench", std::to_string(i)));
  return keys;
}

usage_record some_record() {
  usage_record r;
  r.time = std::chrono::system_clock::now();
  r.model = "gemini-3.6-flash";
  r.client = "laptop";
  r.tokens.prompt = 812;
  r.tokens.candidates = 201;
  r.tokens.total = 1013;
  r.tokens.prompt_by[0] = 812;
  r.tokens.candidates_by[0] = 201;
  r.cost_micros = 573;
  return r;
}

double nanoseconds_per_append(database& db, std::size_t key_count, std::size_t project_count) {
  const auto keys = some_keys(key_count);
  std::vector<std::string> projects;
  for (std::size_t i = 0; i < project_count; ++i)
    projects.push_back("project-" + std::to_string(i));
  usage_record r = some_record();
  usage_journal& journal = db.journal(0);
  double best = 1e9;
  for (int repeat = 0; repeat < 9; ++repeat) {
    db.flush();
    // Below half the ring: nothing wakes the other thread.
    constexpr std::size_t appends = journal_records / 2 - 1;
    const auto start = clock::now();
    for (std::size_t i = 0; i < appends; ++i) {
      r.key = keys[i * 7919 % key_count];
      r.project = projects[i * 7919 % project_count];
      journal.append(r);
    }
    const std::chrono::duration<double, std::nano> took = clock::now() - start;
    best = std::min(best, took.count() / appends);
  }
  return best;
}

double microseconds_per_record_committed(database& db, std::size_t key_count) {
  const auto keys = some_keys(key_count);
  usage_record r = some_record();
  db.flush();
  constexpr std::size_t appends = 20'000;
  for (std::size_t i = 0; i < appends; ++i) {
    r.key = keys[i % key_count];
    db.journal(0).append(r);
  }
  const auto start = clock::now();
  db.flush();
  const std::chrono::duration<double, std::micro> took = clock::now() - start;
  return took.count() / appends;
}

// Every key every day of a year.
void make_a_year(database& db, std::size_t key_count) {
  const auto keys = some_keys(key_count);
  usage_record r = some_record();
  const auto now = r.time;
  for (int day = 365; day >= 0; --day) {
    r.time = now - std::chrono::hours(24) * day;
    for (std::size_t i = 0; i < key_count; ++i) {
      r.key = keys[i];
      db.journal(0).append(r);
    }
    db.flush();
  }
}

template <class F>
double milliseconds(F&& f) {
  double best = 1e9;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = clock::now();
    f();
    const std::chrono::duration<double, std::milli> took = clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  database_settings settings;
  settings.path = argc > 1 ? std::filesystem::path(argv[1]) / "bench.db" : ":memory:";
  settings.journal_records = journal_records;
  settings.commit_interval = std::chrono::hours(1);
  database db(settings);
  std::printf("append, 10 keys of 3 projects          %8.0f ns\n",
              nanoseconds_per_append(db, 10, 3));
  std::printf("append, 10,000 keys of 10,000 projects %8.0f ns\n",
              nanoseconds_per_append(db, 10'000, 10'000));
  std::printf("commit, 10 keys                        %8.2f us per record\n",
              microseconds_per_record_committed(db, 10));
  std::printf("commit, 10,000 keys                    %8.2f us per record\n",
              microseconds_per_record_committed(db, 10'000));
  make_a_year(db, 10'000);
  std::printf("totals of 10,000 keys                  %8.1f ms\n",
              milliseconds([&] { db.read([](session& s) { return totals(s).by_key.size(); }); }));
  std::printf("times of 10,000 keys                   %8.1f ms\n",
              milliseconds([&] { db.read([](session& s) { return times_of_keys(s).size(); }); }));
  const auto now = std::chrono::system_clock::now();
  const usage_query days{.from = now - std::chrono::hours(24 * 30), .to = now};
  std::printf("30 days of all keys by day             %8.1f ms\n", milliseconds([&] {
                db.read([&](session& s) { return usage(s, days).rows.size(); });
              }));
}
