// The certificate that a listener beside the proxy's own presents: of the local CA, or given by
// file; renewed while it is in use.
#pragma once

#include <gemkeeper/proxy/certificate_authority.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <memory>
#include <string_view>
#include <vector>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace gemkeeper::proxy {

struct listener_tls {
  // "auto": a certificate of the local CA for "localhost", 127.0.0.1, ::1 and what of 127.0.0.0/8
  // is listened on; else a PEM file with certificate, chain and key.
  std::string tls = "auto";
  std::vector<listen_address> listen;
  std::string_view setting;  // where `tls` is set, for messages: "admin.tls"
};

class listener_certificate {
 public:
  // Makes or reads it; the CA is that of `proxy`. Throws ca_error that names the setting and the
  // remedy.
  listener_certificate(const proxy_settings& proxy, const listener_tls& what, system_time now);
  listener_certificate(const listener_certificate&) = delete;
  listener_certificate& operator=(const listener_certificate&) = delete;
  ~listener_certificate();

  // For a connection that begins. Not thread-safe: one thread's. Once a second at most it looks
  // whether the file or the CA has changed, or the certificate ends soon, and then takes about a
  // millisecond; where the new one is no good, the old one goes on.
  std::shared_ptr<ssl_ctx_st> context(system_time now);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

// The end of the first certificate in a PEM file. Throws ca_error.
system_time end_of_certificate(std::string_view setting, const std::string& file);

// What is wrong with the file of a listener's certificate; empty: nothing.
std::string check_listener_file(std::string_view setting, const std::string& file, system_time now);

}  // namespace gemkeeper::proxy
