#include "exchange/leak_guard.hpp"

namespace gemkeeper::proxy {

namespace {

constexpr std::size_t max_text = 64 * 1024;  // no error is longer

}  // namespace

leak_guard::leak_guard(std::string_view secret, text_form form)
    : form_(form), finder_(secret), mask_(secret) {}

void leak_guard::read(std::string_view text) {
  if (form_ == text_form::coded && text_.size() < max_text) text_ += text;
}

std::optional<std::string_view> leak_guard::pass(std::string_view bytes, more to_come) {
  if (form_ == text_form::coded) {
    if (finder_.redact(text_) != 0) return std::nullopt;
    return bytes;
  }
  masked_ = mask_.feed(bytes);
  if (to_come == more::no) masked_ += mask_.finish();
  return masked_;
}

}  // namespace gemkeeper::proxy
