#include "models.hpp"

#include "json.hpp"

#include <algorithm>
#include <charconv>

namespace gemkeeper::sandbox {
namespace {

model_kind kind_of(std::string_view name) {
  if (name.starts_with("imagen")) return model_kind::image;
  if (name.starts_with("veo")) return model_kind::video;
  return name.find("embedding") == std::string_view::npos ? model_kind::text
                                                          : model_kind::embedding;
}

std::initializer_list<const char*> methods_of(model_kind kind) {
  switch (kind) {
    case model_kind::embedding: {
      static constexpr auto methods = {"embedContent", "countTextTokens", "countTokens",
                                       "asyncBatchEmbedContent"};
      return methods;
    }
    case model_kind::image: {
      static constexpr auto methods = {"predict"};
      return methods;
    }
    case model_kind::video: {
      static constexpr auto methods = {"predictLongRunning"};
      return methods;
    }
    case model_kind::text:
      break;
  }
  static constexpr auto methods = {"generateContent", "countTokens", "createCachedContent",
                                   "batchGenerateContent"};
  return methods;
}

void write_model(pretty_json& json, std::string_view name, model_kind kind) {
  const bool text = kind == model_kind::text;
  json.begin_object();
  json.key("name").string("models/" + std::string(name));
  json.key("version").string("001");
  json.key("displayName").string(name);
  json.key("description").string("A model of the gemkeeper sandbox");
  json.key("inputTokenLimit").number(text ? 1'048'576 : 2'048);
  json.key("outputTokenLimit").number(text ? 65'536 : 1);
  json.key("supportedGenerationMethods").begin_array();
  for (const char* method : methods_of(kind))
    json.string(method);
  json.end_array();
  if (text) {
    json.key("temperature").number(1);
    json.key("topP").real(0.95);
    json.key("topK").number(64);
    json.key("maxTemperature").number(2);
    json.key("thinking").boolean(true);
  }
  json.end_object();
}

void write_openai_model(pretty_json& json, std::string_view name) {
  json.begin_object();
  json.key("id").string("models/" + std::string(name));
  json.key("object").string("model");
  json.key("owned_by").string("google");
  json.key("display_name").string(name);
  json.end_object();
}

}  // namespace

model_catalogue::model_catalogue(const std::vector<std::string>& more)
    : names_{"gemini-3.6-flash",        "gemini-3.5-flash",       "gemini-3.5-flash-lite",
             "gemini-3.1-pro-preview",  "gemini-2.5-pro",         "gemini-2.5-flash",
             "gemini-2.5-flash-lite",   "gemini-2.5-flash-image", "gemini-2.5-flash-preview-tts",
             "gemini-embedding-001",    "gemini-embedding-2",     "imagen-4.0-generate-001",
             "veo-3.1-generate-preview"} {
  names_.insert(names_.end(), more.begin(), more.end());
}

std::optional<model_kind> model_catalogue::find(std::string_view name) const {
  if (std::ranges::find(names_, name) == names_.end()) return std::nullopt;
  return kind_of(name);
}

std::optional<std::string> model_catalogue::list(std::size_t page_size,
                                                 std::string_view page_token) const {
  std::size_t begin = 0;
  if (!page_token.empty()) {
    const char* const end = page_token.data() + page_token.size();
    const auto parsed = std::from_chars(page_token.data(), end, begin);
    if (parsed.ec != std::errc() || parsed.ptr != end || begin >= names_.size()) {
      return std::nullopt;
    }
  }
  const std::size_t end = begin + std::min(page_size, names_.size() - begin);
  std::string page;
  {
    pretty_json json(page);
    json.begin_object();
    json.key("models").begin_array();
    for (std::size_t i = begin; i < end; ++i)
      write_model(json, names_[i], kind_of(names_[i]));
    json.end_array();
    if (end < names_.size()) json.key("nextPageToken").string(std::to_string(end));
    json.end_object();
  }
  page += '\n';
  return page;
}

std::string model_catalogue::describe(std::string_view name, model_kind kind) {
  std::string text;
  pretty_json json(text);
  write_model(json, name, kind);
  text += '\n';
  return text;
}

std::string model_catalogue::list_openai() const {
  std::string text;
  pretty_json json(text);
  json.begin_object();
  json.key("object").string("list");
  json.key("data").begin_array();
  for (const std::string& name : names_)
    write_openai_model(json, name);
  json.end_array();
  json.end_object();
  text += '\n';
  return text;
}

std::string model_catalogue::describe_openai(std::string_view name) {
  std::string text;
  pretty_json json(text);
  write_openai_model(json, name);
  text += '\n';
  return text;
}

}  // namespace gemkeeper::sandbox
