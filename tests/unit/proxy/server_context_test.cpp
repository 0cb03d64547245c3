// TLS as clients of the proxy find it.
#include "handshake.hpp"
#include <gemkeeper/proxy/host_names.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace gemkeeper::proxy;
using namespace gemkeeper::proxy::test;

namespace {

const std::string gemini(gemini_host);

struct with_server : ca_machine {
  issuer_ptr by = make_issuer(scope_of(settings), now);
  pkey_ptr key = make_key();
  x509_ptr leaf =
      make_leaf({{gemini}, {}}, {now - a_day, now + a_day}, *key, {*by->certificate, *by->key});
  std::vector<X509*> chain{leaf.get(), by->certificate.get(), by->root.get()};
  ssl_ctx_ptr context = make_server_context(chain, *key);

  handshake_result meet(client_wishes wishes = {}) {
    wishes.trusted = {by->root.get()};
    wishes.host = gemini;
    const ssl_ptr server(SSL_new(context.get()));
    SSL_set_accept_state(server.get());
    handshake_result result = shake_hands(server.get(), wishes, now);
    SSL_set_shutdown(server.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    return result;
  }
  handshake_result offering(const char* protocols) {
    client_wishes wishes;
    wishes.protocols = protocols;
    return meet(wishes);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server_contexts, with_server)

BOOST_AUTO_TEST_CASE(the_chain_goes_without_its_root_and_verifies) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    client_wishes wishes;
    wishes.version = version;
    const handshake_result result = meet(wishes);
    BOOST_TEST(result.done);
    BOOST_TEST(result.verified == X509_V_OK);
    BOOST_TEST(result.sent == (std::vector{gemini, common_name_of(*by->certificate)}),
               boost::test_tools::per_element());
  }
  BOOST_TEST(ERR_peek_error() == 0UL);
}

BOOST_AUTO_TEST_CASE(http_1_1_is_chosen_where_it_is_offered) {
  for (const char* protocols : {alpn_http11, alpn_both}) {
    const handshake_result result = offering(protocols);
    BOOST_TEST(result.done);
    BOOST_TEST(result.protocol == "http/1.1");
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_offers_no_protocol_is_served) {
  const handshake_result result = offering("");
  BOOST_TEST(result.done);
  BOOST_TEST(result.protocol == "");
}

BOOST_AUTO_TEST_CASE(one_that_offers_others_only_is_told_so) {
  for (const char* protocols : {alpn_h2, "\x08http/1.0", "\x02h3\x02h2"}) {
    const handshake_result result = offering(protocols);
    BOOST_TEST(!result.done);
    BOOST_TEST(result.client_alert == TLS1_AD_NO_APPLICATION_PROTOCOL);
  }
}

BOOST_AUTO_TEST_CASE(a_session_is_resumed_by_its_ticket) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    client_wishes wishes;
    wishes.version = version;
    const handshake_result first = meet(wishes);
    BOOST_REQUIRE(first.session);
    BOOST_TEST(!first.resumed);
    wishes.session = first.session.get();
    BOOST_TEST(meet(wishes).resumed);
  }
}

BOOST_AUTO_TEST_CASE(old_versions_are_refused_and_curves_have_an_order) {
  client_wishes old;
  old.version = TLS1_1_VERSION;
  BOOST_TEST(!meet(old).done);
  BOOST_TEST(meet().group == "x25519");
  BOOST_TEST(meet().cipher == "TLS_AES_128_GCM_SHA256");
  client_wishes only_p256;
  only_p256.groups = "P-256";
  BOOST_TEST(meet(only_p256).done);
  client_wishes only_p384;
  only_p384.groups = "P-384";
  BOOST_TEST(meet(only_p384).done);
}

BOOST_AUTO_TEST_SUITE_END()
