// `gemkeeper check`: what is in effect and why, with secrets hidden.
#include "fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace gemkeeper;
using namespace gemkeeper::test;

BOOST_FIXTURE_TEST_SUITE(check, process_fixture)

BOOST_AUTO_TEST_CASE(set_is_stronger_than_the_environment_and_that_than_the_file) {
  files.write("gemkeeper.toml",
              "[pool]\nmax_attempts = 3\npolicy = \"weighted\"\nmax_wait = \"3s\"\n");
  child& program = start(
      {"check", "--config", files.path("gemkeeper.toml").native(), "--set", "pool.max_attempts=5"},
      {{"GEMKEEPER_POOL__MAX_ATTEMPTS", "4"}, {"GEMKEEPER_POOL__MAX_WAIT", "4s"}});
  BOOST_TEST(program.wait() == 0);
  const std::string told = program.out();
  BOOST_TEST(mentions(told, "max_attempts = 5  # --set"), told);
  BOOST_TEST(mentions(told, "max_wait = \"4s\"  # GEMKEEPER_POOL__MAX_WAIT"), told);
  BOOST_TEST(mentions(told, "policy = \"weighted\"  # "), told);
  BOOST_TEST(mentions(told, "gemkeeper.toml:3"), told);
  BOOST_TEST(mentions(told, "drain_timeout = \"30s\"  # default"), told);
}

BOOST_AUTO_TEST_CASE(keys_are_shown_by_fingerprint_in_either_form) {
  files.write("keys/beta", secret_key("beta") + "\n");
  for (const std::vector<std::string>& form : {std::vector<std::string>{}, {"--json"}}) {
    std::vector<std::string> arguments{"check", "--set",
                                       "pool.keys_dir=" + files.path("keys").native()};
    arguments.insert(arguments.end(), form.begin(), form.end());
    child& program = start(arguments, {{"GEMINI_API_KEYS", secret_key("alpha")},
                                       {"GEMKEEPER_ADMIN__TOKEN", secret_key("gamma")}});
    BOOST_TEST(program.wait() == 0);
    const std::string told = program.out();
    BOOST_TEST(mentions(told, "AIza…-4zQ"), told);
    BOOST_TEST(mentions(told, "beta"), told);
    BOOST_TEST(mentions(told, "(hidden)"), told);
  }
}

BOOST_AUTO_TEST_CASE(a_key_in_the_wrong_place_is_refused_without_showing_it) {
  files.write("keys.toml", "[[keys]]\nsecret = \"" + secret_key("alpha") + "\"\n");
  child& in_file = start({"check", "--config", files.path("keys.toml").native()});
  BOOST_TEST(in_file.wait() == 2);
  BOOST_TEST(mentions(in_file.err(), "keys.toml:2"), in_file.err());

  child& in_number = start({"check"}, {{"GEMKEEPER_POOL__MAX_ATTEMPTS", secret_key("beta")}});
  BOOST_TEST(in_number.wait() == 2);
  BOOST_TEST(mentions(in_number.err(), "GEMKEEPER_POOL__MAX_ATTEMPTS"), in_number.err());
}

BOOST_AUTO_TEST_CASE(the_documented_defaults_are_a_valid_configuration) {
  child& defaults = start({"check", "--defaults"});
  BOOST_TEST(defaults.wait() == 0);
  files.write("defaults.toml", defaults.out());
  child& checked = start({"check", "--config", files.path("defaults.toml").native()});
  BOOST_TEST(checked.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
