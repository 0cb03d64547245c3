// The command `gemkeeper sandbox`.
#pragma once

#include <gemkeeper/sandbox/server.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace gemkeeper::sandbox {

struct sandbox_options {
  std::vector<std::string> listen = {"127.0.0.1:8002"};
  transport how = transport::tls;
  std::size_t keys = 3;       // used when the scenario declares none
  std::string scenario_file;  // empty: a healthy API without quotas
  std::string tls_cert;       // PEM files; both empty: a certificate under a throw-away CA
  std::string tls_key;
  std::string ca_out;  // where to write that CA; empty: $TMPDIR/gemkeeper-sandbox-ca-PORT.pem
  unsigned threads = 1;
};

// Serves until SIGINT or SIGTERM; says on stdout where, with which keys, and what to trust. The
// exit status: 0 stopped, 1 failed, 2 a wrong option or scenario; the reason goes to stderr.
int run_sandbox(const sandbox_options& options);

}  // namespace gemkeeper::sandbox
