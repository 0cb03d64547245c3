// What the data path is told by the configuration. Plain values with the defaults that
// conf/gemkeeper.toml documents; built by app/, read-only while in use.
#pragma once

#include <gemkeeper/pool/key.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gemkeeper::proxy {

using std::chrono::milliseconds;

// Where to listen: `127.0.0.1:8001`, `[::1]:8001`, `unix:/run/gemkeeper.sock`. Port 0: any free.
struct listen_address {
  enum class family : std::uint8_t { tcp, unix_path } kind = family::tcp;
  std::string host;  // numeric address, without brackets
  std::uint16_t port = 0;
  std::string path;
};

// A service of Google's, or what stands for it.
struct origin {
  bool tls = true;
  std::string host = "generativelanguage.googleapis.com";
  std::uint16_t port = 443;
  std::string path_prefix{};  // of its base URL, without a trailing slash
};

// Where answers come from: [upstream]. The origin is the Gemini API's.
struct upstream_settings : origin {
  origin vertex{.host = "aiplatform.googleapis.com"};  // Vertex AI in express mode
  std::string ca_file;                                 // empty: the system's
  // As of `parse_egress`: a secret. Empty: straight. A key may have another.
  std::string proxy;
  std::string proxy_ca_file;             // for https:// proxies; empty: the system's
  milliseconds connect_timeout{10'000};  // one address; all together get three times as much
  milliseconds tls_timeout{10'000};
  // Until the head of an answer: thinking models are silent for minutes.
  milliseconds first_byte_timeout{600'000};
  milliseconds idle_timeout{300'000};  // between two pieces of an answer, and while sending
  milliseconds dns_refresh{30'000};
  std::size_t max_idle_connections = 64;  // per route and worker
  milliseconds max_idle_time{55'000};
  milliseconds max_lifetime{1'800'000};

  [[nodiscard]] const origin& of(pool::service which) const {
    return which == pool::service::vertex ? vertex : *this;
  }
  [[nodiscard]] bool any_tls() const { return tls || vertex.tls; }
};

// [limits] and the client-side timeouts of [proxy].
struct client_settings {
  std::size_t max_head = 64 * 1024;                       // request line and fields: 431 beyond
  std::size_t max_fields = 128;                           // 431 beyond
  std::uint64_t max_request_body = 256ULL * 1024 * 1024;  // 413 beyond
  std::uint64_t max_upload_body = 2ULL * 1024 * 1024 * 1024 + 64 * 1024;  // /upload/…: 413 beyond
  std::size_t replay_memory = 1024 * 1024;  // of a body; beyond: an unlinked temporary file
  // Of all bodies so kept in memory; 0: as the container's memory allows (memory_plan.hpp).
  std::uint64_t replay_memory_total = 0;
  milliseconds head_timeout{30'000};    // from the first byte of a request to its head's end
  milliseconds body_timeout{60'000};    // between two pieces of a request's body
  milliseconds idle_timeout{120'000};   // between two requests of a connection
  milliseconds write_timeout{120'000};  // a client that does not read
  // Per worker; beyond, new ones wait unaccepted, and take the place of who idles. 0: 10,000, or as
  // the container's memory allows.
  std::size_t max_connections = 0;
  // Further names by which clients reach the proxy ([proxy] hosts). Loopback names, numeric
  // addresses, names without a dot and private suffixes are always fine; any other `Host` or
  // `Origin` is refused, so that no web page can spend the keys (DNS rebinding).
  std::vector<std::string> hosts;
  bool token_required = false;  // clients.required: who bears no client token is refused
};

// TLS that ends here: [intercept].
struct intercept_settings {
  std::vector<std::string> hosts;  // beside generativelanguage.googleapis.com; in lower case
  // A CA given by file, PEM; both empty: one of our own, kept in `ca_directory`.
  std::string ca_cert;
  std::string ca_key;
  std::string ca_directory;  // made on first use; empty: the CA lives in memory only
};

// Tunnels to other hosts: [connect].
struct connect_settings {
  // Names, "*.example.com" for all below a name, "*" for all, addresses and CIDR blocks. `deny`
  // wins. What is no public address is refused whatever stands here.
  std::vector<std::string> allow{"*"};
  std::vector<std::string> deny;
  std::vector<std::uint16_t> ports{443};
  bool through_proxy = false;          // by upstream.proxy, which then looks names up
  milliseconds timeout{10'000};        // to look up and to connect
  milliseconds idle_timeout{600'000};  // without a byte in either direction
};

struct retry_settings {
  unsigned max_attempts = 8;
  milliseconds max_wait{0};  // for a free key, in FIFO order
  // What a client makes so soon after the last is made in the same project, for both may be used
  // together; 0: each goes to the next key.
  milliseconds keep_together{60'000};
  double retry_budget = 0.5;  // retries per request, over all requests
  std::uint32_t retry_reserve = 100;
};

// [tracing].
struct tracing_settings {
  bool pass_traceparent = true;  // traceparent and tracestate go upstream as they came
};

struct proxy_settings {
  std::vector<listen_address> listen{{listen_address::family::tcp, "127.0.0.1", 8001, {}}};
  std::size_t workers = 0;  // 0: as of `worker_count`
  milliseconds drain_timeout{30'000};
  // The port speaks TLS to who speaks it: "auto", a certificate of the local CA; "off", not at all;
  // else a PEM file with a certificate, its chain and its key.
  std::string tls = "auto";
  upstream_settings upstream;
  intercept_settings intercept;
  connect_settings connect;
  client_settings client;
  retry_settings retry;
  tracing_settings tracing;
};

}  // namespace gemkeeper::proxy
