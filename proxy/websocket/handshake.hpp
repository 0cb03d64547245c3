// The opening handshake (RFC 6455, 4).
#pragma once

#include <string>
#include <string_view>

namespace gemkeeper::proxy::websocket {

// Whether Sec-WebSocket-Key is the base64 of 16 bytes.
bool is_key(std::string_view key);

// The Sec-WebSocket-Accept that answers a key.
std::string accept_of(std::string_view key);

}  // namespace gemkeeper::proxy::websocket
