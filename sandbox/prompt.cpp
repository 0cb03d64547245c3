#include "prompt.hpp"

#include <algorithm>

namespace gemkeeper::sandbox {
namespace {

constexpr std::uint64_t tokens_of_a_blob = 258;

struct tally {
  std::uint64_t bytes = 0;
  std::uint64_t blobs = 0;

  [[nodiscard]] std::uint64_t tokens() const {
    return std::max<std::uint64_t>(1, (bytes + 3) / 4 + blobs * tokens_of_a_blob);
  }
};

template <class Visit>
void for_each(const json_value* array, Visit&& visit) {
  if (array == nullptr || !array->IsArray()) return;
  for (const json_value& item : array->GetArray())
    visit(item);
}

// A value that fits a JSON schema or Google's subset of OpenAPI ("OBJECT" for "object").
void write_sample(compact_json& json, const json_value& schema, int depth = 0) {
  constexpr int deepest = 16;
  const json_value* choices = member(schema, "enum");
  std::string type(text_member(schema, "type"));
  std::ranges::transform(type, type.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (choices != nullptr && choices->IsArray() && !choices->Empty()) {
    json.string(text_of((*choices)[0]));
  } else if (type == "object" && depth < deepest) {
    json.begin_object();
    const json_value* properties = member(schema, "properties");
    if (properties != nullptr && properties->IsObject()) {
      for (const auto& [name, property] : properties->GetObject()) {
        json.key(text_of(name));
        write_sample(json, property, depth + 1);
      }
    }
    json.end_object();
  } else if (type == "array" && depth < deepest) {
    json.begin_array();
    if (const json_value* items = member(schema, "items")) write_sample(json, *items, depth + 1);
    json.end_array();
  } else if (type == "integer" || type == "number") {
    json.number(1);
  } else if (type == "boolean") {
    json.boolean(true);
  } else {
    json.string("echo");
  }
}

std::string sample_of(const json_value& schema) {
  std::string text;
  compact_json json(text);
  write_sample(json, schema);
  return text;
}

std::string echo_as_json(std::string_view text) {
  std::string out;
  compact_json json(out);
  json.begin_object();
  json.key("echo").string(text);
  json.end_object();
  return out;
}

// "call NAME" in the text, with `declaration` as {"name": …, "parameters": …}.
void note_call(prompt& asked, const json_value& declaration) {
  const std::string name(text_member(declaration, "name"));
  if (name.empty() || asked.call || asked.text.find("call " + name) == std::string::npos) return;
  const json_value* parameters = member(declaration, "parameters");
  if (parameters == nullptr) parameters = field(declaration, "parametersJsonSchema");
  asked.call = function_call{name, parameters == nullptr ? "{}" : sample_of(*parameters)};
}

void read_part(const json_value& part, tally& sum, std::string& last_text) {
  if (const json_value* text = member(part, "text"); text != nullptr && text->IsString()) {
    last_text = text_of(*text);
    sum.bytes += last_text.size();
  } else if (const json_value* response = field(part, "functionResponse")) {
    last_text = text_member(*response, "name");
    last_text += " returned";
    if (const json_value* value = member(*response, "response")) {
      last_text += ' ';
      rapidjson::StringBuffer buffer;
      rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
      value->Accept(writer);
      last_text.append(buffer.GetString(), buffer.GetSize());
    }
    sum.bytes += last_text.size();
  } else if (part.IsObject()) {
    ++sum.blobs;
  }
}

std::string read_parts(const json_value& content, tally& sum) {
  std::string last_text;
  for_each(member(content, "parts"),
           [&](const json_value& part) { read_part(part, sum, last_text); });
  return last_text;
}

// A string, or an array of {"type": "text", "text": …}.
std::string read_openai_content(const json_value& message, tally& sum) {
  const json_value* content = member(message, "content");
  std::string last_text;
  if (content != nullptr && content->IsString()) {
    last_text = text_of(*content);
    sum.bytes += last_text.size();
  } else {
    for_each(content, [&](const json_value& part) { read_part(part, sum, last_text); });
  }
  return last_text;
}

void read_native_config(const json_value& request, prompt& asked) {
  const json_value* config = field(request, "generationConfig");
  if (config == nullptr) return;
  for_each(field(*config, "responseModalities"), [&](const json_value& modality) {
    if (text_of(modality) == "AUDIO") asked.output = output_kind::audio;
    if (text_of(modality) == "IMAGE") asked.output = output_kind::image;
  });
  const json_value* schema = field(*config, "responseSchema");
  if (schema == nullptr) schema = field(*config, "responseJsonSchema");
  if (schema != nullptr) {
    asked.json = sample_of(*schema);
  } else if (const json_value* type = field(*config, "responseMimeType");
             type != nullptr && text_of(*type) == "application/json") {
    asked.json = echo_as_json(asked.text);
  }
  if (const json_value* thinking = field(*config, "thinkingConfig")) {
    const json_value* budget = field(*thinking, "thinkingBudget");
    asked.think = budget == nullptr || !budget->IsInt() || budget->GetInt() != 0;
    const json_value* show = field(*thinking, "includeThoughts");
    asked.show_thoughts = show != nullptr && show->IsTrue();
  }
}

}  // namespace

std::uint64_t count_tokens(const json_value& content) {
  tally sum;
  read_parts(content, sum);
  return sum.tokens();
}

std::uint64_t count_tokens(std::string_view text) {
  return tally{text.size(), 0}.tokens();
}

std::optional<prompt> read_native_prompt(const json_value& request) {
  const json_value* contents = member(request, "contents");
  if (contents == nullptr || !contents->IsArray() || contents->Empty()) return std::nullopt;
  prompt asked;
  tally sum;
  asked.messages = contents->Size();
  for_each(contents, [&](const json_value& content) { asked.text = read_parts(content, sum); });
  if (const json_value* system = field(request, "systemInstruction")) read_parts(*system, sum);
  asked.tokens = sum.tokens();
  for_each(member(request, "tools"), [&](const json_value& tool) {
    for_each(field(tool, "functionDeclarations"),
             [&](const json_value& declaration) { note_call(asked, declaration); });
  });
  read_native_config(request, asked);
  return asked;
}

std::optional<prompt> read_openai_prompt(const json_value& request) {
  const json_value* messages = member(request, "messages");
  if (messages == nullptr || !messages->IsArray() || messages->Empty()) return std::nullopt;
  prompt asked;
  tally sum;
  asked.messages = messages->Size();
  for_each(messages,
           [&](const json_value& message) { asked.text = read_openai_content(message, sum); });
  asked.tokens = sum.tokens();
  asked.think = text_member(request, "reasoning_effort") != "none";
  for_each(member(request, "tools"), [&](const json_value& tool) {
    if (const json_value* function = member(tool, "function")) note_call(asked, *function);
  });
  if (const json_value* format = member(request, "response_format")) {
    const json_value* outer = member(*format, "json_schema");
    const json_value* schema = outer == nullptr ? nullptr : member(*outer, "schema");
    if (schema != nullptr) {
      asked.json = sample_of(*schema);
    } else if (text_member(*format, "type") == "json_object") {
      asked.json = echo_as_json(asked.text);
    }
  }
  return asked;
}

}  // namespace gemkeeper::sandbox
