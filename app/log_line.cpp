#include <gemkeeper/app/log_line.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <iterator>

namespace gemkeeper::app {
namespace {

using std::chrono::system_clock;

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};

constexpr auto plain_bytes = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = ' '; c < 0x7f; ++c)
    plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool is_plain(char c) {
  return plain_bytes[static_cast<unsigned char>(c)];
}

// The length of the UTF-8 character at the start of `text`; 0: there is none
// (RFC 3629: no overlong forms, no surrogates).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0xc2   ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool beyond_unicode = first == 0xf4 && second >= 0x90;
  return overlong || surrogate || beyond_unicode ? 0 : length;
}

void append_code(std::string& out, unsigned code) {
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
}

// Appends what stands for the first character of `text`, which is not plain; returns its length.
std::size_t append_special(std::string& out, std::string_view text) {
  const char c = text[0];
  const auto escape = [&](char letter) {
    out.push_back('\\');
    out.push_back(letter);
    return std::size_t{1};
  };
  switch (c) {
    case '"':
    case '\\':
      return escape(c);
    case '\n':
      return escape('n');
    case '\r':
      return escape('r');
    case '\t':
      return escape('t');
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x80) {
    append_code(out, byte);
    return 1;
  }
  const std::size_t length = utf8_length(text);
  if (length == 0) {
    append_code(out, 0xfffd);
    return 1;
  }
  // U+0080 to U+009F steer terminals as the escape character does.
  const auto second = static_cast<unsigned char>(text[1]);
  if (byte == 0xc2 && second < 0xa0) {
    append_code(out, second);
  } else {
    out.append(text.data(), length);
  }
  return length;
}

// "2026-07-01T12:00:00.123Z". A thread formats a second but once.
void append_time(std::string& out, system_clock::time_point now) {
  constexpr std::size_t size = 20;  // up to and with the dot
  struct second {
    std::time_t value = -1;
    std::array<char, size> text{};
  };
  thread_local second last;

  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  if (const std::time_t value = system_clock::to_time_t(whole); value != last.value) {
    std::tm utc{};
    gmtime_r(&value, &utc);
    fmt::format_to_n(last.text.data(), size, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.",
                     utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                     utc.tm_sec);
    last.value = value;
  }
  out.append(last.text.data(), size);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(now - whole).count();
  out.push_back(static_cast<char>('0' + rest / 100));
  out.push_back(static_cast<char>('0' + rest / 10 % 10));
  out.push_back(static_cast<char>('0' + rest % 10));
  out.push_back('Z');
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain]))
      ++plain;
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(append_special(out, text));
  }
}

void log_line::begin(system_clock::time_point now, log_level level, std::string_view event) {
  const std::string_view level_name = level_names[static_cast<std::size_t>(level)];
  if (json_) {
    append("{\"ts\":\"");
    append_time(out_, now);
    append("\"");
    add("level", level_name);
    add("event", event);
  } else {
    append_time(out_, now);
    append(" ");
    append(level_name);
    append(level_name.size() == 4 ? "  " : " ");
    append(event);
  }
}

void log_line::message(std::string_view text) {
  if (json_) return add("message", text);
  append(": ");
  append_escaped(out_, text);
}

void log_line::add(std::string_view name, std::string_view value) {
  add_name(name);
  const bool quotes = json_ || value.empty() || value.find_first_of(" \"=\\") != value.npos;
  if (quotes) out_.push_back('"');
  append_escaped(out_, value);
  if (quotes) out_.push_back('"');
}

void log_line::add(std::string_view name, std::chrono::microseconds value) {
  add_name(name);
  const auto micros = static_cast<std::uint64_t>(value.count() < 0 ? 0 : value.count());
  append(fmt::format_int(micros / 1000));
  const std::uint64_t rest = micros % 1000;
  const std::array<char, 4> decimals{'.', static_cast<char>('0' + rest / 100),
                                     static_cast<char>('0' + rest / 10 % 10),
                                     static_cast<char>('0' + rest % 10)};
  append({decimals.data(), decimals.size()});
}

std::string_view log_line::end() {
  append(json_ ? "}\n" : "\n");
  return out_;
}

void log_line::add_name(std::string_view name) {
  // Put together first: a request's line has two dozen names, and each append has its price.
  std::array<char, max_name + 4> piece;
  char* end = piece.data();
  if (json_) {
    *end++ = ',';
    *end++ = '"';
  } else {
    *end++ = ' ';
  }
  end = std::copy_n(name.data(), std::min(name.size(), max_name), end);
  if (json_) {
    *end++ = '"';
    *end++ = ':';
  } else {
    *end++ = '=';
  }
  out_.append(piece.data(), end);
}

}  // namespace gemkeeper::app
