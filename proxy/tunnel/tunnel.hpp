// A blind tunnel: bytes of the client to the target and back, as they come (RFC 9110, 9.3.6).
//
// Nothing is read while the other side takes no more. The end of one side's data becomes the end of
// what the other receives, and the rest goes on; a reset becomes a reset. A tunnel at rest holds no
// buffer: it waits for readability, reads into a room of its thread, and sends from there; only
// what the other side did not take at once is kept, at most one room, until it is taken.
#pragma once

#include "net/executor.hpp"
#include "net/signal.hpp"
#include "net/stream.hpp"
#include <gemkeeper/pool/clients.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace gemkeeper::proxy {

class worker;

struct tunnel_bytes {
  std::uint64_t up = 0;  // taken by the target
  std::uint64_t down = 0;
  bool whole = false;  // both sides ended in good order, and each got all that the other sent
};

// Runs until both sides have ended, one is reset, nothing moves for `idle`, or the worker stops.
// Both streams are attached to `wake`, and what is in `client.in()` goes first. Does not close
// them. Either may speak TLS.
awaitable<tunnel_bytes> relay_tunnel(worker& w, stream& client, stream& target, signal& wake,
                                     std::chrono::milliseconds idle);

// A tunnel that was opened and announced to the client, with what its log line needs.
struct opened_tunnel {
  std::shared_ptr<stream> target;
  std::string authority;  // "example.com:443"
  std::array<char, 16> request_id{};
  steady_time started;
  std::shared_ptr<pool::client> caller;    // null: it did not say who it is
  std::chrono::microseconds first_byte{};  // until it was announced
};

// Relays, closes both sides as the relay ended, and tells the observer.
awaitable<void> serve_tunnel(worker& w, stream& client, signal& wake, const opened_tunnel& opened);

}  // namespace gemkeeper::proxy
