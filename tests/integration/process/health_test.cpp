// `gemkeeper health`, as a probe of an orchestrator asks it.
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <csignal>
#include <initializer_list>

using namespace gemkeeper::test;

namespace {

struct health : admin_fixture {
  // The command's exit status is `expected`, and it prints `text`.
  void asks(std::vector<std::string> arguments, int expected, std::string_view text) {
    arguments.insert(arguments.begin(), "health");
    arguments.insert(arguments.end(),
                     {"--set", fmt::format("admin.listen=127.0.0.1:{}", admin_port)});
    child& command = start(std::move(arguments));
    BOOST_TEST(command.wait() == expected, command.out() << command.err());
    const std::string said = command.out() + command.err();
    BOOST_TEST(mentions(said, text), said);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(health_command, health)

BOOST_AUTO_TEST_CASE(a_proxy_with_a_key_is_ready_and_live) {
  serve_with("alpha");
  asks({}, 0, "ready\n");
  asks({"--ready"}, 0, "ready\n");
  asks({"--live"}, 0, "live\n");
  asks({"--startup"}, 0, "started\n");
  asks({"--json"}, 0, R"({"ready":true,"problems":[]})");
}

BOOST_AUTO_TEST_CASE(one_without_a_key_is_live_and_not_ready) {
  serve_with("");
  asks({"--live"}, 0, "live\n");
  asks({"--ready"}, 1, "gemkeeper: not ready: no API key is configured");
  asks({"--json"}, 1, R"({"ready":false,"problems":["no API key is configured"]})");
}

BOOST_AUTO_TEST_CASE(one_that_does_not_run_is_nothing) {
  serve_with("alpha");
  program->send_signal(SIGTERM);
  program->wait();
  asks({"--live"}, 1, "is gemkeeper running?");
}

BOOST_AUTO_TEST_CASE(a_new_configuration_that_is_wrong_does_not_make_the_running_one_ill) {
  serve_with("alpha");
  const std::string file = files.write("broken.toml", "[pool]\npolicy = \"none\"\n").native();
  asks({"--live", "--config", file}, 0, "live\n");
  files.write("broken.toml", "no TOML at all");
  asks({"--live", "--config", file}, 0, "live\n");
  asks({"--live", "--config", files.path("nonexistent.toml").native()}, 0, "live\n");
  // Where to ask must be known.
  files.write("broken.toml", "[admin]\ntls = 5\n");
  asks({"--live", "--config", file}, 2, "admin.tls");
}

BOOST_AUTO_TEST_SUITE_END()
