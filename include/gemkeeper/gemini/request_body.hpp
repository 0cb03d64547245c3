// What a request's body tells about routing, found in one pass without a document tree.
#pragma once

#include <gemkeeper/gemini/json_scanner.hpp>

#include <cstdint>
#include <string_view>

namespace gemkeeper::gemini {

// Finds the top-level `model` (or `agent`) and `stream` members of a JSON body fed in order, split
// anywhere. The first of each counts. Allocates nothing; never throws on any bytes.
class request_scanner {
 public:
  void reset();  // for the next request

  void feed(std::string_view json);
  // Nothing more can be learned: both are known, the object ended, or there is none.
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::string_view model() const { return model_.view(); }  // without "models/"
  [[nodiscard]] bool stream() const { return stream_ == answer::yes; }

 private:
  enum class member : std::uint8_t { other, model, stream };
  enum class answer : std::uint8_t { unknown, no, yes };

  void read(const json_token& token);

  json_scanner scanner_;
  bounded_text model_;
  member member_ = member::other;
  answer stream_ = answer::unknown;
  bool done_ = false;
};

}  // namespace gemkeeper::gemini
