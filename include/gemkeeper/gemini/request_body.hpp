// What a request's body tells about routing, found in one pass without a document tree.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace gemkeeper::gemini {

// Finds the top-level `model` (or `agent`) and `stream` members of a JSON body fed in order, split
// anywhere. Never throws on any bytes.
class request_scanner {
 public:
  request_scanner();
  ~request_scanner();
  request_scanner(request_scanner&&) noexcept;
  request_scanner& operator=(request_scanner&&) noexcept;

  void feed(std::string_view json);
  [[nodiscard]] std::string_view model() const;  // without "models/"; empty: none yet
  [[nodiscard]] bool stream() const;             // "stream": true was seen

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gemkeeper::gemini
