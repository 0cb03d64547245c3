#include <gemkeeper/app/log_line.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>

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

constexpr std::size_t most_escaped = 6;  // of one byte: \u001b

// Eight bytes at once: is none of them special?
bool are_plain(std::uint64_t word) {
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 0xff, tops = ones << 7U;
  const auto has_zero = [](std::uint64_t w) { return (w - ones) & ~w; };
  const std::uint64_t below_space = (word - ones * ' ') & ~word;
  return ((word | below_space | has_zero(word ^ (ones * '"')) | has_zero(word ^ (ones * '\\')) |
           has_zero(word ^ (ones * 0x7f))) &
          tops) == 0;
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

char* put_code(char* at, unsigned code) {
  return fmt::format_to(at, "\\u{:04x}", code);
}

// Writes what stands for the first character of `text`, which is not plain, and takes it off.
char* put_special(char* at, std::string_view& text) {
  const char c = text[0];
  const auto byte = static_cast<unsigned char>(c);
  const char letter = c == '"' || c == '\\' ? c
                      : c == '\n'           ? 'n'
                      : c == '\r'           ? 'r'
                      : c == '\t'           ? 't'
                                            : '\0';
  std::size_t length = 1;
  if (letter != '\0') {
    *at++ = '\\';
    *at++ = letter;
  } else if (byte < 0x80) {
    at = put_code(at, byte);
  } else if (length = utf8_length(text); length == 0) {
    at = put_code(at, 0xfffd);
    length = 1;
  } else if (const auto second = static_cast<unsigned char>(text[1]);
             byte == 0xc2 && second < 0xa0) {
    // U+0080 to U+009F steer terminals as the escape character does.
    at = put_code(at, second);
  } else {
    at = std::copy_n(text.data(), length, at);
  }
  text.remove_prefix(length);
  return at;
}

// Copies what is plain from the start of `text`, all of it or only a part.
std::size_t copy_plain(char* at, std::string_view text) {
  std::uint64_t word = 0;
  constexpr std::size_t whole = sizeof(word), half = whole / 2;
  const std::size_t size = text.size();
  std::size_t done = 0;
  for (; size - done >= whole; done += whole) {
    std::memcpy(&word, text.data() + done, whole);
    if (!are_plain(word)) break;
    std::memcpy(at + done, &word, whole);
  }
  // The rest, together with some before it.
  if (size >= whole && size - done < whole) {
    std::memcpy(&word, text.data() + size - whole, whole);
    if (are_plain(word)) {
      std::memcpy(at + size - whole, &word, whole);
      return size;
    }
  } else if (size >= half && size < whole) {
    std::memcpy(&word, text.data(), half);
    std::memcpy(reinterpret_cast<char*>(&word) + half, text.data() + size - half, half);
    if (are_plain(word)) {
      std::memcpy(at, &word, half);
      std::memcpy(at + size - half, reinterpret_cast<const char*>(&word) + half, half);
      return size;
    }
  }
  for (; done < size && is_plain(text[done]); ++done)
    at[done] = text[done];
  return done;
}

// `at` has room for `most_escaped` times the text.
char* put_escaped(char* at, std::string_view text) {
  while (true) {
    const std::size_t plain = copy_plain(at, text);
    at += plain;
    text.remove_prefix(plain);
    if (text.empty()) return at;
    at = put_special(at, text);
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + most_escaped * text.size());
  const char* const end = put_escaped(out.data() + before, text);
  out.resize(static_cast<std::size_t>(end - out.data()));
}

void log_line::begin(system_clock::time_point now, log_level level, std::string_view event) {
  const std::string_view level_name = level_names[static_cast<std::size_t>(level)];
  need(most_escaped * event.size() + 2 * spare);
  if (json_) {
    put("{\"ts\":\"");
    put_time(now);
    put("\"");
    add("level", level_name);
    add("event", event);
  } else {
    put_time(now);
    put(" ");
    put(level_name.data(), level_name.size());
    put("  ", level_name.size() == 4 ? 2 : 1);
    put(event.data(), event.size());
  }
}

void log_line::message(std::string_view text) {
  if (json_) return add("message", text);
  need(most_escaped * text.size() + spare);
  put(": ");
  at_ = put_escaped(at_, text);
}

std::string_view log_line::end() {
  need(spare);
  json_ ? put("}\n") : put("\n");
  return {buffer_.data(), at_};
}

void log_line::add_value(std::string_view value) {
  need(most_escaped * value.size() + spare);
  const bool quotes = json_ || value.empty() || value.find_first_of(" \"=\\") != value.npos;
  if (quotes) put("\"");
  at_ = put_escaped(at_, value);
  if (quotes) put("\"");
}

void log_line::add_value(std::chrono::microseconds value) {
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0));
  at_ = std::to_chars(at_, end_, micros / 1000).ptr;
  const std::uint64_t rest = micros % 1000;
  *at_++ = '.';
  *at_++ = static_cast<char>('0' + rest / 100);
  *at_++ = static_cast<char>('0' + rest / 10 % 10);
  *at_++ = static_cast<char>('0' + rest % 10);
}

// "2026-07-01T12:00:00.123Z". A thread formats a second but once.
void log_line::put_time(system_clock::time_point now) {
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
  put(last.text.data(), size);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(now - whole).count();
  *at_++ = static_cast<char>('0' + rest / 100);
  *at_++ = static_cast<char>('0' + rest / 10 % 10);
  *at_++ = static_cast<char>('0' + rest % 10);
  *at_++ = 'Z';
}

void log_line::grow(std::size_t size) {
  constexpr std::size_t first_size = 2048;  // a request's line has some 900 bytes
  const auto used = static_cast<std::size_t>(at_ - buffer_.data());
  buffer_.resize(std::max({first_size, used + size, 2 * buffer_.size()}));
  at_ = buffer_.data() + used;
  end_ = buffer_.data() + buffer_.size();
}

}  // namespace gemkeeper::app
