// Reads what an answer says of its cost, on the side: the bytes themselves are never changed.
#pragma once

#include <gemkeeper/gemini/answer_text.hpp>
#include <gemkeeper/gemini/content_decoder.hpp>
#include <gemkeeper/gemini/json_scanner.hpp>
#include <gemkeeper/pool/usage.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace gemkeeper::gemini {

// Finds usage in JSON text fed in order, split anywhere: one document, SSE events, or a JSON array.
// Knows `usageMetadata` (native, Live), `usage` (OpenAI-compatible; Interactions, there also inside
// `interaction`), `modelVersion` and `model`, `serviceTier` (there or in the usage) and
// `trafficType`, in camelCase and snake_case, at the top of a document only. The last complete
// usage counts: in a stream it is cumulative and may go down (protocol document, 4.2); one without
// any count is none. Counts that are negative, beyond `max_count` or no numbers read as 0. Builds
// no document tree and allocates nothing; long strings (base64) are skipped at memchr speed. Never
// throws on any bytes.
class usage_scanner {
 public:
  static constexpr std::uint64_t max_count = 1'000'000'000'000;

  explicit usage_scanner(answer_form form);
  usage_scanner(usage_scanner&&) noexcept;
  usage_scanner& operator=(usage_scanner&&) noexcept;
  ~usage_scanner();
  void reset(answer_form form);  // for the next answer

  // The text is a batch's results: the batch itself, with its responses inline, or a file with a
  // response in each line. `told` is called at the end of each response that tells its usage, and
  // finds it, its model and its service in this scanner. `reset` keeps it.
  void read_results(std::function<void()> told);

  void feed(std::string_view json);

  [[nodiscard]] bool seen() const { return seen_; }  // a usage object was complete at least once
  [[nodiscard]] const pool::token_usage& usage() const { return usage_; }
  // Without "models/"; empty: not told.
  [[nodiscard]] std::string_view model_version() const { return model_.view(); }
  // As the answer says it was served; standard where it says nothing.
  [[nodiscard]] pool::service_tier service() const { return service_; }
  // An `error` object stood at the top of the document, an event or an array element.
  [[nodiscard]] bool error_seen() const { return error_seen_; }
  // It is an interaction that is not done yet: what it will have used is not known.
  [[nodiscard]] bool running() const { return running_; }

 private:
  enum class place : std::uint8_t;  // where in a document: document, usage, modality element…
  struct member;                    // what a name means there
  struct results;                   // a batch's

  static const member* find(place where, std::string_view name);
  void read(const json_token& next);
  void open(bool object);
  place entered(place outer, bool object);
  void close(place left);
  void value(const json_token& next);

  answer_text text_;
  json_scanner scanner_;
  std::array<place, 16> places_{};  // by depth
  const member* member_ = nullptr;  // the last name read, where it means something
  pool::token_usage reading_;       // the usage object being read
  bool openai_ = false;             // its names are OpenAI's
  pool::tokens_by_modality pool::token_usage::*details_ = nullptr;  // its part being read
  std::uint64_t element_tokens_ = 0;
  std::size_t element_modality_ = pool::modality_count;

  pool::token_usage usage_;
  bounded_text model_;
  pool::service_tier service_ = pool::service_tier::standard;
  bool seen_ = false;
  bool error_seen_ = false;
  bool running_ = false;
  std::unique_ptr<results> results_;  // null: it reads none
};

// Decoder and scanner in one: fed with the answer's body bytes, transfer coding already undone.
class usage_meter {
 public:
  usage_meter(answer_form form, content_coding coding);
  void reset(answer_form form, content_coding coding);  // for the next answer
  // Frees what decoding took; for a connection that goes idle.
  void release() { decoder_.release(); }

  void feed(std::string_view body) {
    feed(body, [](std::string_view) {});
  }
  // As above; what the scanner reads is given to `also(std::string_view)` too, so that a
  // `first_event` needs no decoder of its own.
  template <class Sink>
  void feed(std::string_view body, Sink&& also) {
    decoder_.feed(body, [&](std::string_view text) {
      scanner_.feed(text);
      also(text);
    });
  }

  [[nodiscard]] const usage_scanner& result() const { return scanner_; }
  // The coding is unknown or broken: usage may be missing.
  [[nodiscard]] bool blind() const { return decoder_.failed(); }

 private:
  usage_scanner scanner_;
  content_decoder decoder_;
};

}  // namespace gemkeeper::gemini
