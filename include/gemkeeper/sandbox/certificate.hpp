// A server certificate under a throw-away CA, made at start.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace gemkeeper::sandbox {

struct tls_identity {
  std::string certificate;  // PEM, the leaf
  std::string private_key;  // PEM
  std::string authority;    // PEM, the CA's certificate: what a client has to trust
};

// What a certificate is for. The defaults are those of a sandbox; tests of a client's verification
// ask for worse.
struct identity_request {
  std::vector<std::string> names = {"localhost", "generativelanguage.googleapis.com"};
  std::vector<std::string> addresses = {"127.0.0.1", "::1"};
  std::chrono::hours valid_from{-24};  // from now
  std::chrono::hours valid_until{24 * 30};
};

// EC P-256; the CA's key is forgotten. Throws std::runtime_error when OpenSSL refuses.
tls_identity make_identity(const identity_request& request = {});

}  // namespace gemkeeper::sandbox
