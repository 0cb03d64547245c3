// The certificates and keys that the configuration names by file, PEM. Everything here throws
// ca_error whose text begins with the setting at fault: `proxy.tls: "FILE" holds no …`.
#pragma once

#include "intercept/issuer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy {

// intercept.ca_cert, the CA first and then those above it, and intercept.ca_key.
issuer_ptr read_given_issuer(const intercept_settings& settings, system_time now);

struct server_identity {
  std::vector<x509_ptr> chain;  // the server's own first
  pkey_ptr key;
};
// The file of `setting`: certificate, chain and key.
server_identity read_given_server(const std::string& file, system_time now,
                                  std::string_view setting = "proxy.tls");
// When its first certificate ends, which may be past.
system_time end_of_given(std::string_view setting, const std::string& file);

}  // namespace gemkeeper::proxy
