// [alerts], and TLS of the admin listener.
#include "temporary_directory.hpp"
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/config.hpp>
#include <gemkeeper/sandbox/certificate.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gemkeeper::app {
namespace {

using strings = std::vector<std::string>;

constexpr const char* secret = "alerts.webhook_secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

load_result load(strings sets) {
  return load_config({std::nullopt, std::move(sets), {{"GEMINI_API_KEY", "k"}}});
}

// The only problem; empty: there is none.
std::string problem_of(strings sets) {
  const auto found = load(std::move(sets)).problems;
  BOOST_TEST(found.size() <= 1U);
  return found.empty() ? std::string() : found[0].text();
}

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(alert_configuration)

BOOST_AUTO_TEST_CASE(a_webhook_needs_a_secret_and_neither_is_shown) {
  const std::string url = "alerts.webhook_url=https://hooks.example.com/private-path";
  BOOST_TEST(says(problem_of({url}), "alerts.webhook_secret: is needed"));
  const auto good = load({url, secret});
  BOOST_REQUIRE(good.value);
  BOOST_TEST(good.value->warnings.empty());
  for (const auto as : {check_command::output::toml, check_command::output::json}) {
    const check_report report = check(good, as);
    BOOST_TEST(!says(report.out + report.err, "private-path"));
    BOOST_TEST(!says(report.out + report.err, "MfKQ9r8G"));
  }
  for (const char* bad : {"private-path", "https://private-path@h/", "https://h/private-path#f"}) {
    const std::string said = problem_of({std::string("alerts.webhook_url=") + bad, secret});
    BOOST_TEST(says(said, "alerts.webhook_url"), said);
    BOOST_TEST(!says(said, "private-path"), said);
  }
  const std::string said = problem_of({url, "alerts.webhook_secret=whsec_tooShort"});
  BOOST_TEST(says(said, "openssl rand"), said);
  BOOST_TEST(!says(said, "tooShort"), said);
}

BOOST_AUTO_TEST_CASE(alerts_that_travel_unencrypted_are_warned_of) {
  const auto far = load({"alerts.webhook_url=http://hooks.example.com/x", secret});
  BOOST_REQUIRE(far.value);
  BOOST_TEST(far.value->warnings.size() == 1U);
  const auto near = load({"alerts.webhook_url=http://127.0.0.1:9/x", secret});
  BOOST_REQUIRE(near.value);
  BOOST_TEST(near.value->warnings.empty());
}

BOOST_AUTO_TEST_CASE(thresholds_and_severities_are_checked) {
  BOOST_TEST(says(problem_of({"alerts.thresholds=[0]"}), "1 to 100"));
  BOOST_TEST(says(problem_of({"alerts.thresholds=[101]"}), "1 to 100"));
  BOOST_TEST(says(problem_of({"alerts.min_severity=loud"}), "\"critical\""));
  const auto good = load({"alerts.thresholds=[75, 90]", "alerts.key_age=0s"});
  BOOST_REQUIRE(good.value);
  BOOST_TEST((good.value->alerts.thresholds == std::vector<unsigned>{75, 90}));
}

BOOST_AUTO_TEST_CASE(beyond_this_machine_the_admin_api_needs_a_token_and_a_certificate_of_its_own) {
  const test::temporary_directory directory;
  const auto identity = sandbox::make_identity();
  const auto file = directory.write("admin.pem", identity.certificate + identity.private_key);
  const std::string tls = "admin.tls=" + file.native();
  const std::string everywhere = "admin.listen=0.0.0.0:8000";
  BOOST_TEST(problem_of({everywhere, "admin.token=x", tls}) == "");
  BOOST_TEST(says(problem_of({everywhere, tls}), "admin.token"));
  BOOST_TEST(says(problem_of({everywhere, "admin.token=x", "admin.tls=auto"}), "a PEM file"));
  BOOST_TEST(says(problem_of({everywhere, "admin.token=x"}), "admin.tls"));
  const auto half = directory.write("half.pem", identity.certificate);
  BOOST_TEST(says(problem_of({"admin.tls=" + half.native()}), "holds no private key"));
  BOOST_TEST(says(problem_of({"admin.tls=" + (directory.path() / "none").native()}),
                  "--set admin.tls: cannot"));
  BOOST_TEST(
      says(problem_of({"admin.ca_file=" + (directory.path() / "none").native()}), "admin.ca_file"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
