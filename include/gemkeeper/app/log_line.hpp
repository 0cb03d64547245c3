// One line of the log, as JSON or text, built in a buffer that is used again and again.
#pragma once

#include <gemkeeper/app/config.hpp>

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace gemkeeper::app {

// Appends `text` with the escapes of a JSON string: no control character, quote or invalid UTF-8
// gets through, so that nothing can forge a line or steer a terminal.
void append_escaped(std::string& out, std::string_view text);

class log_line {
 public:
  // `as` is text or json.
  log_line(std::string& buffer, log_format as)
      : buffer_(buffer),
        at_(buffer.data()),
        end_(at_ + buffer.size()),
        json_(as == log_format::json) {}

  void begin(std::chrono::system_clock::time_point now, log_level level, std::string_view event);
  void message(std::string_view text);

  // Names are plain words. Of one that is a literal only its bytes remain in the code: a request's
  // line has two dozen, and the compiler would rather call for each.
  template <std::size_t Size, class Value>
  [[gnu::always_inline]] void add(const char (&name)[Size], const Value& value) {
    add_name(name, Size - 1);
    add_value(value);
  }
  template <class Value>
  void add(std::string_view name, const Value& value) {
    add_name(name.data(), name.size());
    add_value(value);
  }

  // `members`: of a JSON line, whole, each with its comma in front. Not in text.
  void add_json(std::string_view members) {
    if (!json_) return;
    need(members.size());
    put(members.data(), members.size());
  }
  [[nodiscard]] bool is_json() const { return json_; }

  std::string_view end();  // the whole line, valid as long as the buffer

 private:
  // The longest number and the end of a line fit behind a name without asking again.
  static constexpr std::size_t spare = 32;

  [[gnu::always_inline]] void add_name(const char* name, std::size_t size) {
    need(size + spare);
    if (json_) {
      put(",\"");
      put(name, size);
      put("\":");
    } else {
      put(" ");
      put(name, size);
      put("=");
    }
  }

  void add_value(std::string_view value);
  void add_value(std::chrono::microseconds value);  // in milliseconds, with three decimals
  template <std::integral Value>
  void add_value(Value value) {
    if constexpr (std::same_as<Value, bool>) {
      value ? put("true") : put("false");
    } else {
      at_ = std::to_chars(at_, end_, static_cast<std::int64_t>(value)).ptr;
    }
  }
  void put_time(std::chrono::system_clock::time_point now);

  // Room for `size` bytes where the next ones go.
  [[gnu::always_inline]] void need(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) [[unlikely]]
      grow(size);
  }
  [[gnu::cold, gnu::noinline]] void grow(std::size_t size);
  [[gnu::always_inline]] void put(const char* text, std::size_t size) {
    std::memcpy(at_, text, size);
    at_ += size;
  }
  template <std::size_t Size>
  [[gnu::always_inline]] void put(const char (&text)[Size]) {
    put(text, Size - 1);
  }

  std::string& buffer_;  // as large as it was ever needed
  char* at_;
  char* end_;
  bool json_;
};

}  // namespace gemkeeper::app
