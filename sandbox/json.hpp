// JSON written straight into a string, in order: compact as in SSE events, or as Google prints
// documents, by two spaces.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/writer.h>

#include <concepts>
#include <string>
#include <string_view>

namespace gemkeeper::sandbox {

struct string_sink {
  using Ch = char;
  explicit string_sink(std::string& to) : out(to) {}
  void Put(char c) { out.push_back(c); }
  void Flush() {}
  std::string& out;
};

// RapidJSON's writers with the calls spelled as the rest of the project spells them.
template <class Writer>
class json_writer {
 public:
  explicit json_writer(std::string& out) : sink_(out), writer_(sink_) {
    if constexpr (requires { writer_.SetIndent(' ', 2); }) writer_.SetIndent(' ', 2);
  }

  json_writer& key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    return *this;
  }
  void string(std::string_view text) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  void number(std::integral auto value) { writer_.Uint64(static_cast<std::uint64_t>(value)); }
  void real(double value) { writer_.Double(value); }
  void boolean(bool value) { writer_.Bool(value); }
  void begin_object() { writer_.StartObject(); }
  void end_object() { writer_.EndObject(); }
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }
  void null() { writer_.Null(); }
  // JSON text that was made elsewhere.
  void copy(std::string_view json) {
    rapidjson::MemoryStream in(json.data(), json.size());
    rapidjson::Reader().Parse(in, writer_);
  }

 private:
  string_sink sink_;
  Writer writer_;
};

using compact_json = json_writer<rapidjson::Writer<string_sink>>;
using pretty_json = json_writer<rapidjson::PrettyWriter<string_sink>>;

using json_value = rapidjson::Value;

inline std::string_view text_of(const json_value& value) {
  return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength())
                          : std::string_view();
}

// nullptr: `object` is none or has no such member.
inline const json_value* member(const json_value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

// A field of a request by its camelCase name, which may also be spelt in snake_case: Google's
// servers take both, and SDKs send both. `name` is ASCII.
inline const json_value* field(const json_value& object, const char* name) {
  if (const json_value* found = member(object, name)) return found;
  std::string snake;
  for (const char* c = name; *c != '\0'; ++c) {
    const bool upper = *c >= 'A' && *c <= 'Z';
    if (upper) snake += '_';
    snake += upper ? static_cast<char>(*c - 'A' + 'a') : *c;
  }
  return member(object, snake.c_str());
}

inline std::string_view text_member(const json_value& object, const char* name) {
  const json_value* found = member(object, name);
  return found == nullptr ? std::string_view() : text_of(*found);
}

}  // namespace gemkeeper::sandbox
