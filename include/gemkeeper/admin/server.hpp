// The admin listener: REST under /api/v1, /metrics, /livez, /readyz, /startupz, /openapi.json.
//
// HTTP/1.1 (RFC 9110, RFC 9112) on sockets that the caller has opened. One thread serves, and two
// more wait for Google; a flood costs the data path nothing but that one thread's time. Bounded:
// connections, heads (16 KiB), bodies (1 MiB), questions to Google under way, time in every state.
#pragma once

#include <gemkeeper/admin/backend.hpp>
#include <gemkeeper/admin/event_hub.hpp>
#include <gemkeeper/admin/recorder.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace gemkeeper::admin {

// A listening socket, non-blocking. The server owns the descriptor and closes it.
struct listening_socket {
  int descriptor = -1;
  int family = 0;  // AF_INET, AF_INET6 or AF_UNIX
};

// [metrics].
struct metrics_settings {
  bool per_key = true;                                // false: no series is of one key
  std::size_t max_models = recorder::default_models;  // beyond: "other"
};

struct server_settings {
  std::vector<listening_socket> sockets;
  // A secret. Empty: whoever reaches the listener by a loopback name may use it.
  std::string token;
  std::string version;
  // For TLS on TCP sockets (those of AF_UNIX stay plain): the context of a connection that begins,
  // asked by the server's thread alone, and quick. Null: all is plain.
  std::function<std::shared_ptr<ssl_ctx_st>()> tls{};
  metrics_settings metrics;
  std::size_t max_connections = 64;
  std::chrono::milliseconds idle_timeout{60'000};  // between two requests of a connection
  std::chrono::milliseconds read_timeout{10'000};  // for a whole request, and for TLS
  std::chrono::milliseconds write_timeout{10'000};
};

class server {
 public:
  // Starts to serve. What it is given by reference must outlive it. Throws std::system_error when
  // threads cannot be started.
  server(server_settings settings, backend& behind, const recorder& requests, event_hub& events);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server();  // stops at once; waits for a question to Google that is under way

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gemkeeper::admin
