// Every key fails, Google echoes it, the log says all it can, clients send secrets of their own: no
// key shows anywhere. The fixture looks for them at its end.
#include "fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <array>
#include <csignal>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

constexpr std::array<std::string_view, 4> keys{"alpha", "beta", "gamma", "delta"};
constexpr std::array<std::string_view, 4> faults{"suspended", "invalid_with_debug", "quota_minute",
                                                 "reset_before_head"};

sandbox::scenario all_keys_fail() {
  sandbox::scenario what;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    what.keys.push_back({secret_key(keys[i]), std::string(keys[i])});
    sandbox::fault fails;
    fails.name = faults[i];
    fails.key = secret_key(keys[i]);
    if (fails.name == "reset_before_head") fails.count = 1;  // each is followed by a pause
    what.faults.push_back(fails);
  }
  return what;
}

void make_calls(std::uint16_t port) {
  for (const api_call& call : all_calls) {
    client app(port);
    const fields credentials{{"x-goog-api-key", secret_key("alpha")},
                             {"Authorization", "Bearer " + secret_key("beta")}};
    app.call(std::string(call.target) + (call.target.find('?') == std::string::npos ? '?' : '&') +
                 "key=" + secret_key("gamma"),
             call.body, credentials);
  }
  // Malformed, so that an error may be tempted to quote it.
  client broken(port);
  broken.send("/v1beta/models?key=" + secret_key("alpha"), {},
              {{"Host", secret_key("beta") + ".example"}, {"Connection", "close"}});
  broken.receive_to_end();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(secrecy, process_fixture)

BOOST_AUTO_TEST_CASE(no_key_shows_in_an_output_a_log_file_or_a_command_line) {
  upstream.set_scenario(all_keys_fail());
  files.write("keys/alpha", secret_key("alpha"));
  files.write("keys/beta", secret_key("beta"));
  for (const std::string_view format : {"json", "text"}) {
    for (const std::string& file : {std::string(), fmt::format("proxy-{}.log", format)}) {
      BOOST_TEST_CONTEXT(format << " to " << file) {
        child& program =
            serve(fmt::format("[log]\nlevel = \"debug\"\nformat = \"{}\"\nfile = \"{}\"\n"
                              "[pool]\nkeys_dir = \"keys\"\n[[keys]]\nenv = \"MY_KEY\"\n",
                              format, file),
                  {}, {{"GEMINI_API_KEYS", secret_key("gamma")}, {"MY_KEY", secret_key("delta")}});
        make_calls(port_of(wait_for_address(program, file)));
        program.send_signal(SIGHUP);
        program.send_signal(SIGTERM);
        BOOST_TEST(program.wait() == 0);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(no_key_shows_when_the_configuration_is_refused) {
  files.write("keys/alpha", secret_key("alpha") + "\n" + secret_key("beta") + "\n");
  files.write("keys/beta", secret_key("gamma") + " with spaces");
  for (const std::string command : {"serve", "check"}) {
    child& program = start(
        {command, "--set", "pool.keys_dir=" + files.path("keys").native(), "--set",
         "proxy.listen=[\"127.0.0.1:0\"]"},
        {{"GEMINI_API_KEY", secret_key("delta") + "\x01"}, {"GEMKEEPER_POOL__POLICY", "fastest"}});
    BOOST_TEST(program.wait() == 2);
    BOOST_TEST(mentions(program.err(), "GEMKEEPER_POOL__POLICY"), program.err());
  }
}

BOOST_AUTO_TEST_SUITE_END()
