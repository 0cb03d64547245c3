// What the local CA signs, as strict clients see it, and what a thief of it can do.
#include "certificates.hpp"
#include <gemkeeper/proxy/host_names.hpp>

#include <boost/test/unit_test.hpp>
#include <openssl/err.h>

#include <string>

using namespace gemkeeper::proxy;
using namespace gemkeeper::proxy::test;

namespace {

const std::string gemini(gemini_host);

struct with_issuer : ca_machine {
  issuer_ptr by = make_issuer(scope_of(settings), now);
};

int extension_of(const X509& certificate, int nid) {
  return X509_get_ext_by_NID(&certificate, nid, -1);
}

bool is_critical(const X509& certificate, int nid) {
  const int at = extension_of(certificate, nid);
  return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(&certificate, at)) == 1;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(certificates, with_issuer)

BOOST_AUTO_TEST_CASE(a_leaf_for_an_admitted_name_or_address_verifies_strictly) {
  const x509_ptr host = forge(*by, {{gemini}, {}}, now);
  BOOST_TEST(verify(*host, *by, {gemini, {}, now}) == X509_V_OK);
  BOOST_TEST(verify(*host, *by, {"example.com", {}, now}) == X509_V_ERR_HOSTNAME_MISMATCH);
  const x509_ptr own = forge(*by, {{"localhost", gemini}, {"127.0.0.1", "::1", "127.1.2.3"}}, now);
  BOOST_TEST(verify(*own, *by, {"localhost", {}, now}) == X509_V_OK);
  BOOST_TEST(verify(*own, *by, {gemini, {}, now}) == X509_V_OK);
  BOOST_TEST(verify(*own, *by, {{}, "127.0.0.1", now}) == X509_V_OK);
  BOOST_TEST(verify(*own, *by, {{}, "::1", now}) == X509_V_OK);
  BOOST_TEST(ERR_peek_error() == 0UL);
}

BOOST_AUTO_TEST_CASE(who_steals_the_ca_can_forge_nothing_else) {
  const certificate_scope stolen[] = {
      {{"example.com"}, {}},
      {{"googleapis.com"}, {}},
      {{"xgenerativelanguage.googleapis.com"}, {}},
      {{gemini, "www.google.com"}, {}},
      {{}, {"8.8.8.8"}},
      {{}, {"128.0.0.1"}},
      {{}, {"::2"}},
      {{}, {"2001:4860:4860::8888"}},
      {{gemini}, {"10.0.0.1"}},
  };
  for (const certificate_scope& names : stolen) {
    const x509_ptr leaf = forge(*by, names, now);
    BOOST_TEST(verify(*leaf, *by, {{}, {}, now}) == X509_V_ERR_PERMITTED_VIOLATION);
    // Nor where a client trusts the intermediate itself, without looking at the root.
    BOOST_TEST(verify(*leaf, {}, {by->certificate.get(), by->root.get()}, {{}, {}, now}) ==
               X509_V_ERR_PERMITTED_VIOLATION);
  }
}

BOOST_AUTO_TEST_CASE(nor_with_a_common_name_alone) {
  const pkey_ptr key = make_key();
  for (const auto& [name, expected] : {std::pair{"www.google.com", X509_V_ERR_PERMITTED_VIOLATION},
                                       std::pair{gemini.c_str(), X509_V_OK}}) {
    const x509_ptr leaf =
        make_leaf({{name}, {}}, {now - a_day, now + a_day}, *key, {*by->certificate, *by->key});
    X509_EXTENSION_free(X509_delete_ext(leaf.get(), extension_of(*leaf, NID_subject_alt_name)));
    X509_sign(leaf.get(), by->key.get(), EVP_sha256());
    BOOST_TEST(verify(*leaf, *by, {{}, {}, now}) == expected);
  }
}

BOOST_AUTO_TEST_CASE(nor_with_a_ca_of_his_own_below_it) {
  const pkey_ptr key = make_key();
  const certificate_scope wide{{"com"}, {}};
  const x509_ptr ca = make_intermediate("thief", wide, {now - a_day, now + a_day}, *key,
                                        {*by->certificate, *by->key});
  const x509_ptr leaf = make_leaf({{gemini}, {}}, {now - a_day, now + a_day}, *key, {*ca, *key});
  BOOST_TEST(verify(*leaf, {ca.get(), by->certificate.get()}, {by->root.get()}, {{}, {}, now}) ==
             X509_V_ERR_PATH_LENGTH_EXCEEDED);
}

BOOST_AUTO_TEST_CASE(a_name_admits_those_below_it) {
  BOOST_TEST(by->admits(gemini));
  BOOST_TEST(by->admits("eu." + gemini));
  BOOST_TEST(!by->admits("googleapis.com"));
  BOOST_TEST(by->admits_ip("127.9.9.9"));
  BOOST_TEST(by->admits_ip("::1"));
  BOOST_TEST(!by->admits_ip("10.0.0.1"));
  BOOST_TEST(!by->admits_ip("fe80::1"));
}

BOOST_AUTO_TEST_CASE(extensions_are_what_rfc_5280_wants) {
  for (X509* ca : {by->root.get(), by->certificate.get()}) {
    for (const int nid : {NID_basic_constraints, NID_key_usage, NID_name_constraints})
      BOOST_TEST(is_critical(*ca, nid));
    BOOST_TEST(extension_of(*ca, NID_subject_key_identifier) >= 0);
    BOOST_TEST(extension_of(*ca, NID_authority_key_identifier) >= 0);
    BOOST_TEST(X509_get_key_usage(ca) == std::uint32_t{KU_KEY_CERT_SIGN | KU_CRL_SIGN});
  }
  BOOST_TEST(X509_get_pathlen(by->root.get()) == 1);
  BOOST_TEST(X509_get_pathlen(by->certificate.get()) == 0);
  BOOST_TEST(X509_get_extended_key_usage(by->certificate.get()) == std::uint32_t{XKU_SSL_SERVER});

  const x509_ptr leaf = forge(*by, {{gemini}, {}}, now);
  BOOST_TEST(X509_check_ca(leaf.get()) == 0);
  BOOST_TEST(is_critical(*leaf, NID_basic_constraints));
  BOOST_TEST(X509_get_key_usage(leaf.get()) == std::uint32_t{KU_DIGITAL_SIGNATURE});
  BOOST_TEST(X509_get_extended_key_usage(leaf.get()) == std::uint32_t{XKU_SSL_SERVER});
  BOOST_TEST(extension_of(*leaf, NID_authority_key_identifier) >= 0);
  BOOST_TEST(ASN1_STRING_length(X509_get0_serialNumber(leaf.get())) == 16);
}

BOOST_AUTO_TEST_CASE(two_cas_of_one_machine_are_told_apart) {
  const issuer_ptr later = make_issuer(scope_of(settings), now + 1s);
  BOOST_TEST(common_name_of(*by->root) != common_name_of(*later->root));
  BOOST_TEST(common_name_of(*by->root).starts_with("gemkeeper CA "));
  BOOST_TEST(common_name_of(*by->root).ends_with(" 2026-11-24 12:00:00Z"));
  BOOST_TEST(common_name_of(*by->root).size() <= 64U);
}

BOOST_AUTO_TEST_CASE(a_late_clock_and_the_years_to_come_are_within_its_time) {
  const x509_ptr leaf = make_leaf({{gemini}, {}}, {now - 2 * a_day, now + 30 * a_day}, *make_key(),
                                  {*by->certificate, *by->key});
  BOOST_TEST(verify(*leaf, *by, {gemini, {}, now - 47h}) == X509_V_OK);
  BOOST_TEST(verify(*leaf, *by, {gemini, {}, now + 29 * a_day}) == X509_V_OK);
  BOOST_TEST(verify(*leaf, *by, {gemini, {}, now + 31 * a_day}) == X509_V_ERR_CERT_HAS_EXPIRED);
  BOOST_TEST((validity_of(*by->root).not_after > now + 3650 * a_day));
}

BOOST_AUTO_TEST_CASE(a_certificate_goes_through_pem_and_damage_is_told) {
  const pem_content back = parse_pem("some words\n" + public_part(*by));
  BOOST_REQUIRE(back.certificates.size() == 2U);
  BOOST_TEST(same(*back.certificates[0], *by->certificate));
  BOOST_TEST(same(*back.certificates[1], *by->root));
  std::string broken = public_part(*by);
  broken[200] = '!';
  BOOST_TEST(message_of([&] { parse_pem(broken); }) == "holds a damaged PEM block");
  BOOST_TEST(message_of([&] { parse_pem(public_part(*by).substr(0, 300)); }) ==
             "holds a damaged PEM block");
  BOOST_TEST(ERR_peek_error() == 0UL);
}

BOOST_AUTO_TEST_SUITE_END()
