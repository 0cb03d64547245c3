// An upstream that does nothing by itself: the test accepts each connection and writes its bytes.
#pragma once

#include "support/connection.hpp"
#include <gemkeeper/sandbox/certificate.hpp>

#include <cstdint>
#include <memory>

namespace gemkeeper::test {

class raw_upstream {
 public:
  raw_upstream();
  // With TLS, for which `accept` makes the handshake too.
  explicit raw_upstream(const sandbox::tls_identity& identity);
  raw_upstream(const raw_upstream&) = delete;
  raw_upstream& operator=(const raw_upstream&) = delete;
  ~raw_upstream();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // The next connection. Throws wire_error when none comes in time.
  connection accept();
  // True when a connection waits that was not accepted. Does not wait itself.
  [[nodiscard]] bool has_visitor() const;
  // From now on connecting is refused.
  void stop_listening();

 private:
  struct free_context {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  int descriptor_;
  std::uint16_t port_ = 0;
  std::unique_ptr<SSL_CTX, free_context> tls_;
};

}  // namespace gemkeeper::test
