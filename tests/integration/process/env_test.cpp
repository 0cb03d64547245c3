// `gemkeeper env`, evaluated by real shells.
#include "fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

// A free port: it was one a moment ago.
std::uint16_t free_port() {
  asio::io_context context;
  return asio::ip::tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0})
      .local_endpoint()
      .port();
}

struct env_fixture : process_fixture {
  child& env(std::uint16_t port, std::vector<std::string> more = {},
             const child::variables& variables = {}) {
    std::vector<std::string> all{"env", "--config", files.write("gemkeeper.toml", "").native(),
                                 "--set", fmt::format("proxy.listen=[\"127.0.0.1:{}\"]", port)};
    all.insert(all.end(), more.begin(), more.end());
    return start(std::move(all), variables);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(env_command, env_fixture)

BOOST_AUTO_TEST_CASE(a_shell_that_evaluates_it_reaches_the_running_proxy) {
  child& running = serve({}, {}, {{"GEMINI_API_KEY", secret_key("alpha")}});
  const std::string address = running.wait_for_address();
  for (const std::string shell : {"/bin/dash", "/bin/bash"}) {
    child evaluated(
        {shell, "-c",
         fmt::format("set -eu; eval \"$({} env --config {} --set "
                     "'proxy.listen=[\"{}\"]')\"; [ -z \"${{GOOGLE_API_KEY+set}}\" ]; "
                     "echo $NO_PROXY; exec curl -sS -H \"x-goog-api-key: $GEMINI_API_KEY\" "
                     "$GOOGLE_GEMINI_BASE_URL/v1beta/models",
                     GEMKEEPER_PROGRAM, files.path("gemkeeper.toml").native(), address)},
        {{"HOME", files.path("home").native()},
         {"NO_PROXY", "it's.example"},
         {"GOOGLE_API_KEY", "another"}});
    BOOST_TEST(evaluated.wait() == 0);
    BOOST_TEST(evaluated.err().empty(), evaluated.err());
    BOOST_TEST(evaluated.out().starts_with("it's.example,localhost,127.0.0.1,::1\n"),
               evaluated.out());
    BOOST_TEST(mentions(evaluated.out(), "models/gemini-3.6-flash"), evaluated.out());
  }
}

BOOST_AUTO_TEST_CASE(it_says_when_nobody_listens_yet) {
  const std::uint16_t port = free_port();
  child& program = env(port);
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(mentions(program.out(),
                      fmt::format("export GOOGLE_GEMINI_BASE_URL='http://127.0.0.1:{}'\n", port)));
  BOOST_TEST(mentions(program.err(), "nothing listens"), program.err());
}

BOOST_AUTO_TEST_CASE(other_shells_and_programs_have_their_own_form) {
  const std::uint16_t port = free_port();
  child& fish = env(port, {"--shell", "fish"});
  BOOST_TEST(fish.wait() == 0);
  BOOST_TEST(mentions(fish.out(), "set -gx GEMINI_API_KEY 'gemkeeper'\n"), fish.out());
  child& powershell = env(port, {"--shell", "powershell"});
  BOOST_TEST(powershell.wait() == 0);
  BOOST_TEST(mentions(powershell.out(), "$env:GEMINI_API_KEY = 'gemkeeper'\n"), powershell.out());
  child& json = env(port, {"--json"}, {{"GOOGLE_API_KEY", secret_key("beta")}});
  BOOST_TEST(json.wait() == 0);
  BOOST_TEST(mentions(json.out(), R"("GEMINI_API_KEY":"gemkeeper")"), json.out());
  BOOST_TEST(mentions(json.out(), R"("GOOGLE_API_KEY":null)"), json.out());
}

BOOST_AUTO_TEST_CASE(forward_mode_makes_the_ca_and_the_bundle) {
  const std::uint16_t port = free_port();
  child& program = env(port, {"--mode", "forward"}, {{"NO_PROXY", "*.googleapis.com"}});
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(mentions(program.out(), fmt::format("export HTTPS_PROXY='http://127.0.0.1:{}'", port)),
             program.out());
  BOOST_TEST(mentions(program.err(), "NO_PROXY exempts"), program.err());
  BOOST_TEST(std::filesystem::exists(files.path("home/.local/state/gemkeeper/trusted-cas.pem")));
  BOOST_TEST(std::filesystem::exists(files.path("home/.local/state/gemkeeper/ca/ca.pem")));
}

// Live: some SDKs open wss:// whatever the base URL is.
BOOST_AUTO_TEST_CASE(by_base_url_tls_to_the_proxy_is_trusted) {
  child& running = serve({}, {}, {{"GEMINI_API_KEY", secret_key("alpha")}});
  const std::string address = running.wait_for_address();
  child evaluated(
      {"/bin/bash", "-c",
       fmt::format("set -eu; eval \"$({} env --config {} --set 'proxy.listen=[\"{}\"]')\"; "
                   "exec curl -sS -H \"x-goog-api-key: $GEMINI_API_KEY\" "
                   "${{GOOGLE_GEMINI_BASE_URL/http:/https:}}/v1beta/models",
                   GEMKEEPER_PROGRAM, files.path("gemkeeper.toml").native(), address)},
      {{"HOME", files.path("home").native()}});
  BOOST_TEST(evaluated.wait() == 0);
  BOOST_TEST(mentions(evaluated.out(), "models/gemini-3.6-flash"), evaluated.err());
  child& elsewhere = env(8001, {"--set", "storage.path=:memory:"});
  BOOST_TEST(elsewhere.wait() == 0);
  BOOST_TEST(!mentions(elsewhere.out(), "SSL_CERT_FILE"), elsewhere.out());
}

BOOST_AUTO_TEST_CASE(a_stranger_at_the_port_is_named_and_nothing_is_printed) {
  child& program = env(upstream.port());
  BOOST_TEST(program.wait() == 1);
  BOOST_TEST(program.out().empty(), program.out());
  BOOST_TEST(mentions(program.err(), "proxy.listen"), program.err());
}

BOOST_AUTO_TEST_CASE(an_address_that_cannot_be_told_is_a_wrong_setting) {
  child& program = env(0);
  BOOST_TEST(program.wait() == 2);
  BOOST_TEST(mentions(program.err(), "proxy.listen"), program.err());
}

BOOST_AUTO_TEST_SUITE_END()
