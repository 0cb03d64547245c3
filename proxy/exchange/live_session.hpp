// What an exchange knows of a Live session (exchange_live.cpp).
#pragma once

#include "websocket/close_frame.hpp"
#include "websocket/frame_reader.hpp"
#include "websocket/session_watch.hpp"
#include <gemkeeper/gemini/live.hpp>
#include <gemkeeper/pool/prices.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace gemkeeper::proxy {

struct live_session {
  std::string accept;  // the Sec-WebSocket-Accept that the client got, and the upstream must give
  // "Authorization: Token auth_tokens/…", where the client came with an ephemeral token: it goes in
  // the place of the pool's key, as Google has bound the session's limits to it. A secret.
  std::string token_field;

  std::uint64_t bytes_in = 0;  // of frames that a server took

  // Until the server agrees to the session, the client's frames up to the end of its first message,
  // and what stands in it.
  std::string setup;
  std::string text;
  websocket::frame_reader of_client{websocket::sender::client};
  std::size_t seen = 0;  // of what the client has sent beyond: read by `of_client`
  bool client_closes = false;

  // What the upstream says instead of agreeing.
  std::string closing;                             // payload of its close frame
  std::optional<websocket::close_reason> refused;  // its text is in `closing`

  // Since it agreed.
  std::optional<websocket::server_watch> of_server;
  unsigned turns = 0;        // whose usage was counted
  pool::cost_estimate cost;  // of them
};

}  // namespace gemkeeper::proxy
