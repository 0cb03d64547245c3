// Forward mode: one file of all the CAs that a client has to trust, for clients whose setting
// replaces the system's CAs rather than adding to them.
#pragma once

#include "client_environment.hpp"
#include <gemkeeper/app/environment.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace gemkeeper::app {

struct bundle_sources {
  std::filesystem::path root = "/";  // where the system's CAs are looked for
  std::filesystem::path local_ca;    // PEM: the roots of the local CA
  std::filesystem::path into;        // the file to write
};

// Writes the user's CAs (SSL_CERT_FILE, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, the first that is
// set; else the system's; NODE_EXTRA_CA_CERTS too) and the local CA to `into`: whole or not at all,
// and only when that changes it. Throws std::runtime_error that names the file and the remedy.
trust_files write_trust_bundle(const bundle_sources& from, const environment& present);

}  // namespace gemkeeper::app
