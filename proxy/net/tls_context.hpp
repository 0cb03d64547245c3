// TLS towards the upstream: verified, resumed, HTTP/1.1.
#pragma once

#include "net/stream.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy {

struct ssl_ctx_deleter {
  void operator()(SSL_CTX* ctx) const { SSL_CTX_free(ctx); }
};

struct ssl_session_deleter {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using ssl_session_ptr = std::unique_ptr<SSL_SESSION, ssl_session_deleter>;

// The sessions a worker may resume with one host. TLS 1.3 tickets are meant to be used once (RFC
// 8446, appendix C.4), so each is taken out when it is used. Not thread-safe.
class session_cache {
 public:
  void put(ssl_session_ptr session);
  ssl_session_ptr take();  // nullptr: none

 private:
  static constexpr std::size_t max_sessions = 8;
  std::vector<ssl_session_ptr> sessions_;
};

// One for all workers; thread-safe after construction.
class client_tls_context {
 public:
  // `ca_file` empty: the system's CAs. Throws std::runtime_error that names the file and remedy.
  // `setting` is where the file was named.
  explicit client_tls_context(const std::string& ca_file,
                              std::string_view setting = "upstream.ca_file");

  // A client for `host` (a DNS name, sent as SNI, or a numeric address), which must present a
  // certificate for it. New sessions go to `sessions`, which must outlive the connection.
  ssl_ptr connect_to(const std::string& host, session_cache& sessions) const;

 private:
  std::unique_ptr<SSL_CTX, ssl_ctx_deleter> ctx_;
};

}  // namespace gemkeeper::proxy
