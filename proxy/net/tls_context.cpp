#include "net/tls_context.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace gemkeeper::proxy {

namespace {

int session_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* cache = static_cast<session_cache*>(SSL_get_ex_data(ssl, session_slot()));
  if (cache == nullptr) return 0;
  cache->put(ssl_session_ptr(session));
  return 1;  // the reference is ours now
}

// A directory where OpenSSL finds each CA by the hash of its name, when it needs it.
bool has_hashed_certificates(const std::filesystem::path& directory) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    if (entry.path().extension() == ".0") return true;
  }
  return false;
}

// The system's CAs. Their bundle takes 25 ms to parse and a mebibyte to keep, so it is read only
// where the user names it (SSL_CERT_FILE) or there is nothing better.
int trust_system(SSL_CTX* ctx) {
  const bool file_named = std::getenv(X509_get_default_cert_file_env()) != nullptr;
  const char* named = std::getenv(X509_get_default_cert_dir_env());
  const char* directory = named != nullptr ? named : X509_get_default_cert_dir();
  return !file_named && has_hashed_certificates(directory) ? SSL_CTX_set_default_verify_dir(ctx)
                                                           : SSL_CTX_set_default_verify_paths(ctx);
}

}  // namespace

void session_cache::put(ssl_session_ptr session) {
  if (sessions_.size() == max_sessions) sessions_.erase(sessions_.begin());
  sessions_.push_back(std::move(session));
}

ssl_session_ptr session_cache::take() {
  if (sessions_.empty()) return nullptr;
  ssl_session_ptr newest = std::move(sessions_.back());
  sessions_.pop_back();
  return newest;
}

client_tls_context::client_tls_context(const std::string& ca_file, std::string_view setting)
    : ctx_(SSL_CTX_new(TLS_client_method())) {
  if (ctx_ == nullptr) throw std::runtime_error("OpenSSL cannot make a TLS context");
  SSL_CTX* ctx = ctx_.get();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(ctx, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ctx, keep_session);
  static constexpr unsigned char http11[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(ctx, http11, sizeof(http11) - 1);
  ERR_clear_error();
  const int loaded =
      ca_file.empty() ? trust_system(ctx) : SSL_CTX_load_verify_file(ctx, ca_file.c_str());
  if (loaded != 1) {
    const char* reason = ERR_reason_error_string(ERR_get_error());
    throw std::runtime_error(std::string(setting) + ": cannot load \"" + ca_file +
                             "\": " + (reason != nullptr ? reason : "no certificate in it") +
                             " (give a readable file of PEM certificates)");
  }
}

ssl_ptr client_tls_context::connect_to(const std::string& host, session_cache& sessions) const {
  ssl_ptr ssl(SSL_new(ctx_.get()));
  boost::system::error_code not_numeric;
  asio::ip::make_address(host, not_numeric);
  if (not_numeric) {
    // SSL_set_tlsext_host_name, without the cast that its macro makes.
    SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
    SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl.get(), host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  }
  SSL_set_ex_data(ssl.get(), session_slot(), &sessions);
  if (const ssl_session_ptr session = sessions.take()) SSL_set_session(ssl.get(), session.get());
  SSL_set_connect_state(ssl.get());
  return ssl;
}

}  // namespace gemkeeper::proxy
