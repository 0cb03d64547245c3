// Undoes the content codings of HTTP (RFC 9110, 8.4.1) for those who read along.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace gemkeeper::gemini {

enum class content_coding : std::uint8_t { identity, gzip, deflate, br, unknown };

// Of a Content-Encoding field's value; empty is `identity`, more than one coding `unknown`.
content_coding parse_content_coding(std::string_view field_value);

// Undoes a content coding piece by piece. Output goes to `sink(std::string_view)` in pieces of at
// most 16 KiB (identity: as given). Bounded: a brotli window over 4 MiB or output beyond
// `free_output + max_ratio * input` fails. `deflate` is taken with and without a zlib header; what
// follows the coded data is ignored. Never throws on any bytes.
class content_decoder {
 public:
  static constexpr std::uint64_t max_ratio = 256;
  static constexpr std::uint64_t free_output = 1024 * 1024;

  explicit content_decoder(content_coding coding);
  ~content_decoder();
  content_decoder(content_decoder&&) noexcept;
  content_decoder& operator=(content_decoder&&) noexcept;

  // For the next body. zlib's state and the output buffer stay (23 KiB, once there was need of
  // them), its window and all that brotli took are freed.
  void reset(content_coding coding);
  // Frees all memory. To be followed by `reset`.
  void release();

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
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  struct engine;
  // `ended`: another gzip member may follow; `over`: something else did.
  enum class phase : std::uint8_t { waiting, decoding, ended, over };

  void begin(std::string_view bytes);
  std::string_view next();  // empty: the input is used up, or it failed
  bool start();

  std::unique_ptr<engine> engine_;  // made by the first coded byte
  std::string_view input_;
  std::uint64_t total_in_ = 0;
  std::uint64_t total_out_ = 0;
  content_coding coding_ = content_coding::identity;
  phase phase_ = phase::waiting;
  bool failed_ = false;
};

}  // namespace gemkeeper::gemini
