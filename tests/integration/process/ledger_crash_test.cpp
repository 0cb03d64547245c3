// The ledger when the process is killed, and when the disk is full.
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

std::uint64_t count_of(std::string_view json, std::string_view name) {
  const std::string mark = fmt::format("\"{}\":", name);
  const std::size_t at = json.find(mark);
  BOOST_REQUIRE_MESSAGE(at != std::string_view::npos, json);
  return std::strtoull(std::string(json.substr(at + mark.size(), 24)).c_str(), nullptr, 10);
}

// Calls without an end, wherever the proxy listens now.
class load {
 public:
  static constexpr std::uint64_t threads = 4;

  load() {
    for (std::uint64_t i = 0; i < threads; ++i)
      threads_.emplace_back([this] { run(); });
  }
  load(const load&) = delete;
  load& operator=(const load&) = delete;
  ~load() { stop(); }

  void aim(std::uint16_t port) { port_ = port; }
  void stop() {
    stopping_ = true;
    for (std::thread& t : threads_) {
      if (t.joinable()) t.join();
    }
  }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }

 private:
  void run() {
    while (!stopping_) {
      const std::uint16_t port = port_;
      if (port == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      try {
        client app(port);
        while (!stopping_ && port_ == port) {
          if (app.call(generate.target, generate.body).result_int() == 200) ++answered_;
        }
      } catch (const std::exception&) {  // it was killed
        if (port_ == port) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
  }

  std::atomic<std::uint16_t> port_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> answered_{0};
  std::vector<std::thread> threads_;
};

// More with GEMKEEPER_TEST_KILLS.
unsigned kills() {
  const char* given = std::getenv("GEMKEEPER_TEST_KILLS");
  return given == nullptr ? 3 : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
}

struct crash_fixture : admin_fixture {
  // How many the fake API has answered.
  std::uint64_t served() {
    std::uint64_t count = 0;
    for (const sandbox::recorded_request& one : upstream.requests())
      count += one.status == 200 ? 1 : 0;
    return count;
  }
  std::uint64_t counted() { return count_of(get("/api/v1/credits"), "total_calls"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ledger_crash, crash_fixture)

BOOST_AUTO_TEST_CASE(killed_at_any_moment_the_ledger_is_what_was_served) {
  const unsigned rounds = kills();
  sandbox::scenario what;
  what.keys.push_back({secret_key("alpha"), "alpha"});
  what.log.requests = 2'000'000;
  what.log.body = 0;
  upstream.set_scenario(what);
  std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<int> moment(20, 600);
  load calls;
  std::uint64_t tokens_each = 0;
  for (unsigned round = 0; round <= rounds; ++round) {
    serve_with("alpha");
    const std::uint64_t ledger = counted(), sent = served(), answered = calls.answered();
    const std::uint64_t in_flight = round * load::threads;
    // Never twice; and nothing is missing but what was under way when it was killed.
    BOOST_TEST(ledger <= sent);
    BOOST_TEST(ledger + in_flight >= sent);
    BOOST_TEST(ledger + in_flight >= answered);
    const std::string credits = get("/api/v1/credits");
    if (ledger != 0) {
      const std::uint64_t tokens = count_of(credits, "total_tokens");
      if (tokens_each == 0) tokens_each = tokens / ledger;
      BOOST_TEST(tokens <= ledger * tokens_each);
      BOOST_TEST(tokens + in_flight * tokens_each >= ledger * tokens_each);
      BOOST_TEST(count_of(get("/api/v1/usage?step=month"), "calls") == ledger);
    }
    if (round == rounds) {
      BOOST_TEST_MESSAGE(rounds << " kills: " << sent << " served, " << answered << " answered, "
                                << ledger << " in the ledger");
      break;
    }
    calls.aim(port_of(program->wait_for_address()));
    std::this_thread::sleep_for(std::chrono::milliseconds(moment(random)));
    program->send_signal(SIGKILL);
    program->wait();
    calls.aim(0);
  }
  calls.stop();
  BOOST_TEST(counted() > 0U);
}

// A small tmpfs in a mount namespace of its own, which its shell fills and frees by order.
BOOST_AUTO_TEST_CASE(on_a_full_disk_requests_go_on_and_nothing_is_lost) {
  const std::string disk = files.path("disk").native(), orders = files.path("orders").native();
  std::filesystem::create_directories(disk);
  files.write("gemkeeper.toml",
              configuration(fmt::format("[storage]\npath = \"{}/state.db\"\n", disk)));
  files.write("serve.sh",
              fmt::format(R"sh(
mount -t tmpfs -o size=8m none "{0}" || exit 77
mkfifo "{1}"
( while read -r order < "{1}"; do
    case $order in
      fill) cat /dev/zero > "{0}/fill" 2>/dev/null; echo filled > "{1}.done" ;;
      free) rm "{0}/fill" ;;
      end) exit ;;
    esac
  done ) > /dev/null 2>&1 &
exec "{2}" serve --config "{3}"
)sh",
                          disk, orders, GEMKEEPER_PROGRAM, files.path("gemkeeper.toml").native()));
  child::variables variables = environment;
  variables.emplace("GEMINI_API_KEYS", secret_key("alpha"));
  variables.emplace("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
  child in_namespace({"/usr/bin/unshare", "--mount", "--map-root-user", "/bin/sh",
                      files.path("serve.sh").native()},
                     variables);
  try {
    admin_port = port_of(field_of(in_namespace.wait_for_line(R"("listener":"admin")"), "address"));
  } catch (const std::exception&) {
    BOOST_TEST_MESSAGE("no tmpfs of one's own here: " << in_namespace.err());
    return;
  }
  const auto order = [&](const char* what) { std::ofstream(orders) << what << std::endl; };
  const auto call_model = [&](unsigned n) {
    const std::string target = fmt::format("/v1beta/models/m-{}:generateContent", n);
    return call(in_namespace, {"of a new model", target, generate.body}).result_int();
  };
  std::uint64_t calls = 0;
  for (; calls < 3; ++calls)
    call_model(0);
  // An answer is out before it is counted, and it is counted before it is logged.
  in_namespace.wait_for_line(R"("event":"request")", calls);
  BOOST_TEST(counted() == calls);

  order("fill");
  BOOST_REQUIRE(wait_for_text("orders.done", "filled"));
  // New names need new pages.
  while (calls < 3'000 && !mentions(in_namespace.err(), "storage_failed")) {
    BOOST_TEST(call_model(static_cast<unsigned>(calls)) == 404);
    ++calls;
  }
  BOOST_TEST(mentions(in_namespace.wait_for_line("storage_failed"), "full"));
  BOOST_TEST(call(in_namespace).result_int() == 200);
  ++calls;
  in_namespace.wait_for_line(R"("event":"request")", calls);
  BOOST_TEST(mentions(get("/metrics"), "gemkeeper_usage_waiting "));
  BOOST_TEST(!mentions(get("/metrics"), "gemkeeper_usage_waiting 0\n"));
  BOOST_TEST(counted() < calls);

  order("free");
  in_namespace.wait_for_line("storage_recovered");
  BOOST_TEST(counted() == calls);
  order("end");
  in_namespace.send_signal(SIGTERM);
  BOOST_TEST(in_namespace.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
