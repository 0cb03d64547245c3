// The Interactions API: snake_case, the model in the body, errors with string codes.
#include "completion.hpp"
#include "resources/resource_call.hpp"

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::sandbox {
namespace {

// The last text of the input: a string, or parts or turns that hold one.
std::string_view last_text(const json_value& input) {
  if (input.IsString()) return text_of(input);
  std::string_view found = text_member(input, "text");
  if (const json_value* content = member(input, "content")) found = last_text(*content);
  if (input.IsArray()) {
    for (const json_value& one : input.GetArray()) {
      if (const std::string_view text = last_text(one); !text.empty()) found = text;
    }
  }
  return found;
}

void write_usage(compact_json& json, const completion& made) {
  json.begin_object();
  json.key("total_input_tokens").number(made.prompt_tokens);
  json.key("total_output_tokens").number(made.output_tokens);
  json.key("total_thought_tokens").number(made.thought_tokens);
  json.key("total_tokens").number(made.prompt_tokens + made.output_tokens + made.thought_tokens);
  json.end_object();
}

std::string describe(const resource_call& call, std::string_view id, const completion& made,
                     std::string_view status) {
  std::string text;
  compact_json json(text);
  json.begin_object();
  json.key("id").string(id);
  json.key("object").string("interaction");
  json.key("model").string(made.model);
  json.key("status").string(status);
  json.key("created").string(timestamp(call.now));
  json.key("updated").string(timestamp(call.now));
  if (const std::string_view before = text_member(call.body, "previous_interaction_id");
      !before.empty()) {
    json.key("previous_interaction_id").string(before);
  }
  if (status == "completed") {
    json.key("role").string("model");
    json.key("steps").begin_array();
    json.begin_object();
    json.key("type").string("model_output");
    json.key("content").begin_array();
    json.begin_object();
    json.key("type").string("text");
    json.key("text").string(made.text);
    json.end_object();
    json.end_array();
    json.end_object();
    json.end_array();
    json.key("usage");
    write_usage(json, made);
  }
  json.end_object();
  return text;
}

void append_event(std::string& out, std::string_view type, std::string_view members) {
  fmt::format_to(std::back_inserter(out), "event: {0}\ndata: {{\"event_type\":\"{0}\",{1}}}\n\n",
                 type, members);
}

reply stream_of(const resource_call& call, std::string_view id, const completion& made) {
  reply streamed;
  streamed.content_type = sse_type;
  std::string delta;
  compact_json json(delta);
  json.string(made.text);
  append_event(streamed.body, "interaction.created",
               R"("interaction":)" + describe(call, id, made, "in_progress"));
  append_event(streamed.body, "step.start", R"("index":0,"step":{"type":"model_output"})");
  append_event(streamed.body, "step.delta",
               R"("index":0,"delta":{"type":"text","text":)" + delta + "}");
  append_event(streamed.body, "step.stop", R"("index":0)");
  append_event(streamed.body, "interaction.completed",
               R"("interaction":)" + describe(call, id, made, "completed"));
  streamed.body += "event: done\ndata: [DONE]\n\n";
  return streamed;
}

resource_result make_interaction(const resource_call& call) {
  const json_value* input = member(call.body, "input");
  if (input == nullptr) return invalid("input: is not specified");
  prompt asked;
  asked.text = last_text(*input);
  asked.messages = 1;
  asked.tokens = count_tokens(asked.text);
  const std::string_view model = text_member(call.body, "model");
  const completion made = compose(asked, call.played.played(), without_models_prefix(model),
                                  call.played.next_response_id());
  const std::string id = "v1_" + call.shelf().new_id();
  const json_value* store = member(call.body, "store");
  if (store == nullptr || !store->IsFalse()) {
    call.shelf().put(
        {"interactions/" + id, call.owner.project, describe(call, id, made, "completed")});
  }
  const json_value* background = member(call.body, "background");
  if (background != nullptr && background->IsTrue()) {  // done when it is asked for
    return json_reply(describe(call, id, made, "in_progress"));
  }
  const json_value* stream = member(call.body, "stream");
  if (stream != nullptr && stream->IsTrue()) return stream_of(call, id, made);
  return json_reply(describe(call, id, made, "completed"));
}

}  // namespace

resource_result answer_interaction(const resource_call& call) {
  if (call.where.path.size() == 1) return make_interaction(call);
  return show_or_remove(call, "interactions/" + call.where.path[1]);
}

}  // namespace gemkeeper::sandbox
