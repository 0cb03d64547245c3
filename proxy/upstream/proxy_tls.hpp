// TLS to https:// proxies.
#pragma once

#include "net/tls_context.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace gemkeeper::proxy {

// One for all workers; thread-safe. Most configurations never need it, and the first key with such
// a proxy may come with a reload, so it is made when it is asked for first.
class proxy_tls {
 public:
  // `ca_file` empty: the system's CAs; else it is read at once, and the constructor throws
  // std::runtime_error that names the file and the remedy.
  explicit proxy_tls(const std::string& ca_file);
  const client_tls_context& context();

 private:
  std::once_flag once_;
  std::optional<client_tls_context> context_;
};

}  // namespace gemkeeper::proxy
