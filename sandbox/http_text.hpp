// HTTP/1.1 answers as bytes, and the ways to write them wrongly.
#pragma once

#include "reply.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::sandbox {

enum class body_framing : std::uint8_t { chunks, length, until_close };

struct head_facts {
  body_framing framing = body_framing::chunks;
  std::size_t content_length = 0;
  bool close = false;    // Connection: close
  bool trailer = false;  // announces one
};

// The head with Google's fields, as recorded (protocol document, 4.1).
void append_head(std::string& out, const reply& answer, const head_facts& facts);

// Nothing for an empty piece: that would be the last chunk.
void append_chunk(std::string& out, std::string_view piece);

inline constexpr std::string_view last_chunk = "0\r\n\r\n";
inline constexpr std::string_view last_chunk_with_trailer =
    "0\r\nServer-Timing: gfet4t7; dur=1\r\n\r\n";
inline constexpr std::string_view malformed_chunk = "not-a-size\r\n{}\r\n";
inline constexpr std::string_view early_hints = "HTTP/1.1 103 Early Hints\r\n\r\n";
inline constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
// What nobody asked for, and would be taken for the answer to the next request.
inline constexpr std::string_view unasked_answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n"
    R"({"poisoned": true}
)";

}  // namespace gemkeeper::sandbox
