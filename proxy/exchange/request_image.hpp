// The head of the request as it goes upstream: the client's own, field by field in its order and
// case, without what concerns the client's connection or names the client, with the pool's key.
#pragma once

#include "http/framing.hpp"
#include "http/head.hpp"
#include <gemkeeper/gemini/endpoint.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// Reused from request to request: its memory is kept. Not thread-safe.
class request_image {
 public:
  // Asked for anew, as it concerns each connection by itself (RFC 9110, 7.8).
  // `bare_websocket`: one without extensions and subprotocols, whatever the client offers.
  enum class upgrade : std::uint8_t { none, websocket, bare_websocket };

  // What becomes of traceparent and tracestate (W3C Trace Context).
  enum class trace_fields : std::uint8_t { passed_on, removed };

  // `target` in origin-form. `via` is this process's name in Via (RFC 9110, 7.6.3).
  void build(const http::request_head& head, std::string_view target, const origin& to,
             std::string_view via, upgrade kind = upgrade::none,
             trace_fields trace = trace_fields::passed_on);

  // The same request for another target.
  void retarget(std::string_view target, const origin& to);

  // The complete head for one attempt. Without a secret there is no credential in it. `length`: of
  // a body whose length the client did not tell in advance. `left`: of the client's own deadline,
  // which goes on in X-Server-Timeout. Valid until the next call; holds the secret.
  std::string_view for_attempt(gemini::api_family family, std::string_view secret,
                               std::optional<std::uint64_t> length,
                               std::optional<std::chrono::milliseconds> left);

  // The same with a credential of the client's own, a whole field, in the place of the pool's key.
  std::string_view for_attempt(std::string_view credential_field,
                               std::optional<std::uint64_t> length,
                               std::optional<std::chrono::milliseconds> left);

  // What the client's X-Server-Timeout allows in all (protocol document, 3.3); nullopt: no limit.
  [[nodiscard]] std::optional<std::chrono::milliseconds> server_timeout() const {
    return server_timeout_;
  }
  // The request has been through this very process before.
  [[nodiscard]] bool looped() const { return looped_; }

  // As of its traceparent; empty: it has none, several, or a malformed one. Valid until the next
  // `build`.
  [[nodiscard]] std::string_view trace_id() const {
    return traceparents_ == 1 ? std::string_view(trace_id_) : std::string_view{};
  }

  // Overwrites the secret of the last attempt.
  void forget_secret();

 private:
  void append_attempt(std::optional<std::uint64_t> length,
                      std::optional<std::chrono::milliseconds> left);
  void read_trace(const http::field& f);
  void read_server_timeout(const http::field& f);

  std::string text_;
  std::size_t shared_size_ = 0;  // what is the same for every attempt
  std::string timeout_name_;
  std::string trace_id_;
  unsigned traceparents_ = 0;
  std::optional<std::chrono::milliseconds> server_timeout_;
  bool looped_ = false;
};

}  // namespace gemkeeper::proxy
