#include "json_input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <rapidjson/error/en.h>

#include <algorithm>

namespace gemkeeper::admin {
namespace {

using rapidjson::Value;

std::string_view text_of(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

// Before it is parsed: a document's tree is freed level by level, on the stack.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_json_depth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// A name that came from outside is quoted only when it is a plain word.
std::string shown(std::string_view name) {
  constexpr std::size_t longest = 40;
  const bool plain = name.size() <= longest && std::ranges::all_of(name, [](unsigned char c) {
                       return c == '_' || c == '-' || c == '.' || (c >= '0' && c <= '9') ||
                              (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                     });
  return plain ? std::string(name) : std::string("(unprintable)");
}

void refuse_twins(const Value& value, const std::string& prefix) {
  if (value.IsArray()) {
    for (const Value& item : value.GetArray())
      refuse_twins(item, prefix);
    return;
  }
  if (!value.IsObject()) return;
  std::vector<std::string_view> names;
  for (const auto& member : value.GetObject()) {
    names.push_back(text_of(member.name));
    refuse_twins(member.value, prefix + shown(names.back()) + ".");
  }
  std::ranges::sort(names);
  const auto twin = std::ranges::adjacent_find(names);
  if (twin != names.end()) {
    const std::string field = prefix + shown(*twin);
    throw refusal(400, "duplicate_member",
                  fmt::format("{} stands twice in the body: give it once", field), field);
  }
}

}  // namespace

rapidjson::Document parse_object(std::string_view text) {
  if (is_too_deep(text)) {
    throw refusal(400, "malformed_json",
                  fmt::format("the body is nested deeper than {} levels", max_json_depth));
  }
  rapidjson::Document document;
  constexpr unsigned strict = rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag;
  document.Parse<strict>(text.data(), text.size());
  if (document.HasParseError()) {
    throw refusal(
        400, "malformed_json",
        fmt::format("the body is not valid JSON at byte {}: {}", document.GetErrorOffset(),
                    rapidjson::GetParseError_En(document.GetParseError())));
  }
  if (!document.IsObject()) {
    throw refusal(400, "malformed_json", "the body must be a JSON object: {…}");
  }
  refuse_twins(document, {});
  return document;
}

const Value* members::find(const char* name) {
  known_.emplace_back(name);
  const auto found = object_.FindMember(name);
  return found == object_.MemberEnd() ? nullptr : &found->value;
}

void members::wrong(const char* name, const std::string& what) const {
  throw refusal(422, "invalid_field", fmt::format("{} {}", path(name), what), path(name));
}

std::optional<std::string> members::text(const char* name) {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->IsString()) wrong(name, "must be a string");
  return std::string(text_of(*value));
}

std::optional<bool> members::flag(const char* name) {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->IsBool()) wrong(name, "must be true or false");
  return value->GetBool();
}

std::optional<std::int64_t> members::integer(const char* name, std::int64_t least,
                                             std::int64_t most) {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->IsInt64() || value->GetInt64() < least || value->GetInt64() > most) {
    wrong(name, fmt::format("must be a whole number from {} to {}", least, most));
  }
  return value->GetInt64();
}

std::optional<double> members::decimal(const char* name, double least, double most) {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->IsNumber() || value->GetDouble() < least || value->GetDouble() > most) {
    wrong(name, fmt::format("must be a number from {} to {}", least, most));
  }
  return value->GetDouble();
}

std::optional<std::vector<std::string>> members::texts(const char* name) {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto is_text = [](const Value& item) { return item.IsString(); };
  if (!value->IsArray() || !std::all_of(value->Begin(), value->End(), is_text)) {
    wrong(name, "must be a list of strings");
  }
  std::vector<std::string> all;
  for (const Value& item : value->GetArray())
    all.emplace_back(text_of(item));
  return all;
}

const Value* members::object(const char* name) {
  const Value* value = find(name);
  if (value != nullptr && !value->IsObject()) wrong(name, "must be an object");
  return value;
}

void members::finish() const {
  for (const auto& member : object_.GetObject()) {
    const std::string_view name = text_of(member.name);
    if (std::ranges::find(known_, name) != known_.end()) continue;
    const std::string field = path(shown(name));
    throw refusal(422, "unknown_field",
                  known_.empty() ? fmt::format("{} is not known here: send {{}}", field)
                                 : fmt::format("{} is not known here; known are {}", field,
                                               fmt::join(known_, ", ")),
                  field);
  }
}

std::optional<std::vector<pool::model_name>> read_models(members& from) {
  constexpr std::size_t most_models = 256;
  constexpr std::size_t longest_name = 128;
  auto names = from.texts("models");
  if (!names) return std::nullopt;
  std::vector<pool::model_name> models;
  for (std::string& name : *names) {
    const bool plain =
        !name.empty() && name.size() <= longest_name &&
        std::ranges::all_of(name, [](unsigned char c) { return c > ' ' && c < 0x7f; });
    if (!plain) {
      throw refusal(422, "invalid_field",
                    "models must hold names of models, like \"gemini-2.5-flash\" or \"gemini-*\"",
                    from.path("models"));
    }
    models.emplace_back(std::move(name));
  }
  if (models.size() > most_models) {
    throw refusal(422, "invalid_field", fmt::format("models holds more than {} names", most_models),
                  from.path("models"));
  }
  return models;
}

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

}  // namespace gemkeeper::admin
