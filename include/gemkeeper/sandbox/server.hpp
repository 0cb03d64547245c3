// A fake Gemini API on real sockets, for tests, demos and benchmarks.
#pragma once

#include <gemkeeper/sandbox/certificate.hpp>
#include <gemkeeper/sandbox/scenario.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::sandbox {

enum class transport : std::uint8_t { plain, tls };

// How the answer to a request ended.
enum class ending : std::uint8_t {
  pending,   // still being answered
  complete,  // sent to its end
  damaged,   // cut off by a wire fault
  peer_gone  // the peer went away before the end
};
std::string_view to_string(ending);

struct recorded_request {
  std::uint64_t connection = 0;  // which one it came over, counted from 1
  std::uint64_t nth = 0;         // on that connection, counted from 1
  std::string method;
  std::string target;                                        // as received
  std::vector<std::pair<std::string, std::string>> headers;  // in order, names as received
  std::string body;                                          // up to `log_shape::body`
  std::uint64_t body_size = 0;
  std::string credential;  // the key it came with, wherever it stood; empty: none

  bool tls = false;
  bool tls_resumed = false;
  std::string server_name;  // SNI

  int status = 0;  // answered; 0: none (yet)
  ending end = ending::pending;

  // The first field of that name, case-insensitive; empty: absent.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct server_settings {
  unsigned threads = 1;
  tls_identity identity;  // without a certificate: made at the first TLS `listen`
  std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
};

// Serves from construction to destruction, on threads of its own. All members are thread-safe.
class server {
 public:
  // Throws scenario_error.
  explicit server(scenario what, server_settings settings = {});
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  // `address` is "127.0.0.1:0", "[::1]:8002" or "localhost:8002"; port 0 takes a free one. Returns
  // the port. May be called again for further addresses. Throws std::runtime_error.
  std::uint16_t listen(std::string_view address, transport how);
  [[nodiscard]] std::uint16_t port() const;  // of the last `listen`
  [[nodiscard]] std::string ca_pem() const;  // empty before the first TLS `listen`

  // Counters of quotas and faults start anew; requests in flight end as they began. Throws
  // scenario_error, and then the old one stays.
  void set_scenario(scenario what);
  // Forgets the requests and starts the counters anew.
  void reset();

  [[nodiscard]] std::vector<recorded_request> requests() const;
  // Waits until `condition` holds for the recorded requests. False: it did not within `limit`.
  bool wait_until(const std::function<bool(const std::vector<recorded_request>&)>& condition,
                  std::chrono::milliseconds limit = std::chrono::seconds(10)) const;
  [[nodiscard]] std::uint64_t connections_accepted() const;
  [[nodiscard]] std::uint64_t connections_open() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gemkeeper::sandbox
