// Google's error bodies echo the injected key (protocol document, 5.0): every form of it is masked
// in answers that are errors, and in whatever is logged.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::gemini {

// Replaces a key in raw, JSON-escaped (\uXXXX and short forms, per character) and percent-encoded
// spelling (per character, either case) by asterisks of the same length as the spelling found, so
// that no length and no framing changes. Works on a whole text; pure. An empty secret masks
// nothing.
class redactor {
 public:
  explicit redactor(std::string_view secret);
  // Returns how many occurrences were masked in place.
  std::size_t redact(std::string& text) const;
  std::size_t redact(char* data, std::size_t size) const;

 private:
  friend class stream_redactor;
  struct scan_result {
    std::size_t masked = 0;  // occurrences
    std::size_t safe = 0;    // from here on the text may be the beginning of a key
  };
  [[nodiscard]] scan_result mask(char* data, std::size_t size) const;

  std::string secret_;
};

// As `redactor`, for text that arrives in pieces: what could be the beginning of a key, and no more
// than that, is held back until the next piece or `finish`.
class stream_redactor {
 public:
  explicit stream_redactor(std::string_view secret);
  std::string feed(std::string_view piece);  // what may be passed on now
  std::string finish();                      // the rest

 private:
  redactor redactor_;
  std::string held_;
};

}  // namespace gemkeeper::gemini
