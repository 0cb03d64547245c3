// The local CA through the program and the `openssl` command, as a thief of it would use them.
#include "fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace gemkeeper::test;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view gemini = "generativelanguage.googleapis.com";

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct ca_fixture : process_fixture {
  fs::path ca = files.path("state/ca");

  ca_fixture() { environment["STATE_DIRECTORY"] = files.path("state").native(); }

  // Its standard output; it must succeed.
  std::string run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "ca");
    child& program = start(std::move(arguments));
    BOOST_TEST(program.wait() == 0, program.err());
    for (const std::string& text : {program.out(), program.err()})
      BOOST_TEST(!mentions(text, "PRIVATE KEY"));
    return program.out();
  }

  // The file of the CA that signs, its key and intermediate.
  fs::path signer() {
    fs::path last;
    for (const auto& entry : fs::directory_iterator(ca)) {
      const bool is_one = entry.path().filename().native().starts_with("signer-");
      if (is_one && entry.path() > last) last = entry.path();
    }
    return last;
  }

  int openssl(std::vector<std::string> arguments, std::string* said = nullptr) {
    arguments.insert(arguments.begin(), "/usr/bin/openssl");
    child program(arguments, environment);
    const int status = program.wait();
    if (said != nullptr) *said = program.out() + program.err();
    return status;
  }

  // Signs a certificate with the stolen intermediate and has `openssl verify` judge it strictly.
  std::string verdict_on(const std::string& common_name, const std::string& alternative_names,
                         const std::vector<std::string>& asked) {
    const std::string key = files.path("thief.key").native();
    const std::string request = files.path("thief.csr").native();
    const std::string leaf = files.path("thief.crt").native();
    std::string extensions =
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";
    if (!alternative_names.empty()) extensions += "subjectAltName=" + alternative_names + "\n";
    files.write("thief.ext", extensions);
    BOOST_TEST(
        openssl({"req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", key, "-out", request, "-subj", "/CN=" + common_name}) == 0);
    BOOST_TEST(openssl({"x509", "-req", "-in", request, "-CA", signer().native(), "-CAkey",
                        signer().native(), "-days", "1", "-extfile",
                        files.path("thief.ext").native(), "-out", leaf}) == 0);
    std::vector<std::string> verify{"verify",     "-x509_strict",   "-purpose",
                                    "sslserver",  "-CAfile",        (ca / "ca.pem").native(),
                                    "-untrusted", signer().native()};
    verify.insert(verify.end(), asked.begin(), asked.end());
    verify.push_back(leaf);
    std::string said;
    const int status = openssl(verify, &said);
    BOOST_TEST((status == 0) == mentions(said, ": OK"), said);
    return status == 0                                     ? "ok"
           : mentions(said, "permitted subtree violation") ? "permitted subtree violation"
                                                           : said;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(local_ca, ca_fixture)

BOOST_AUTO_TEST_CASE(a_thief_of_it_can_forge_nothing_but_what_is_intercepted) {
  BOOST_TEST(run({"path"}) == (ca / "ca.pem").native() + "\n");
  const std::string host(gemini);
  const std::string refused = "permitted subtree violation";
  BOOST_TEST(verdict_on(host, "DNS:" + host, {"-verify_hostname", host}) == "ok");
  BOOST_TEST(verdict_on("x", "IP:127.0.0.1,IP:::1", {"-verify_ip", "127.0.0.1"}) == "ok");
  BOOST_TEST(verdict_on("www.google.com", "DNS:www.google.com", {}) == refused);
  BOOST_TEST(verdict_on(host, "DNS:" + host + ",DNS:www.google.com", {}) == refused);
  BOOST_TEST(verdict_on(host, "DNS:*.googleapis.com", {}) == refused);
  BOOST_TEST(verdict_on(host, "IP:8.8.8.8", {}) == refused);
  BOOST_TEST(verdict_on(host, "IP:2001:db8::1", {}) == refused);
  BOOST_TEST(verdict_on("www.google.com", "", {}) == refused);
}

BOOST_AUTO_TEST_CASE(programs_that_start_at_once_make_one) {
  std::vector<child*> all;
  for (int i = 0; i < 6; ++i)
    all.push_back(&start({"ca", "print"}));
  for (child* one : all) {
    BOOST_TEST(one->wait() == 0);
    BOOST_TEST(one->out() == all[0]->out());
  }
  BOOST_TEST(content_of(ca / "ca.pem") == all[0]->out());
  BOOST_TEST(std::distance(fs::directory_iterator(ca), {}) == 3);  // and one signer, and the lock
}

BOOST_AUTO_TEST_CASE(rotations_at_once_leave_a_ca_that_works) {
  run({"path"});
  std::vector<child*> all;
  for (int i = 0; i < 4; ++i)
    all.push_back(&start({"ca", "rotate", "--now"}));
  for (child* one : all)
    BOOST_TEST(one->wait() == 0, one->err());
  const std::string host(gemini);
  BOOST_TEST(verdict_on(host, "DNS:" + host, {"-verify_hostname", host}) == "ok");
}

BOOST_AUTO_TEST_CASE(serving_makes_none_before_it_is_needed) {
  child& program = serve();
  BOOST_TEST(process_fixture::call(program).result_int() == 503U);  // no key
  BOOST_TEST(!fs::exists(ca));
}

BOOST_AUTO_TEST_CASE(wrong_use_and_failure_have_their_exit_statuses) {
  child& usage = start({"ca", "rotate", "--after", "soon"});
  BOOST_TEST(usage.wait() == 2);
  child& memory = start({"ca", "path", "--set", "storage.path=:memory:"});
  BOOST_TEST(memory.wait() == 1);
  BOOST_TEST(memory.out() == "");
  BOOST_TEST(mentions(memory.err(), "in memory only"), memory.err());
  run({"path"});
  std::ofstream(signer(), std::ios::trunc) << "";
  child& damaged = start({"ca", "print"});
  BOOST_TEST(damaged.wait() == 1);
  BOOST_TEST(damaged.err().starts_with("gemkeeper: the local CA is damaged: \""), damaged.err());
}

BOOST_AUTO_TEST_SUITE_END()
