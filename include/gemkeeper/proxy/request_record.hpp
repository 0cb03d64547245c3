// One finished request, as the log and the metrics see it. Holds no secret and no body.
#pragma once

#include <gemkeeper/pool/attempt.hpp>
#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/outcome.hpp>
#include <gemkeeper/pool/prices.hpp>
#include <gemkeeper/pool/usage.hpp>
#include <gemkeeper/pool/usage_table.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gemkeeper::proxy {

// Views are valid during the call only.
struct request_record {
  std::string_view request_id;  // 16 hex digits
  std::string_view method;
  std::string_view route;   // gemini::endpoint::route
  std::string_view target;  // of a tunnel: "example.com:443"
  std::string_view model;
  std::string_view key_id;  // of the last attempt; empty: none was made
  std::string_view key_name;
  std::string_view project;  // of the key, as it was declared
  std::string_view client;   // its id; empty: it did not say who it is
  std::string_view client_name;
  std::string_view model_version;  // that answered, as the answer says
  std::string_view outcome;        // of the last attempt, or the reason of an error of our own
  std::string_view reason;
  unsigned attempts = 0;
  int status = 0;  // sent to the client; 0: it left before
  bool cancelled = false;
  bool metered = false;  // usage was read
  pool::token_usage usage;
  pool::usage_kind kind = pool::usage_kind::error;  // how it counts, where an attempt was made
  bool counted = false;  // its usage was told part by part (request_observer::used)
  // In 10^-6 USD; nothing: not known, as `cost_basis` says.
  std::optional<std::int64_t> cost_micros = 0;
  pool::cost_basis cost_basis = pool::cost_basis::not_billed;
  pool::time_point ended{};
  unsigned worker = 0;                           // from 0, below proxy::worker_count
  std::uint64_t bytes_in = 0, bytes_out = 0;     // bodies
  std::chrono::microseconds total{};             // first byte in to last byte out
  std::chrono::microseconds upstream{};          // of which waiting for the upstream
  std::chrono::microseconds first_byte{};        // first byte in to first byte of the answer out
  std::chrono::microseconds receiving{};         // of `total`, waiting for the client's body
  std::chrono::microseconds waited{};            // of `total`, for a key and between attempts
  std::span<const pool::attempt> attempts_told;  // in their order
  std::size_t attempts_left_out = 0;             // before the last of them
  std::string_view trace_id;  // of a well-formed traceparent: 32 hex digits; empty: none
};

// A client whose TLS failed before it could ask for anything. Views are valid during the call only.
struct tls_failure {
  std::string_view host;     // of the tunnel; empty: the proxy itself
  std::string_view problem;  // "handshake: tlsv1 alert unknown ca"
};

// A way to the upstream that began or ceased to fail, as one worker sees it. Holds no credentials.
struct route_record {
  std::string_view route;    // "generativelanguage.googleapis.com", "http://proxy:3128"
  std::string_view problem;  // and which setting to look at; empty: it works again
};

// Told of every finished request, from the worker's own thread: an implementation is thread-safe.
class request_observer {
 public:
  virtual ~request_observer() = default;
  virtual void finished(const request_record& record) = 0;
  // A request that goes on has used something: `part` says who, by which key, what for, how much
  // and what it costs. `calls`: 1 with its first part, then 0.
  virtual void used(const request_record& /*part*/, unsigned /*calls*/) {}
  virtual void tls_failed(const tls_failure& /*failure*/) {}
  // A few times a minute at most, by each worker.
  virtual void route_changed(const route_record&) {}
  // About once a second, whether there is traffic or not.
  virtual void still_there(unsigned /*worker*/) {}
};

}  // namespace gemkeeper::proxy
