// The head of an answer as the client gets it.
#pragma once

#include "http/framing.hpp"
#include "http/head.hpp"
#include <gemkeeper/gemini/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// What an answer says of the client's connection. Keeping it open goes without saying, but not in
// HTTP/1.0.
enum class connection_note : std::uint8_t { none, close, keep_alive, websocket };

// What gemkeeper adds to every answer.
struct answer_marks {
  std::string_view request_id;
  std::string_view key_id;  // empty: no key was used
  unsigned attempts = 0;
  connection_note connection = connection_note::none;
};

// How the body goes to the client.
enum class body_form : std::uint8_t {
  as_framed,    // the upstream's own framing, byte for byte
  until_close,  // content only, ended by the end of the connection (HTTP/1.0 clients)
  whole,        // content only, of a known length
};

// Appends the upstream's head in its order and case, less what concerns the upstream's connection.
void append_answer_head(std::string& out, const http::response_head& head, body_form form,
                        std::optional<std::uint64_t> length, const answer_marks& marks);

// Appends a 101 of gemkeeper's own, without extensions or a subprotocol: no key was used yet.
void append_websocket_answer(std::string& out, std::string_view accept,
                             std::string_view request_id);

// Appends a whole answer of gemkeeper's own. `with_body` false: to a HEAD request.
enum class with_body : bool { no, yes };
void append_own_answer(std::string& out, const gemini::own_error& error, gemini::api_family family,
                       with_body body, const answer_marks& marks);
// One that is no error.
void append_own_answer(std::string& out, std::string_view json, const answer_marks& marks);

}  // namespace gemkeeper::proxy
