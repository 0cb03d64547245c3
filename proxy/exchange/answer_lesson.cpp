#include "exchange/answer_lesson.hpp"

namespace gemkeeper::proxy {

struct answer_lesson::reader {
  gemini::answer_resources resources;
  gemini::content_decoder decoder{gemini::content_coding::identity};
};

answer_lesson::answer_lesson() = default;
answer_lesson::~answer_lesson() = default;

void answer_lesson::begin(const gemini::endpoint& asked, gemini::content_coding coding) {
  if (reader_ == nullptr) reader_ = std::make_unique<reader>();
  reader_->resources.reset(asked);
  reader_->decoder.reset(coding);
}

void answer_lesson::release() {
  reader_.reset();
}

void answer_lesson::feed(std::string_view decoded) {
  if (reader_ != nullptr) reader_->resources.feed(decoded);
}

void answer_lesson::feed_coded(std::string_view content) {
  if (reader_ == nullptr) return;
  reader_->decoder.feed(content, [this](std::string_view text) { reader_->resources.feed(text); });
}

void answer_lesson::finish() {
  if (reader_ != nullptr) reader_->resources.finish();
}

std::vector<gemini::learned_resource> answer_lesson::take() {
  if (reader_ == nullptr) return {};
  return reader_->resources.take();
}

}  // namespace gemkeeper::proxy
