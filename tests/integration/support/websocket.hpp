// WebSockets as tests write and read them: by a reader of its own, not by the proxy's.
#pragma once

#include "support/connection.hpp"
#include "support/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::test {

constexpr std::string_view live_path =
    "//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
constexpr std::string_view websocket_key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view websocket_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
constexpr std::string_view switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

std::string websocket_handshake(std::string_view target, std::string_view fields = {},
                                std::string_view host = "localhost");

enum class frame_of { client, server };
struct frame {
  unsigned opcode = 0;
  bool final = true;
  std::string payload;  // without its mask

  friend bool operator==(const frame&, const frame&) = default;
};
std::ostream& operator<<(std::ostream& out, const frame& f);

frame text(std::string payload);
frame closing(unsigned code, std::string_view reason);

// As it goes over the wire; a client's is masked.
std::string wire(const frame& f, frame_of whose);
frame receive_frame(connection& from);

}  // namespace gemkeeper::test
