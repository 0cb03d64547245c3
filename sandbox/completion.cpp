#include "completion.hpp"

#include <fmt/format.h>

#include <time.h>

#include <algorithm>

namespace gemkeeper::sandbox {
namespace {

constexpr std::uint64_t tokens_of_thinking = 20;

void pad(std::string& text, std::size_t size) {
  constexpr std::string_view filler = " lorem ipsum dolor sit amet";
  if (text.size() >= size) return;
  text.reserve(size);
  while (text.size() < size)
    text += filler.substr(0, size - text.size());
}

// The first start of a character at or after `at`.
std::size_t character_boundary(std::string_view text, std::size_t at) {
  constexpr unsigned char continuation_mask = 0xc0;
  constexpr unsigned char continuation = 0x80;
  while (at < text.size() &&
         (static_cast<unsigned char>(text[at]) & continuation_mask) == continuation) {
    ++at;
  }
  return at;
}

std::vector<std::size_t> cut(std::string_view text, std::size_t pieces) {
  std::vector<std::size_t> cuts;
  cuts.reserve(pieces);
  for (std::size_t i = 1; i <= pieces; ++i) {
    cuts.push_back(character_boundary(text, text.size() * i / pieces));
  }
  return cuts;
}

std::string echo_of(const prompt& asked, const scenario& how) {
  if (!how.answer.text.empty()) return how.answer.text;
  std::string text = "echo: " + asked.text;
  if (asked.messages > 1) text += fmt::format(" ({} messages)", asked.messages);
  return text;
}

std::uint64_t monotonic_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

std::string completion::piece(std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : cuts[index - 1];
  const std::string_view words = std::string_view(text).substr(begin, cuts[index] - begin);
  if (timestamps) return fmt::format("t={} {}", monotonic_nanoseconds(), words);
  return std::string(words);
}

std::uint64_t completion::output_tokens_after(std::size_t index) const {
  return output_tokens * (index + 1) / pieces();
}

completion compose(const prompt& asked, const scenario& how, std::string_view model,
                   std::string id) {
  completion made;
  made.model = model;
  made.id = std::move(id);
  made.prompt_tokens = asked.tokens;
  made.thought_tokens = asked.think ? tokens_of_thinking : 0;
  made.show_thoughts = asked.show_thoughts && asked.think;

  std::size_t pieces = std::max<std::size_t>(1, how.stream.events);
  if (asked.call) {
    made.call = asked.call;
    made.output_tokens = count_tokens(asked.call->name) + count_tokens(asked.call->arguments);
    pieces = 1;
  } else if (asked.output != output_kind::text) {
    made.drawn = asked.output == output_kind::audio ? sample_audio() : sample_image();
    made.output_tokens = made.drawn->tokens;
    pieces = 1;
  } else if (asked.json) {
    made.text = *asked.json;
    pieces = std::min(pieces, made.text.size());
  } else {
    made.text = echo_of(asked, how);
    made.timestamps = how.stream.timestamps;
    pad(made.text,
        std::max(how.answer.size, pieces * std::max<std::size_t>(1, how.stream.event_size)));
  }
  if (!made.call && !made.drawn) made.output_tokens = count_tokens(made.text);
  made.cuts = cut(made.text, pieces);
  return made;
}

}  // namespace gemkeeper::sandbox
