// One line of the log, as JSON or text, built in a buffer that is used again and again.
#pragma once

#include <gemkeeper/app/config.hpp>

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <string_view>

namespace gemkeeper::app {

// Appends `text` with the escapes of a JSON string: no control character, quote or invalid UTF-8
// gets through, so that nothing can forge a line or steer a terminal.
void append_escaped(std::string& out, std::string_view text);

class log_line {
 public:
  // `as` is text or json.
  log_line(std::string& buffer, log_format as) : out_(buffer), json_(as == log_format::json) {
    out_.clear();
  }

  void begin(std::chrono::system_clock::time_point now, log_level level, std::string_view event);
  void message(std::string_view text);

  // Names are plain words of at most `max_name` letters; longer ones are cut.
  static constexpr std::size_t max_name = 40;
  void add(std::string_view name, std::string_view value);
  template <std::integral Value>
  void add(std::string_view name, Value value) {
    add_name(name);
    if constexpr (std::same_as<Value, bool>) {
      append(value ? "true" : "false");
    } else {
      append(fmt::format_int(value));
    }
  }
  // In milliseconds, with three decimals.
  void add(std::string_view name, std::chrono::microseconds value);

  // `members`: of a JSON line, whole, each with its comma in front. Not in text.
  void add_json(std::string_view members) {
    if (json_) append(members);
  }
  [[nodiscard]] bool is_json() const { return json_; }

  std::string_view end();  // the whole line, valid as long as the buffer

 private:
  void add_name(std::string_view name);
  void append(std::string_view text) { out_ += text; }
  void append(const fmt::format_int& number) { append({number.data(), number.size()}); }

  std::string& out_;
  bool json_;
};

}  // namespace gemkeeper::app
