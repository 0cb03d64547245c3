// Keeps an error in mid-stream from showing the injected key, which Google echoes (protocol
// document, 5.0).
#pragma once

#include <gemkeeper/gemini/redact.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// For the rest of an answer, from the piece on in which an error was seen. Not thread-safe.
class leak_guard {
 public:
  // How the bytes of the wire hold the text: in a content coding, the key cannot be masked in them.
  enum class text_form : bool { plain, coded };
  leak_guard(std::string_view secret, text_form form);

  // The text of the next piece, decoded.
  void read(std::string_view text);

  // What of that piece's bytes may go on, valid until the next call; what could be the beginning of
  // a key waits for more, unless this piece is the last. nullopt: the answer must end here, for the
  // key is in it.
  enum class more : bool { no, yes };
  std::optional<std::string_view> pass(std::string_view bytes, more to_come);

 private:
  text_form form_;
  gemini::redactor finder_;
  gemini::stream_redactor mask_;
  std::string text_;  // of a coded answer
  std::string masked_;
};

}  // namespace gemkeeper::proxy
