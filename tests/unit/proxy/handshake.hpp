// A TLS handshake between two ends in memory.
#pragma once

#include "certificates.hpp"
#include "intercept/server_context.hpp"
#include "net/stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy::test {

struct client_wishes {
  std::vector<X509*> trusted;
  std::string host;            // verified; empty: nothing is
  std::string protocols = {};  // ALPN on the wire; empty: none offered
  int version = 0;             // 0: any
  std::string groups = {};
  SSL_SESSION* session = nullptr;
};

struct handshake_result {
  bool done = false;
  int client_alert = -1;  // what the client was told by an alert of the server
  long verified = X509_V_ERR_UNSPECIFIED;
  std::string protocol;
  std::string group;
  std::string cipher;
  bool resumed = false;
  std::vector<std::string> sent;  // common names in the order of the server's chain
  x509_ptr leaf;
  std::unique_ptr<SSL_SESSION, ssl_session_deleter> session;  // for the next time
};

inline int keep_session(SSL* ssl, SSL_SESSION* session) {
  static_cast<handshake_result*>(SSL_get_app_data(ssl))->session.reset(session);
  return 1;
}

inline void see_alert(const SSL* ssl, int where, int value) {
  if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT) {
    static_cast<handshake_result*>(SSL_get_app_data(ssl))->client_alert = value & 0xff;
  }
}

inline ssl_ctx_ptr make_client_context(const client_wishes& wishes) {
  ssl_ctx_ptr context(SSL_CTX_new(TLS_client_method()));
  for (X509* root : wishes.trusted)
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), root);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), keep_session);
  SSL_CTX_set_info_callback(context.get(), see_alert);
  if (!wishes.groups.empty()) SSL_CTX_set1_groups_list(context.get(), wishes.groups.c_str());
  return context;
}

// `server`: in accept state. The client's trust is told, not enforced.
inline handshake_result shake_hands(SSL* server, const client_wishes& wishes, system_time now) {
  const ssl_ctx_ptr context = make_client_context(wishes);
  const ssl_ptr client(SSL_new(context.get()));
  handshake_result result;
  SSL_set_app_data(client.get(), &result);
  if (wishes.version != 0) SSL_set_max_proto_version(client.get(), wishes.version);
  if (!wishes.protocols.empty()) {
    SSL_set_alpn_protos(client.get(),
                        reinterpret_cast<const unsigned char*>(wishes.protocols.data()),
                        static_cast<unsigned>(wishes.protocols.size()));
  }
  if (!wishes.host.empty()) SSL_set1_host(client.get(), wishes.host.c_str());
  X509_VERIFY_PARAM_set_time(SSL_get0_param(client.get()),
                             std::chrono::system_clock::to_time_t(now));
  X509_VERIFY_PARAM_set_flags(SSL_get0_param(client.get()), X509_V_FLAG_X509_STRICT);
  if (wishes.session != nullptr) SSL_set_session(client.get(), wishes.session);
  SSL_set_connect_state(client.get());

  BIO* near_end = nullptr;
  BIO* far_end = nullptr;
  BOOST_REQUIRE(BIO_new_bio_pair(&near_end, 0, &far_end, 0) == 1);
  SSL_set_bio(client.get(), near_end, near_end);
  SSL_set_bio(server, far_end, far_end);
  for (int i = 0; i < 20; ++i) {
    SSL_do_handshake(client.get());
    SSL_do_handshake(server);
  }
  char byte = 0;
  SSL_read(client.get(), &byte, 1);  // takes the tickets
  result.done = SSL_is_init_finished(client.get()) == 1 && SSL_is_init_finished(server) == 1;
  result.verified = SSL_get_verify_result(client.get());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client.get(), &chosen, &size);
  result.protocol.assign(reinterpret_cast<const char*>(chosen), size);
  result.resumed = SSL_session_reused(client.get()) == 1;
  if (result.done) {
    result.cipher = SSL_get_cipher_name(client.get());
    const char* group = SSL_group_to_name(
        client.get(),
        static_cast<int>(SSL_ctrl(client.get(), SSL_CTRL_GET_NEGOTIATED_GROUP, 0, nullptr)));
    if (group != nullptr) result.group = group;
  }
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(client.get());
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i)
    result.sent.push_back(common_name_of(*sk_X509_value(chain, i)));
  result.leaf.reset(SSL_get1_peer_certificate(client.get()));
  SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_set_app_data(client.get(), nullptr);
  ERR_clear_error();
  return result;
}

inline constexpr char alpn_http11[] = "\x08http/1.1";
inline constexpr char alpn_h2[] = "\x02h2";
inline constexpr char alpn_both[] = "\x02h2\x08http/1.1";

}  // namespace gemkeeper::proxy::test
