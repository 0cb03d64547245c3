// intercept.ca_cert, intercept.ca_key and proxy.tls: each mistake is told with its setting.
#include "intercept/given_files.hpp"

#include "certificates.hpp"
#include <gemkeeper/proxy/host_names.hpp>

#include <boost/test/unit_test.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <string>

using namespace gemkeeper::proxy;
using namespace gemkeeper::proxy::test;

namespace {

const std::string gemini(gemini_host);

std::string key_pem(EVP_PKEY& key) {
  const bio_ptr memory = key_to_pem(key);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string encrypted_key_pem(EVP_PKEY& key) {
  const bio_ptr memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(memory.get(), &key, EVP_aes_128_cbc(), "secret", 6, nullptr,
                                nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// A company's CA: a root, and an intermediate that was given to this machine.
struct with_given : ca_machine {
  issuer_ptr company = make_issuer({{"googleapis.com"}, {}}, now);
  std::string chain = public_part(*company);
  std::string key = key_pem(*company->key);

  with_given() {
    settings.intercept.ca_cert = files.write("ca.crt", chain).native();
    settings.intercept.ca_key = files.write("ca.key", key).native();
  }
  std::string problem() {
    const auto found = check_certificate_files(settings, now);
    BOOST_TEST(ERR_peek_error() == 0UL);
    if (found.empty()) return "";
    BOOST_TEST(found.size() == 1U);
    return std::string(found[0].setting) + ": " + found[0].what;
  }
  [[nodiscard]] std::string quoted(const std::string& name) const {
    return "\"" + (files.path() / name).native() + "\" ";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(given_files, with_given)

BOOST_AUTO_TEST_CASE(a_given_ca_signs_with_its_chain) {
  BOOST_TEST(problem() == "");
  const issuer_ptr given = read_given_issuer(settings.intercept, now);
  BOOST_TEST(same(*given->certificate, *company->certificate));
  BOOST_REQUIRE(given->root);
  BOOST_TEST(given->above.empty());
  BOOST_TEST(given->admits(gemini));
  BOOST_TEST(!given->admits("example.com"));
  const trusted_roots all = open_trusted_roots(settings, now);
  BOOST_TEST(all.bundle == settings.intercept.ca_cert);
  BOOST_REQUIRE(all.roots.size() == 1U);
  BOOST_TEST(all.roots[0].fingerprint == fingerprint_of(*company->root));
  BOOST_TEST(all.not_admitted == std::vector<std::string>{"localhost"},
             boost::test_tools::per_element());
  BOOST_TEST(all.remedy == "give a CA that admits it in intercept.ca_cert");
  BOOST_TEST(!std::filesystem::exists(ca_path));
}

BOOST_AUTO_TEST_CASE(certificate_and_key_may_stand_in_one_file) {
  settings.intercept.ca_cert = settings.intercept.ca_key =
      files.write("both.pem", key + chain).native();
  BOOST_TEST(problem() == "");
  for (const root_certificate& root : open_trusted_roots(settings, now).roots)
    BOOST_TEST(root.pem.find("PRIVATE") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_is_not_ours_to_rotate) {
  BOOST_TEST(message_of([&] {
               rotate_authority(settings, now, rotation::at_once, std::chrono::seconds(1));
             }).starts_with("the CA is given by file (intercept.ca_cert): it is rotated by who"));
}

BOOST_AUTO_TEST_CASE(a_ca_that_cannot_sign_is_refused_by_the_name_of_the_setting) {
  const pkey_ptr another = make_key();
  const x509_ptr leaf = forge(*company, {{gemini}, {}}, now);
  const std::string at_cert = "intercept.ca_cert: " + quoted("ca.crt");
  const std::string at_key = "intercept.ca_key: " + quoted("ca.key");

  files.write("ca.crt", to_pem(*leaf));
  BOOST_TEST(problem() ==
             at_cert + "is no CA: its basicConstraints lack CA:TRUE (the CA comes first in it)");
  files.write("ca.crt", "nothing");
  BOOST_TEST(problem() == at_cert + "holds no certificate in PEM form");
  files.write("ca.crt", chain.substr(0, 200));
  BOOST_TEST(problem() == at_cert + "holds a damaged PEM block");
  files.write("ca.crt", chain);

  files.write("ca.key", key_pem(*another));
  BOOST_TEST(problem() == at_key + "holds a key that does not belong to the certificate \"" +
                              common_name_of(*company->certificate) + "\"");
  files.write("ca.key", encrypted_key_pem(*company->key));
  BOOST_TEST(problem() == at_key +
                              "holds an encrypted key (give it without a passphrase, readable by "
                              "you alone)");
  files.write("ca.key", chain);
  BOOST_TEST(problem() == at_key + "holds no private key in PEM form");
  files.write("ca.key", key);

  now += 3652 * a_day;
  BOOST_TEST(problem() == at_cert + "ended on 2036-11-23 (renew it)");
  now -= 3700 * a_day;
  BOOST_TEST(problem() == at_cert + "is not valid before 2026-11-21");
  settings.intercept.ca_cert = "/nowhere/ca.crt";
  BOOST_TEST(problem() ==
             "intercept.ca_cert: cannot read \"/nowhere/ca.crt\": no such file or directory "
             "(correct the path or its permissions)");
  settings.intercept.ca_cert = "/dev/null";
  BOOST_TEST(problem() ==
             "intercept.ca_cert: cannot read \"/dev/null\": it is not a regular file "
             "(correct the path or its permissions)");
}

BOOST_AUTO_TEST_CASE(a_given_server_certificate_is_checked_too) {
  const pkey_ptr server_key = make_key();
  const x509_ptr leaf = make_leaf({{"proxy.example"}, {}}, {now - a_day, now + a_day}, *server_key,
                                  {*company->certificate, *company->key});
  settings.intercept = {};
  settings.tls = files.write("tls.pem", to_pem(*leaf) + chain + key_pem(*server_key)).native();
  BOOST_TEST(problem() == "");
  const std::string at_tls = "proxy.tls: " + quoted("tls.pem");
  files.write("tls.pem", to_pem(*leaf) + key);
  BOOST_TEST(problem() ==
             at_tls + "holds a key that does not belong to the certificate \"proxy.example\"");
  files.write("tls.pem", to_pem(*leaf));
  BOOST_TEST(problem() == at_tls + "holds no private key in PEM form");
  files.write("tls.pem", key);
  BOOST_TEST(problem() == at_tls + "holds no certificate in PEM form");
  files.write("tls.pem", to_pem(*leaf) + key_pem(*server_key));
  now += 2 * a_day;
  BOOST_TEST(problem() == at_tls + "ended on 2026-11-25 (renew it)");
}

BOOST_AUTO_TEST_SUITE_END()
