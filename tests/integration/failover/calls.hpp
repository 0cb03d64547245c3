// The calls that the tests make: one for each way in which Gemini frames an answer.
#pragma once

#include <array>
#include <string_view>

namespace gemkeeper::test {

struct api_call {
  std::string_view name;
  std::string_view target;
  std::string_view body;
};

inline constexpr std::string_view model = "gemini-3.6-flash";
inline constexpr std::string_view other_model = "gemini-2.5-flash";

inline constexpr api_call generate{"generateContent",
                                   "/v1beta/models/gemini-3.6-flash:generateContent",
                                   R"({"contents":[{"role":"user","parts":[{"text":"hello"}]}]})"};
inline constexpr api_call generate_with_other_model{
    "generateContent of another model", "/v1beta/models/gemini-2.5-flash:generateContent",
    generate.body};
inline constexpr api_call stream_sse{
    "SSE stream", "/v1beta/models/gemini-3.6-flash:streamGenerateContent?alt=sse", generate.body};
inline constexpr api_call stream_array{
    "JSON array stream", "/v1beta/models/gemini-3.6-flash:streamGenerateContent", generate.body};
inline constexpr api_call chat{
    "OpenAI chat", "/v1beta/openai/chat/completions",
    R"({"model":"gemini-3.6-flash","messages":[{"role":"user","content":"hello"}]})"};
inline constexpr api_call chat_stream{
    "OpenAI chat stream", "/v1beta/openai/chat/completions",
    R"({"model":"gemini-3.6-flash","stream":true,"stream_options":{"include_usage":true},)"
    R"("messages":[{"role":"user","content":"hello"}]})"};

inline constexpr std::array all_calls{generate, stream_sse, stream_array, chat, chat_stream};
inline constexpr std::array all_streams{stream_sse, stream_array, chat_stream};

}  // namespace gemkeeper::test
