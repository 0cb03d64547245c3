#include "openai_answer.hpp"

#include "json.hpp"

namespace gemkeeper::sandbox {
namespace {

void write_usage(compact_json& json, const completion& made, std::uint64_t output_tokens) {
  json.key("usage").begin_object();
  json.key("completion_tokens").number(output_tokens);
  json.key("prompt_tokens").number(made.prompt_tokens);
  // Thoughts are in the total only.
  json.key("total_tokens").number(made.prompt_tokens + output_tokens + made.thought_tokens);
  json.end_object();
}

void write_message(compact_json& json, const completion& made, std::string_view text,
                   bool streamed) {
  json.begin_object();
  json.key("role").string("assistant");
  if (made.call) {
    json.key("tool_calls").begin_array();
    json.begin_object();
    if (streamed) json.key("index").number(0);
    json.key("id").string("call_" + made.id);
    json.key("type").string("function");
    json.key("function").begin_object();
    json.key("name").string(made.call->name);
    json.key("arguments").string(made.call->arguments);
    json.end_object();
    json.end_object();
    json.end_array();
  } else {
    json.key("content").string(text);
  }
  json.end_object();
}

std::string_view finish_reason(const completion& made) {
  return made.call ? "tool_calls" : "stop";
}

}  // namespace

void append_chat_completion(std::string& out, const completion& made,
                            std::chrono::sys_seconds created) {
  compact_json json(out);
  json.begin_object();
  json.key("choices").begin_array();
  json.begin_object();
  json.key("finish_reason").string(finish_reason(made));
  json.key("index").number(0);
  json.key("message");
  write_message(json, made, made.text, false);
  json.end_object();
  json.end_array();
  json.key("created").number(created.time_since_epoch().count());
  json.key("id").string(made.id);
  json.key("model").string(made.model);
  json.key("object").string("chat.completion");
  write_usage(json, made, made.output_tokens);
  json.end_object();
}

void append_chat_chunk(std::string& out, const completion& made, std::size_t index,
                       std::chrono::sys_seconds created, chunk_usage usage) {
  compact_json json(out);
  json.begin_object();
  json.key("choices").begin_array();
  json.begin_object();
  json.key("delta");
  write_message(json, made, made.piece(index), true);
  if (index + 1 == made.pieces()) json.key("finish_reason").string(finish_reason(made));
  json.key("index").number(0);
  json.end_object();
  json.end_array();
  json.key("created").number(created.time_since_epoch().count());
  json.key("id").string(made.id);
  json.key("model").string(made.model);
  json.key("object").string("chat.completion.chunk");
  if (usage == chunk_usage::included) write_usage(json, made, made.output_tokens_after(index));
  json.end_object();
}

}  // namespace gemkeeper::sandbox
