// One end of a TCP connection, plain or TLS, for tests that mean every byte: sends exactly what it
// is told, receives what comes, and none of its waits is without an end.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::test {

// How long anything may take before a test fails. Generous: sanitizers and busy machines are slow.
constexpr std::chrono::seconds patience{20};

// The peer did not do what the test expects of it.
class wire_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class ending {
  open,       // not over
  closed,     // the peer's end, in good order
  reset,      // cut off
  truncated,  // TLS only: the peer's end without close_notify
};
std::ostream& operator<<(std::ostream& out, ending how);

// How a client speaks TLS.
struct tls_client {
  std::string trusted;                             // PEM; empty: it trusts nobody
  std::string server_name;                         // of SNI; empty: none is sent
  std::string expected;                            // the name or address in the certificate
  std::vector<std::string> protocols{"http/1.1"};  // by ALPN
  std::shared_ptr<SSL_SESSION> resume;             // nullptr: a full handshake
};

class connection {
 public:
  // Takes ownership of a connected socket.
  explicit connection(int descriptor);
  // To a port on 127.0.0.1.
  static connection to(std::uint16_t port);
  static connection to_unix(const std::string& path);
  connection(connection&& other) noexcept;
  connection& operator=(connection&&) = delete;
  ~connection();

  // The server's side of a TLS handshake. Throws when it fails.
  void accept_tls(SSL_CTX* context);
  // The client's side; inside the TLS that there is, where there is some. Throws when it fails,
  // with OpenSSL's reason.
  void connect_tls(const tls_client& as);
  [[nodiscard]] SSL* tls() const { return tls_.get(); }

  // All of it, as one segment where it fits. Throws when the peer is gone.
  void send(std::string_view bytes);
  // As many copies of `bytes` as go without waiting, up to `limit` bytes; returns how many bytes.
  std::size_t send_until_full(std::string_view bytes, std::size_t limit);

  // Exactly `size` bytes. Throws when the connection ends before.
  std::string receive(std::size_t size);
  // Up to and with `mark`; what comes behind it is for the next call.
  std::string receive_until(std::string_view mark);
  // All that is left; throws unless the peer ends in good order.
  std::string receive_to_end();
  // True when nothing has come that was not received yet. Does not wait.
  bool is_quiet();
  // Reads on, whatever comes, until the end.
  ending wait_for_end();

  // Ends the sending side (FIN) and goes on receiving.
  void half_close();
  void close();
  // TLS only: closes without close_notify.
  void truncate();
  // Closes with a reset.
  void reset();

 private:
  struct free_ssl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  // False: the connection ended.
  bool read_more();

  int descriptor_;
  std::unique_ptr<SSL, free_ssl> outer_;
  std::unique_ptr<SSL, free_ssl> tls_;
  std::string received_;
  ending ended_ = ending::open;
};

}  // namespace gemkeeper::test
