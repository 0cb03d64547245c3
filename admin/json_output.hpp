// JSON answers, written in order into a string. What is not valid UTF-8 becomes U+FFFD.
#pragma once

#include "message.hpp"
#include <gemkeeper/pool/pool.hpp>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::admin {

// "2026-07-01T12:00:00.000Z" (RFC 3339).
std::string timestamp(std::chrono::system_clock::time_point at);

class json_output {
 public:
  json_output& key(std::string_view name);
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool yes) { writer_.Bool(yes); }
  void value(std::unsigned_integral auto number) { writer_.Uint64(number); }
  void value(std::signed_integral auto number) { writer_.Int64(number); }
  void value(double number) { writer_.Double(number); }
  void value(std::chrono::system_clock::time_point at) { value(timestamp(at)); }
  template <class T>
  void value(const std::optional<T>& maybe) {
    if (maybe) {
      value(*maybe);
    } else {
      null();
    }
  }
  void null() { writer_.Null(); }
  void begin_object() { writer_.StartObject(); }
  void end_object() { writer_.EndObject(); }
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }
  // JSON that was made elsewhere.
  void raw(std::string_view json) {
    writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  }
  template <class T>
  void member(std::string_view name, const T& what) {
    key(name).value(what);
  }

  // The document, with a line feed at its end.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string line() const;

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

// 200 with this document.
answer to_answer(const json_output& json);
// 10^-6 USD as an exact decimal number of dollars; null: not known.
void write_usd(json_output& json, std::optional<std::int64_t> micros);
// As members of the object that is being written: how many keys there are, by state.
void write_counts(json_output& json, const pool::pool_counts& counts);

}  // namespace gemkeeper::admin
