// JSON text as a sequence of tokens, read in order and split anywhere. Builds no tree, allocates
// nothing, recurses never: the common ground of whatever looks into answers and requests.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gemkeeper::gemini {

// Decodes JSON escapes in place; \u beyond ASCII becomes '?'. Returns the new size.
std::size_t unescape_json(char* bytes, std::size_t size);

// A text kept in place. One that is longer than `capacity` is dropped as a whole and reads as
// empty.
template <std::size_t Capacity>
class text_within {
 public:
  static constexpr std::size_t capacity = Capacity;

  void clear() { size_ = 0; }
  void append(std::string_view more) {
    if (too_long() || more.size() > capacity - size_) {
      size_ = capacity + 1;
      return;
    }
    std::copy(more.begin(), more.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += more.size();
  }
  void assign(std::string_view text) {
    clear();
    append(text);
  }
  void unescape() {
    if (!too_long()) size_ = unescape_json(bytes_.data(), size_);
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), too_long() ? 0 : size_}; }
  [[nodiscard]] bool untouched() const { return size_ == 0; }  // nothing was appended

 private:
  [[nodiscard]] bool too_long() const { return size_ > capacity; }

  std::array<char, Capacity> bytes_;
  std::size_t size_ = 0;
};
using bounded_text = text_within<96>;

struct json_token {
  enum class type : std::uint8_t {
    none,  // the input is used up
    open_object,
    open_array,
    close,   // of either
    key,     // `text` is the name
    string,  // a value
    scalar,  // number, true, false, null, or whatever else stands there
  };
  type kind = type::none;
  // Escapes decoded; empty when longer than `json_scanner::longest_text`. Valid until the next
  // call.
  std::string_view text;
};

// Lenient: text that is no JSON gives some tokens or none, never an error. Several documents may
// follow one another. Long strings are skipped at memchr speed.
class json_scanner {
 public:
  // Levels that give tokens; what is nested deeper is skipped as by `leave`.
  static constexpr std::uint32_t max_depth = 64;
  // In bytes as they stand: a file's address, an interaction's id, any name.
  static constexpr std::size_t longest_text = 384;

  void reset();
  // Takes one token from the front of `input`; its bytes need not be given again.
  json_token next(std::string_view& input);
  // Right after an opening token: nothing in this object or array gives a token, nor does its end.
  void leave();
  // Right after a `key` token: its value, if it is a string, gives no token and is not looked at.
  void ignore_string() { ignoring_ = true; }
  // How many objects and arrays are open, `leave`d ones not counted.
  [[nodiscard]] std::uint32_t depth() const { return depth_; }

 private:
  enum class state : std::uint8_t { between, in_string, in_scalar };

  json_token open(json_token::type kind);
  json_token close();
  json_token finish_string(std::string_view& input);
  json_token finish_scalar(std::string_view& input);
  json_token captured(json_token::type kind, std::string_view rest);
  void pass_string(std::string_view& input);
  void skip(std::string_view& input);
  std::size_t find_closing_quote(std::string_view input);
  [[nodiscard]] bool in_object() const { return (objects_ & 1) != 0; }

  std::uint64_t objects_ = 0;   // one bit per level, the innermost lowest: object or array
  std::uint64_t skipping_ = 0;  // open levels below the one that was left
  std::uint32_t depth_ = 0;
  state state_ = state::between;
  bool key_next_ = false;               // a string here would be a member's name
  bool ignoring_ = false;               // the string that follows
  bool escaped_ = false;                // the last byte was a backslash that escapes the next one
  text_within<longest_text> captured_;  // the token's bytes from earlier inputs
};

}  // namespace gemkeeper::gemini
