// `gemkeeper sandbox`, alone and with the proxy in front of it.
#include "fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

// The command that the demo prints, from "curl" to the end of its last line.
std::string printed_curl(const std::string& greeting) {
  const std::size_t at = greeting.find("  curl ");
  BOOST_REQUIRE(at != std::string::npos);
  std::size_t end = greeting.find('\n', at);
  while (end != std::string::npos && greeting[end - 1] == '\\')
    end = greeting.find('\n', end + 1);
  return greeting.substr(at, end - at);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(demo, process_fixture)

BOOST_AUTO_TEST_CASE(the_curl_that_it_prints_is_answered_as_it_says) {
  child& program = start({"sandbox", "--demo", "--listen", "127.0.0.1:0", "--set",
                          "proxy.listen=[\"127.0.0.1:0\"]", "--set",
                          "admin.listen=[\"127.0.0.1:0\"]", "--set", "log.format=json"});
  program.wait_for_line("Ctrl-C ends it");
  child curl({"/bin/sh", "-c", printed_curl(program.out())}, {});
  BOOST_TEST(curl.wait() == 0);
  const std::string answer = curl.out();
  BOOST_TEST(answer.starts_with("HTTP/1.1 200 OK\r\n"), answer << curl.err());
  BOOST_TEST(mentions(answer, "x-gemkeeper-attempts: 3\r\n"), answer);
  BOOST_TEST(mentions(answer, "x-gemkeeper-key: "), answer);
  BOOST_TEST(mentions(answer, "echo: Hello"), answer);
  program.wait_for_line(R"("event":"key_cooling")");
  program.wait_for_line(R"("event":"key_quarantined")");
  program.wait_for_line(R"("event":"request")");
  program.send_signal(SIGINT);
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(!std::filesystem::exists(
      files.path("gemkeeper-demo-ca-" + std::to_string(program.pid()) + ".pem")));
}

BOOST_AUTO_TEST_CASE(a_sandbox_of_its_own_tells_where_it_listens_and_what_it_accepts) {
  const std::string ca = files.path("sandbox-ca.pem").native();
  child& program = start({"sandbox", "--listen", "127.0.0.1:0", "--keys", "2", "--ca-out", ca});
  const std::string where = program.wait_for_line("listening on https://127.0.0.1:");
  program.wait_for_line("key sandbox-key-2 ");
  program.wait_for_line("CA file " + ca);
  BOOST_TEST(port_of(where) != 0);
  child curl({"/bin/sh", "-c",
              "curl -sS --cacert " + ca + " -H 'x-goog-api-key: sandbox-key-1' " +
                  where.substr(where.find("https://")) + "/v1beta/models"},
             {});
  BOOST_TEST(curl.wait() == 0);
  BOOST_TEST(mentions(curl.out(), "models/gemini-3.6-flash"), curl.out() << curl.err());
  program.send_signal(SIGTERM);
  BOOST_TEST(program.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_scenario_that_cannot_be_played_ends_it_with_2_file_and_line) {
  const auto scenario = files.write("scenario.toml", "seed = 1\n[[faults]]\nfault = \"flood\"\n");
  child& program = start({"sandbox", "--listen", "127.0.0.1:0", "--scenario", scenario.native()});
  BOOST_TEST(program.wait() == 2);
  BOOST_TEST(mentions(program.err(), "scenario.toml:3"), program.err());
  BOOST_TEST(mentions(program.err(), "faults.1.fault"), program.err());
}

BOOST_AUTO_TEST_SUITE_END()
