// How gemkeeper starts, and how it says that it cannot.
#include "fixture.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <fstream>
#include <string>
#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

std::string call_by_unix_socket(const std::string& path) {
  asio::io_context context;
  asio::local::stream_protocol::socket socket(context);
  socket.connect({path});
  const std::string request = fmt::format(
      "POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
      "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      generate.target, generate.body.size(), generate.body);
  asio::write(socket, asio::buffer(request));
  std::string answer;
  boost::system::error_code error;
  asio::read(socket, asio::dynamic_buffer(answer), error);
  return answer;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(start, process_fixture)

BOOST_AUTO_TEST_CASE(it_listens_soon_says_where_and_serves) {
  const auto begin = std::chrono::steady_clock::now();
  child& program = serve({}, {}, one_key);
  const std::string address = program.wait_for_address();
  const auto took = std::chrono::steady_clock::now() - begin;
  BOOST_TEST(address.starts_with("127.0.0.1:"));
  BOOST_TEST(port_of(address) != 0);
  // The target is 50 ms in a release build. This bound is for loaded machines and sanitizers.
  fmt::print("start-up to the listening line: {} ms\n",
             std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
  BOOST_TEST((took < 10s));
  BOOST_TEST(call(program).result_int() == 200);
  BOOST_TEST(keys_used() == std::vector<std::string>{"alpha"}, boost::test_tools::per_element());
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(at_rest_little_memory_is_resident) {
  child& program = serve("[storage]\npath = \"\"\n", {},
                         {{"GEMINI_API_KEYS", secret_key("alpha") + "," + secret_key("beta") + "," +
                                                  secret_key("gamma")}});
  BOOST_TEST(call(program).result_int() == 200);
  const auto resident_kib = [&] {
    std::ifstream status(fmt::format("/proc/{}/status", program.pid()));
    std::size_t kib = 0;
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) kib = std::stoul(line.substr(6));
    }
    return kib;
  };
  // Once what only the start needed is given back.
  constexpr std::size_t most_kib = 12 * 1024;
  const auto end = std::chrono::steady_clock::now() + process_patience;
  while (resident_kib() > most_kib && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(10ms);
  BOOST_TEST(resident_kib() > 0U);
  BOOST_TEST(resident_kib() <= most_kib);
}
#endif

BOOST_AUTO_TEST_CASE(serve_is_the_default_command) {
  files.write("gemkeeper.toml", configuration({}));
  child& program = start({"--config", files.path("gemkeeper.toml").native()}, one_key);
  BOOST_TEST(call(program).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(every_source_of_keys_is_used) {
  files.write("keys/beta", secret_key("beta") + "\n");
  files.write("keys-by-file/gamma", secret_key("gamma") + "\n");
  child& program = serve(
      "[pool]\nkeys_dir = \"keys\"\n[[keys]]\nfile = \"keys-by-file/gamma\"\n"
      "[[keys]]\nenv = \"MY_KEY\"\n",
      {}, {{"GEMINI_API_KEYS", secret_key("alpha")}, {"MY_KEY", secret_key("delta")}});
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(call(program).result_int() == 200);
  auto used = keys_used();
  std::ranges::sort(used);
  BOOST_TEST(used == (std::vector<std::string>{"alpha", "beta", "delta", "gamma"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_a_key_it_starts_and_says_what_to_do) {
  child& program = serve();
  BOOST_TEST(mentions(program.wait_for_line(R"("event":"no_keys")"), "GEMINI_API_KEYS"));
  const response answer = call(program);
  BOOST_TEST(answer.result_int() == 503);
  BOOST_TEST(mentions(answer.body(), "GEMINI_API_KEYS"));
}

BOOST_AUTO_TEST_CASE(a_unix_socket_is_served_and_a_stale_one_is_replaced) {
  const std::string path = files.path("proxy.sock").native();
  const std::string set = fmt::format("proxy.listen=[\"unix:{}\"]", path);
  for (int run = 0; run < 2; ++run) {
    child& program = serve({}, {"--set", set}, one_key);
    BOOST_TEST(program.wait_for_address() == "unix:" + path);
    BOOST_TEST(call_by_unix_socket(path).starts_with("HTTP/1.1 200 OK\r\n"));
    program.send_signal(SIGKILL);  // leaves the socket behind
    BOOST_TEST(program.wait() == 128 + SIGKILL);
  }
  child& last = serve({}, {"--set", set}, one_key);
  last.wait_for_address();
  last.send_signal(SIGTERM);
  BOOST_TEST(last.wait() == 0);
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(several_addresses_are_served) {
  const std::string path = files.path("proxy.sock").native();
  child& program = serve(
      {}, {"--set", fmt::format(R"(proxy.listen=["127.0.0.1:0", "unix:{}"])", path)}, one_key);
  BOOST_TEST(call(program).result_int() == 200);
  program.wait_for_line("unix:" + path);
  BOOST_TEST(call_by_unix_socket(path).starts_with("HTTP/1.1 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(a_port_in_use_ends_it_with_1_and_names_the_port) {
  const std::string taken = fmt::format("127.0.0.1:{}", upstream.port());
  child& program = serve({}, {"--set", fmt::format("proxy.listen=[\"{}\"]", taken)}, one_key);
  BOOST_TEST(program.wait() == 1);
  BOOST_TEST(mentions(program.err(), taken), program.err());
  BOOST_TEST(mentions(program.err(), "proxy.listen"), program.err());
  BOOST_TEST(mentions(program.err(), "in use"), program.err());
}

BOOST_AUTO_TEST_CASE(another_gemkeeper_at_its_port_is_not_joined) {
  child& first = serve({}, {"--set", "proxy.workers=2"}, one_key);
  const std::string taken = first.wait_for_address();
  for (const std::string workers : {"1", "2"}) {
    child& second = serve({},
                          {"--set", fmt::format("proxy.listen=[\"{}\"]", taken), "--set",
                           "proxy.workers=" + workers, "--set", "storage.path=:memory:"},
                          one_key);
    BOOST_TEST(second.wait() == 1);
    BOOST_TEST(mentions(second.err(), taken), second.err());
  }
  BOOST_TEST(call(first).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(a_ca_file_that_cannot_be_read_ends_it_with_the_setting_and_the_file) {
  child& program = serve({}, {"--set", "upstream.ca_file=/nowhere/ca.pem"}, one_key);
  BOOST_TEST(program.wait() != 0);
  BOOST_TEST(mentions(program.err(), "upstream.ca_file"), program.err());
  BOOST_TEST(mentions(program.err(), "/nowhere/ca.pem"), program.err());
}

BOOST_AUTO_TEST_CASE(a_wrong_configuration_ends_it_with_2_and_names_file_line_and_remedy) {
  struct row {
    const char* line;  // the eighth
    std::vector<std::string> told;
  };
  for (const row& wrong : {row{"[pool]\npolcy = \"weighted\"", {"pool.policy"}},
                           row{"[pool]\npolicy = \"fastest\"", {"pool.policy", "round_robin"}},
                           row{"[pool]\nmax_wait = 5", {"pool.max_wait", "duration in quotes"}},
                           row{"[log]\nlevel = [", {}}}) {
    BOOST_TEST_CONTEXT(wrong.line) {
      child& program = serve(wrong.line, {}, one_key);
      BOOST_TEST(program.wait() == 2);
      const std::string told = program.err();
      BOOST_TEST(mentions(told, "gemkeeper.toml:8"), told);
      for (const std::string& piece : wrong.told)
        BOOST_TEST(mentions(told, piece), piece << " is missing in " << told);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_key_file_that_is_missing_is_named_with_its_setting) {
  child& program = serve("[[keys]]\nfile = \"keys/none\"\n");
  BOOST_TEST(program.wait() == 2);
  BOOST_TEST(mentions(program.err(), "keys.1.file"), program.err());
  BOOST_TEST(mentions(program.err(), "keys/none"), program.err());
}

BOOST_AUTO_TEST_CASE(wrong_usage_ends_it_with_2_and_names_what_was_not_understood) {
  struct row {
    std::vector<std::string> arguments;
    std::string_view told;
  };
  const std::vector<row> rows{
      {{"srve"}, "did you mean serve"},
      {{"--nonsense"}, "--nonsense"},
      {{"serve", "--set", "pool.polcy=x"}, "pool.policy"},
      {{"serve", "--set", "nonsense"}, "--set section.name=value"},
      {{"serve", "--config", "/nowhere/gemkeeper.toml"}, "/nowhere/gemkeeper.toml"},
  };
  for (const row& wrong : rows) {
    child& program = start(wrong.arguments);
    BOOST_TEST(program.wait() == 2);
    BOOST_TEST(program.out().empty());
    BOOST_TEST(mentions(program.err(), wrong.told), program.err());
  }
}

BOOST_AUTO_TEST_CASE(help_and_version_are_answered) {
  for (const std::string about : {"--help", "--version"}) {
    child& program = start({about});
    BOOST_TEST(program.wait() == 0);
    BOOST_TEST(mentions(program.out(), "gemkeeper"));
    BOOST_TEST(program.err().empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()
