// What an answer tells of who owns what, read on its way to the client.
#pragma once

#include <gemkeeper/gemini/answer_resources.hpp>
#include <gemkeeper/gemini/content_decoder.hpp>
#include <gemkeeper/gemini/endpoint.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy {

// Takes memory only for answers that are worth reading. Not thread-safe.
class answer_lesson {
 public:
  answer_lesson();
  answer_lesson(const answer_lesson&) = delete;
  answer_lesson& operator=(const answer_lesson&) = delete;
  ~answer_lesson();

  // For the answer to `asked`, whose lesson is `gemini::lesson::names`, in this content coding.
  void begin(const gemini::endpoint& asked, gemini::content_coding coding);
  [[nodiscard]] bool begun() const { return reader_ != nullptr; }
  void release();

  // Either, but not both; nothing happens unless it is begun.
  void feed(std::string_view decoded);
  void feed_coded(std::string_view content);
  void finish();
  [[nodiscard]] std::vector<gemini::learned_resource> take();

 private:
  struct reader;
  std::unique_ptr<reader> reader_;
};

}  // namespace gemkeeper::proxy
