// Changes of configuration and keys while requests go on.
#include "fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <sstream>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

namespace fs = std::filesystem;
constexpr const char* reloaded = R"("event":"reloaded")";
constexpr const char* keys_dir = "[pool]\nkeys_dir = \"keys\"\n";

using names = std::vector<std::string>;

void expect_used(const process_fixture& f, const names& expected) {
  BOOST_TEST(f.keys_used() == expected, boost::test_tools::per_element());
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reload, process_fixture)

BOOST_AUTO_TEST_CASE(a_key_that_is_put_into_keys_dir_is_used) {
  files.write("keys/alpha", secret_key("alpha"));
  child& program = serve(keys_dir);
  BOOST_TEST(call(program).result_int() == 200);
  files.write("keys/beta", secret_key("beta"));
  program.wait_for_line(reloaded);
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(call(program).result_int() == 200);
  expect_used(*this, {"alpha", "beta", "alpha"});

  fs::remove(files.path("keys/alpha"));
  program.wait_for_line(R"("removed":1)");
  program.wait_for_line(reloaded, 2);
  upstream.reset();
  BOOST_TEST(call(program).result_int() == 200);
  BOOST_TEST(call(program).result_int() == 200);
  expect_used(*this, {"beta", "beta"});
}

BOOST_AUTO_TEST_CASE(a_secret_that_kubernetes_swaps_is_used) {
  // As kubelet does it: the files are links into ..data, itself a link to the newest directory.
  files.write("keys/..2026_01/key", secret_key("alpha"));
  fs::create_directory_symlink("..2026_01", files.path("keys/..data"));
  fs::create_symlink("..data/key", files.path("keys/key"));
  child& program = serve(keys_dir);
  BOOST_TEST(call(program).result_int() == 200);
  expect_used(*this, {"alpha"});

  files.write("keys/..2026_02/key", secret_key("beta"));
  fs::create_directory_symlink("..2026_02", files.path("keys/..data_tmp"));
  fs::rename(files.path("keys/..data_tmp"), files.path("keys/..data"));
  program.wait_for_line(R"("added":1)", 2);
  program.wait_for_line(reloaded);
  BOOST_TEST(call(program).result_int() == 200);
  expect_used(*this, {"alpha", "beta"});
}

BOOST_AUTO_TEST_CASE(a_changed_file_is_read_again_without_a_signal) {
  child& program = serve("[pool]\nmax_attempts = 1\n", {},
                         {{"GEMINI_API_KEYS", secret_key("alpha") + "," + secret_key("beta")}});
  sandbox::scenario what;
  for (const char* name : {"alpha", "beta"})
    what.keys.push_back({secret_key(name), name});
  what.faults.resize(1);
  what.faults[0].name = "quota_minute";
  what.faults[0].key = secret_key("alpha");
  what.faults[0].retry_delay = 1ms;
  upstream.set_scenario(what);
  BOOST_TEST(call(program).result_int() == 429);
  files.write("gemkeeper.toml", configuration("[pool]\nmax_attempts = 2\n"));
  program.wait_for_line(reloaded);
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(call(program).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(sighup_reads_it_again) {
  files.write("keys-by-file/alpha", secret_key("alpha"));
  files.write("keys-by-file/beta", secret_key("beta"));
  child& program = serve("[[keys]]\nfile = \"keys-by-file/alpha\"\n");
  BOOST_TEST(call(program).result_int() == 200);
  files.write("gemkeeper.toml", configuration("[[keys]]\nfile = \"keys-by-file/beta\"\n"));
  program.send_signal(SIGHUP);
  program.wait_for_line(reloaded);
  BOOST_TEST(call(program).result_int() == 200);
  expect_used(*this, {"alpha", "beta"});
}

BOOST_AUTO_TEST_CASE(an_invalid_configuration_is_reported_and_the_old_one_stays) {
  files.write("keys/alpha", secret_key("alpha"));
  child& program = serve(keys_dir);
  BOOST_TEST(call(program).result_int() == 200);
  files.write("gemkeeper.toml", configuration("[pool]\npolcy = \"weighted\"\n"));
  const std::string told = program.wait_for_line("pool.policy");
  BOOST_TEST(mentions(told, "gemkeeper.toml:8"), told);
  BOOST_TEST(told.find(R"("level":"error")") != std::string::npos, told);
  program.wait_for_line("the running one stays");
  BOOST_TEST(call(program).result_int() == 200);
  expect_used(*this, {"alpha", "alpha"});

  files.write("gemkeeper.toml", configuration(keys_dir));
  program.wait_for_line(reloaded);
  BOOST_TEST(call(program).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(a_stream_in_flight_is_not_disturbed_when_its_key_is_removed) {
  sandbox::scenario what;
  for (const char* name : {"alpha", "beta"})
    what.keys.push_back({secret_key(name), name});
  what.stream.events = 20;
  what.stream.interval = 100ms;
  upstream.set_scenario(what);
  files.write("keys/alpha", secret_key("alpha"));
  child& program = serve(keys_dir);
  client streaming(port_of(program.wait_for_address()));
  streaming.send(stream_sse.target, stream_sse.body);
  BOOST_REQUIRE(streaming.receive_until("data: ").starts_with("HTTP/1.1 200"));

  files.write("keys/beta", secret_key("beta"));
  fs::remove(files.path("keys/alpha"));
  program.wait_for_line(R"("removed":1)");
  BOOST_TEST(call(program).result_int() == 200);
  const std::string rest = streaming.receive_until("\r\n0\r\n\r\n");
  BOOST_TEST(mentions(rest, "\"finishReason\":\"STOP\""), rest);
  expect_used(*this, {"alpha", "beta"});
  // Its connection serves on.
  BOOST_TEST(streaming.call(generate.target, generate.body).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(a_change_that_needs_a_restart_says_so) {
  files.write("keys/alpha", secret_key("alpha"));
  child& program = serve(keys_dir);
  program.wait_for_address();
  files.write("gemkeeper.toml",
              fmt::format("{}[storage]\npath = \"other.db\"\n", configuration(keys_dir)));
  const std::string told = program.wait_for_line("next start");
  BOOST_TEST(mentions(told, "storage.path"), told);
  BOOST_TEST(call(program).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(a_log_file_that_was_renamed_is_opened_again_on_sighup) {
  files.write("keys/alpha", secret_key("alpha"));
  child& program =
      serve(std::string(keys_dir) + "[log]\nfile = \"proxy.log\"\nformat = \"json\"\n");
  const fs::path log = files.path("proxy.log");
  client app(port_of(wait_for_address(program, "proxy.log")));
  const response before = app.call(generate.target, generate.body);
  BOOST_TEST(wait_for_text("proxy.log", header(before, "x-gemkeeper-request-id")));

  fs::rename(log, files.path("proxy.log.1"));
  program.send_signal(SIGHUP);
  BOOST_REQUIRE(wait_for_text("proxy.log", reloaded));
  const response after = app.call(generate.target, generate.body);
  BOOST_TEST(wait_for_text("proxy.log", header(after, "x-gemkeeper-request-id")));
  BOOST_TEST(text_of(files.path("proxy.log.1")).find(header(after, "x-gemkeeper-request-id")) ==
             std::string::npos);
  BOOST_TEST(program.err().empty(), program.err());
}

BOOST_AUTO_TEST_SUITE_END()
