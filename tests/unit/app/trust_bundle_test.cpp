// The file of all CAs that forward mode gives to clients.
#include "../../../app/run/trust_bundle.hpp"

#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;

// No client reads these.
std::string pem(const std::string& name) {
  return "-----BEGIN CERTIFICATE-----\n" + name + "\n-----END CERTIFICATE-----\n";
}

struct fixture {
  test::temporary_directory files;
  bundle_sources from;

  fixture() {
    from.root = files.path() / "root";
    from.into = files.path() / "trusted-cas.pem";
    from.local_ca = files.write("ca.pem", pem("local"));
    fs::create_directories(from.root / "etc/ssl/certs");
    fs::create_directories(from.root / "etc/pki/tls/certs");
  }

  [[nodiscard]] trust_files write(const environment& present = {}) const {
    return write_trust_bundle(from, present);
  }
  [[nodiscard]] std::string bundle() const { return test::content_of(from.into); }
  void debian() const { files.write("root/etc/ssl/certs/ca-certificates.crt", pem("debian")); }

  [[nodiscard]] std::string failure(const environment& present = {}) const {
    try {
      write_trust_bundle(from, present);
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return {};
  }
};

bool mentions(const std::string& text, const std::string& what) {
  return text.find(what) != text.npos;
}

BOOST_FIXTURE_TEST_SUITE(trust_bundle, fixture)

BOOST_AUTO_TEST_CASE(it_holds_the_systems_cas_and_the_local_one) {
  debian();
  const trust_files result = write();
  BOOST_TEST(result.bundle == from.into.native());
  BOOST_TEST(result.node_ca == from.local_ca.native());
  BOOST_TEST(bundle() == pem("debian") + pem("local"));
  struct stat status {};
  BOOST_REQUIRE(::stat(from.into.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777U) == 0644U);
}

BOOST_AUTO_TEST_CASE(fedora_keeps_them_elsewhere) {
  files.write("root/etc/pki/tls/certs/ca-bundle.crt", pem("fedora"));
  (void)write();
  BOOST_TEST(bundle() == pem("fedora") + pem("local"));
}

BOOST_AUTO_TEST_CASE(it_is_renewed_when_anything_in_it_has_changed_and_only_then) {
  debian();
  (void)write();
  const auto dated = fs::last_write_time(from.into) - std::chrono::hours(1);
  fs::last_write_time(from.into, dated);
  (void)write();
  BOOST_TEST((fs::last_write_time(from.into) == dated));

  files.write("ca.pem", pem("local") + pem("next"));
  (void)write();
  BOOST_TEST(bundle() == pem("debian") + pem("local") + pem("next"));
  files.write("root/etc/ssl/certs/ca-certificates.crt", pem("updated"));
  (void)write();
  BOOST_TEST(bundle() == pem("updated") + pem("local") + pem("next"));
  for (const auto& entry : fs::directory_iterator(files.path()))
    BOOST_TEST(!entry.path().filename().native().starts_with("trusted-cas.pem."));
}

BOOST_AUTO_TEST_CASE(the_users_own_cas_take_the_place_of_the_systems) {
  debian();
  const auto corporate = files.write("corporate.pem", pem("corporate"));
  for (const char* name : {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
    (void)write({{name, corporate.native()}});
    BOOST_TEST(bundle() == pem("corporate") + pem("local"), name);
  }
}

BOOST_AUTO_TEST_CASE(what_node_trusts_besides_stays_trusted) {
  debian();
  const auto corporate = files.write("corporate.pem", pem("corporate"));
  const trust_files result = write({{"NODE_EXTRA_CA_CERTS", corporate.native()}});
  BOOST_TEST(bundle() == pem("debian") + pem("corporate") + pem("local"));
  BOOST_TEST(result.node_ca == from.into.native());
}

BOOST_AUTO_TEST_CASE(in_a_shell_that_has_evaluated_it_once_it_does_not_grow) {
  debian();
  const trust_files first = write();
  const trust_files second = write({{"SSL_CERT_FILE", first.bundle},
                                    {"CURL_CA_BUNDLE", first.bundle},
                                    {"NODE_EXTRA_CA_CERTS", first.node_ca}});
  BOOST_TEST(bundle() == pem("debian") + pem("local"));
  BOOST_TEST(second.node_ca == first.node_ca);
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_named_with_the_remedy) {
  BOOST_TEST(mentions(failure(), "install the package ca-certificates"), failure());
  const auto named = [](const char* file) { return environment{{"SSL_CERT_FILE", file}}; };
  BOOST_TEST(mentions(failure(named("/no/such.pem")), "SSL_CERT_FILE: "));
  BOOST_TEST(mentions(failure(named("/no/such.pem")), "/no/such.pem"));
  const auto empty = files.write("empty.pem", "nothing");
  BOOST_TEST(mentions(failure(named(empty.c_str())), "holds no PEM certificate"));
  debian();
  from.into = files.path() / "no directory/bundle.pem";
  BOOST_TEST(mentions(failure(), "cannot write"), failure());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
