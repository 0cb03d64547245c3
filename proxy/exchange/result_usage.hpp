// What a batch has used, read from its results on their way to the client.
#pragma once

#include <gemkeeper/gemini/content_decoder.hpp>
#include <gemkeeper/gemini/usage_meter.hpp>
#include <gemkeeper/pool/prices.hpp>
#include <gemkeeper/pool/usage.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// Takes memory only for answers that may hold results. Not thread-safe.
class result_usage {
 public:
  // Of one response, which is priced by itself: some prices depend on the length of its prompt.
  using price =
      std::function<pool::cost_estimate(const pool::token_usage&, std::string_view model_version)>;

  result_usage();
  result_usage(const result_usage&) = delete;
  result_usage& operator=(const result_usage&) = delete;
  ~result_usage();

  void begin(gemini::content_coding coding, price of_one);
  [[nodiscard]] bool begun() const { return reader_ != nullptr; }
  void release();

  // Either, but not both; nothing happens unless it is begun. What begins with no object is looked
  // at no further: a video.
  void feed(std::string_view decoded);
  void feed_coded(std::string_view content);

  // Of all responses so far.
  [[nodiscard]] bool seen() const;
  [[nodiscard]] pool::token_usage usage() const;
  // Not known unless each response's is.
  [[nodiscard]] pool::cost_estimate cost() const;
  [[nodiscard]] std::string_view model_version() const;  // of the last one

 private:
  struct reader;
  std::unique_ptr<reader> reader_;
};

}  // namespace gemkeeper::proxy
