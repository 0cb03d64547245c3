// What a generation request asks for, as far as an echo needs to know.
#pragma once

#include "json.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace gemkeeper::sandbox {

struct function_call {
  std::string name;
  std::string arguments;  // a JSON object
};

// What the answer is made of: text, or what it is said or drawn as.
enum class output_kind : std::uint8_t { text, audio, image };

struct prompt {
  std::string text;  // the last text of the last message
  std::size_t messages = 0;
  std::uint64_t tokens = 0;           // a quarter of all bytes of text, 258 for each inline blob
  std::optional<function_call> call;  // the text says "call NAME", and NAME is declared
  std::optional<std::string> json;    // JSON is asked for: a value that fits the schema
  output_kind output = output_kind::text;
  bool think = true;  // no thinkingBudget of 0, no reasoning_effort of "none"
  bool show_thoughts = false;
};

// nullopt: no contents (native) or messages (OpenAI-compatible).
std::optional<prompt> read_native_prompt(const json_value& request);
std::optional<prompt> read_openai_prompt(const json_value& request);

// Of one content: {"parts": [{"text": …}]}.
std::uint64_t count_tokens(const json_value& content);
std::uint64_t count_tokens(std::string_view text);

}  // namespace gemkeeper::sandbox
