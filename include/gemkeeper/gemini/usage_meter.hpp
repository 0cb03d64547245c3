// Reads what an answer says of its cost, on the side: the bytes themselves are never changed.
#pragma once

#include <gemkeeper/gemini/endpoint.hpp>
#include <gemkeeper/pool/usage.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::gemini {

// Finds usage in JSON text fed in order, split anywhere: one document, SSE events, or a JSON array.
// Knows `usageMetadata` (native), `usage` (OpenAI-compatible and Interactions), `modelVersion` and
// `model`. The last usage seen counts: in a stream it is cumulative and may go down (protocol
// document, 4.2). Builds no document tree; long strings (base64) are skipped at memchr speed;
// memory is bounded and small. Never throws on any bytes.
class usage_scanner {
 public:
  explicit usage_scanner(answer_form form);
  void feed(std::string_view json);

  [[nodiscard]] bool seen() const;  // a usage object was complete at least once
  [[nodiscard]] const pool::token_usage& usage() const;
  [[nodiscard]] std::string_view model_version() const;  // empty: not told
  // An `error` object at the top of the document, an event or an array element after data.
  [[nodiscard]] bool error_seen() const;

 private:
  // The helper that implements this chooses its members; keep sizeof under 1 KiB.
  struct impl;
  std::unique_ptr<impl> impl_;

 public:
  ~usage_scanner();
  usage_scanner(usage_scanner&&) noexcept;
  usage_scanner& operator=(usage_scanner&&) noexcept;
};

enum class content_coding : std::uint8_t { identity, gzip, deflate, br, unknown };
content_coding parse_content_coding(std::string_view field_value);

// Undoes a content coding piece by piece. Output goes to `sink(std::string_view)` in pieces of at
// most 16 KiB. Bounded: a brotli window over 4 MiB or an expansion beyond `max_ratio` fails.
class content_decoder {
 public:
  explicit content_decoder(content_coding coding);
  ~content_decoder();
  content_decoder(content_decoder&&) noexcept;
  content_decoder& operator=(content_decoder&&) noexcept;

  // False: the bytes cannot be decoded (or may not); nothing more comes out.
  template <class Sink>
  bool feed(std::string_view bytes, Sink&& sink) {
    begin(bytes);
    for (;;) {
      const std::string_view out = next();
      if (out.empty()) return !failed();
      sink(out);
    }
  }
  [[nodiscard]] bool failed() const;

 private:
  void begin(std::string_view bytes);
  std::string_view next();  // empty: the input is used up, or it failed

  struct impl;
  std::unique_ptr<impl> impl_;
};

// Decoder and scanner in one: fed with the answer's body bytes, transfer coding already undone.
class usage_meter {
 public:
  usage_meter(answer_form form, content_coding coding);
  void feed(std::string_view body);
  [[nodiscard]] const usage_scanner& result() const { return scanner_; }
  // The coding is unknown or broken: usage may be missing.
  [[nodiscard]] bool blind() const { return blind_; }

 private:
  usage_scanner scanner_;
  std::optional<content_decoder> decoder_;
  bool blind_ = false;
};

}  // namespace gemkeeper::gemini
