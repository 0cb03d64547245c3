// TLS towards clients: one context for each certificate, shared by all of its connections.
#pragma once

#include "intercept/given_files.hpp"
#include "net/tls_context.hpp"

#include <span>
#include <string>

namespace gemkeeper::proxy {

using ssl_ctx_ptr = std::unique_ptr<SSL_CTX, ssl_ctx_deleter>;

// TLS 1.2 and 1.3, and HTTP/1.1 by ALPN: a client that offers protocols and not this one gets the
// alert no_application_protocol (RFC 7301, section 3.2), one that offers none is served. Sessions
// are resumed by tickets, no state is kept for them. `chain`: the leaf's own certificate first; a
// self-signed one is not sent. Throws ca_error.
ssl_ctx_ptr make_server_context(std::span<X509* const> chain, EVP_PKEY& key);

}  // namespace gemkeeper::proxy
