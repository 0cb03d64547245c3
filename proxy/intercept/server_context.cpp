#include "intercept/server_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

namespace gemkeeper::proxy {

namespace {

// What fits an EC certificate comes first; RSA is for one that proxy.tls names.
constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384";
constexpr const char* tls13_ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  static constexpr unsigned char http11[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, http11, sizeof(http11) - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

void require(bool done, std::string_view what) {
  if (done) return;
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  throw ca_error(fmt::format("OpenSSL does not take {}{}{}", what, reason != nullptr ? ": " : "",
                             reason != nullptr ? reason : ""));
}

}  // namespace

ssl_ctx_ptr make_server_context(std::span<X509* const> chain, EVP_PKEY& key) {
  ssl_ctx_ptr made(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* ctx = made.get();
  require(ctx != nullptr, "a TLS context");
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  // ChaCha20 for clients that put it first, being without AES in hardware.
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(ctx, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);  // tickets do without
  SSL_CTX_set_num_tickets(ctx, 1);
  SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, nullptr);
  require(SSL_CTX_set_cipher_list(ctx, tls12_ciphers) == 1 &&
              SSL_CTX_set_ciphersuites(ctx, tls13_ciphers) == 1 &&
              SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1,
          "its ciphers");
  require(
      SSL_CTX_use_certificate(ctx, chain.front()) == 1 && SSL_CTX_use_PrivateKey(ctx, &key) == 1,
      "the certificate");
  for (X509* above : chain.subspan(1)) {
    if (!is_self_signed(*above)) {
      require(SSL_CTX_add1_chain_cert(ctx, above) == 1, "the certificate's chain");
    }
  }
  // Or OpenSSL looks for a chain in its store of CAs, at each handshake.
  SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
  ERR_clear_error();
  return made;
}

}  // namespace gemkeeper::proxy
