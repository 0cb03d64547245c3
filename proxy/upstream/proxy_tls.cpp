#include "upstream/proxy_tls.hpp"

namespace gemkeeper::proxy {

proxy_tls::proxy_tls(const std::string& ca_file) {
  if (ca_file.empty()) return;
  std::call_once(once_, [&] { context_.emplace(ca_file, "upstream.proxy_ca_file"); });
}

const client_tls_context& proxy_tls::context() {
  std::call_once(once_, [&] { context_.emplace(std::string()); });
  return *context_;
}

}  // namespace gemkeeper::proxy
