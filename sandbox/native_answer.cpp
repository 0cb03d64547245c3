#include "native_answer.hpp"

#include "json.hpp"

namespace gemkeeper::sandbox {
namespace {

struct part_of_answer {
  std::string text;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t output_tokens = 0;
  bool first = true;
  bool last = true;
};

template <class Json>
void write_parts(Json& json, const completion& made, const part_of_answer& part) {
  json.begin_array();
  if (made.show_thoughts && part.first) {
    json.begin_object();
    json.key("text").string("The user wants an echo.");
    json.key("thought").boolean(true);
    json.end_object();
  }
  json.begin_object();
  if (made.call) {
    json.key("functionCall").begin_object();
    json.key("name").string(made.call->name);
    json.key("args").copy(made.call->arguments);
    json.end_object();
  } else if (made.drawn) {
    json.key("inlineData").begin_object();
    json.key("mimeType").string(made.drawn->mime_type);
    json.key("data").string(made.drawn->base64);
    json.end_object();
  } else {
    json.key("text").string(part.text);
  }
  json.end_object();
  json.end_array();
}

template <class Json>
void write_tokens_of(Json& json, std::string_view modality, std::uint64_t tokens) {
  json.begin_array();
  json.begin_object();
  json.key("modality").string(modality);
  json.key("tokenCount").number(tokens);
  json.end_object();
  json.end_array();
}

template <class Json>
void write_usage(Json& json, const completion& made, const part_of_answer& part) {
  json.begin_object();
  json.key("promptTokenCount").number(part.prompt_tokens);
  json.key("candidatesTokenCount").number(part.output_tokens);
  if (made.thought_tokens != 0) json.key("thoughtsTokenCount").number(made.thought_tokens);
  json.key("totalTokenCount").number(part.prompt_tokens + part.output_tokens + made.thought_tokens);
  if (made.service == api_service::vertex) json.key("trafficType").string("ON_DEMAND");
  write_tokens_of(json.key("promptTokensDetails"), "TEXT", part.prompt_tokens);
  if (made.drawn) {
    write_tokens_of(json.key("candidatesTokensDetails"), made.drawn->modality, part.output_tokens);
  }
  json.end_object();
}

template <class Json>
void write_answer(Json&& json, const completion& made, const part_of_answer& part) {
  json.begin_object();
  json.key("candidates").begin_array();
  json.begin_object();
  json.key("content").begin_object();
  write_parts(json.key("parts"), made, part);
  json.key("role").string("model");
  json.end_object();
  if (part.last) json.key("finishReason").string("STOP");
  json.key("index").number(0);
  json.end_object();
  json.end_array();
  write_usage(json.key("usageMetadata"), made, part);
  json.key("modelVersion").string(made.model);
  json.key("responseId").string(made.id);
  json.end_object();
}

}  // namespace

void append_native_answer(std::string& out, const completion& made) {
  write_answer(pretty_json(out), made, {made.text, made.prompt_tokens, made.output_tokens});
  out += '\n';
}

void append_native_piece(std::string& out, const completion& made, std::size_t index,
                         json_style style) {
  const bool last = index + 1 == made.pieces();
  const part_of_answer part{made.piece(index), made.prompt_tokens + (last ? 0 : 1),
                            made.output_tokens_after(index), index == 0, last};
  if (style == json_style::compact) {
    write_answer(compact_json(out), made, part);
  } else {
    write_answer(pretty_json(out), made, part);
  }
}

}  // namespace gemkeeper::sandbox
