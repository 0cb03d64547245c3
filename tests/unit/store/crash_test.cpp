// The process ends by SIGKILL, at random moments and between the steps of a commit: each call
// counts once.
#include "fixture.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <thread>

using namespace gemkeeper::store;
using namespace gemkeeper::store::test;

BOOST_AUTO_TEST_SUITE(crash)

namespace {

// What a child says of itself, in memory that both see.
struct progress {
  std::atomic<std::uint64_t> begun{0}, finished{0};
};

struct shared_progress {
  shared_progress()
      : memory(::mmap(nullptr, sizeof(progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                      -1, 0)) {
    BOOST_REQUIRE(memory != MAP_FAILED);
    what = new (memory) progress;
  }
  ~shared_progress() { ::munmap(memory, sizeof(progress)); }
  shared_progress(const shared_progress&) = delete;
  shared_progress& operator=(const shared_progress&) = delete;
  void* memory;
  progress* what;
};

std::uint64_t tokens_of(std::uint64_t n) {
  return n * 7919 % 1009;
}

// Appends until it is killed, never more than the ring holds.
[[noreturn]] void append_for_ever(const database_settings& s, progress& p,
                                  std::string_view client) {
  try {
    database db(s);
    usage_journal& journal = db.journal(0);
    for (std::uint64_t n = 1;; ++n) {
      while (journal.counts().waiting > s.journal_records / 2)
        std::this_thread::yield();
      usage_record r = call(static_cast<unsigned>(n % 13), tokens_of(n));
      r.client = client;
      p.begun.store(n);
      journal.append(r);
      p.finished.store(n);
    }
  } catch (const std::exception&) {
  }
  ::_exit(1);
}

bool killed(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

// All that a client of this name did is there, and once.
void check(database& db, std::string_view client, const progress& p) {
  const usage_totals t = db.read([](session& s) { return totals(s); });
  const usage_sums& sums = of(t.by_client, client);
  // The last call may be in the journal without its child having said so.
  BOOST_TEST(sums.calls >= p.finished.load());
  BOOST_TEST(sums.calls <= p.begun.load());
  std::uint64_t tokens = 0;
  for (std::uint64_t n = 1; n <= sums.calls; ++n)
    tokens += tokens_of(n);
  BOOST_TEST(sums.tokens.total == tokens);
  BOOST_TEST(sums.cost_micros == static_cast<std::int64_t>(2 * tokens));
}

}  // namespace

BOOST_AUTO_TEST_CASE(killed_at_random_moments_every_call_counts_once) {
  std::mt19937 chance(20261124);
  for (int round = 0; round < 25; ++round) {
    const temporary_directory directory;
    database_settings s = settings_in(directory);
    s.commit_interval = 1ms;
    const shared_progress first, second;
    for (const auto& [p, client] : {std::pair(first.what, std::string("first")),
                                    std::pair(second.what, std::string("second"))}) {
      const pid_t child = ::fork();
      if (child == 0) append_for_ever(s, *p, client);
      const std::uint64_t enough = chance() % 1500;
      while (p->finished.load() < enough && ::waitpid(child, nullptr, WNOHANG) == 0)
        std::this_thread::yield();
      ::kill(child, SIGKILL);
      BOOST_TEST(killed(child));
    }
    for (int opened = 0; opened < 2; ++opened) {
      database db(s);
      BOOST_TEST(!db.opening().set_aside.has_value());
      BOOST_TEST(db.opening().torn_records == 0U);
      check(db, "first", *first.what);
      check(db, "second", *second.what);
    }
  }
}

BOOST_AUTO_TEST_CASE(killed_between_the_steps_of_a_commit_every_call_counts_once) {
  for (const std::string_view step : {"begun", "applied", "committed", "released"}) {
    for (const int turn : {1, 2, 5}) {
      const temporary_directory directory;
      database_settings s = settings_in(directory);
      s.commit_interval = 1ms;
      const shared_progress p;
      const pid_t child = ::fork();
      if (child == 0) {
        s.on_step = [step, left = turn](std::string_view at) mutable {
          if (at == step && --left == 0) ::raise(SIGKILL);
        };
        append_for_ever(s, *p.what, "first");
      }
      BOOST_TEST(killed(child));
      database db(s);
      check(db, "first", *p.what);
    }
  }
}

BOOST_AUTO_TEST_CASE(killed_while_it_replays_every_call_counts_once) {
  for (const std::string_view step : {"replay committed", "replay removed"}) {
    const temporary_directory directory;
    database_settings s = settings_in(directory);
    s.commit_interval = 1h;  // all stays in the journal
    const shared_progress p;
    const pid_t first = ::fork();
    if (first == 0) append_for_ever(s, *p.what, "first");
    while (p.what->finished.load() < 50)
      std::this_thread::yield();
    ::kill(first, SIGKILL);
    BOOST_TEST(killed(first));
    const pid_t second = ::fork();
    if (second == 0) {
      s.on_step = [step](std::string_view at) {
        if (at == step) ::raise(SIGKILL);
      };
      const shared_progress none;
      append_for_ever(s, *none.what, "second");
    }
    BOOST_TEST(killed(second));
    database db(s);
    check(db, "first", *p.what);
  }
}

BOOST_AUTO_TEST_SUITE_END()
