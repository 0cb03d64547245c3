#include <gemkeeper/gemini/answer_text.hpp>

#include <algorithm>
#include <utility>

namespace gemkeeper::gemini {
namespace {

constexpr std::string_view data_field = "data:";

bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

// Through the end of the line, or everything. JSON has no raw line end, so in a megabyte of base64
// both searches run at memchr speed.
std::string_view take_line(std::string_view& body) {
  std::string_view line = body.substr(0, body.find('\n'));
  line = body.substr(0, std::min(line.find('\r'), line.size()) + 1);
  body.remove_prefix(line.size());
  return line;
}

}  // namespace

void answer_text::reset(answer_form form) {
  matched_ = 0;
  after_cr_ = false;
  switch (form) {
    case answer_form::sse:
      line_ = line::start;
      break;
    case answer_form::opaque:
      line_ = line::ignored;
      break;
    default:
      line_ = line::unframed;
      break;
  }
}

answer_text::piece answer_text::next(std::string_view& body) {
  while (!body.empty()) {
    switch (line_) {
      case line::unframed:
        return {piece::type::json, std::exchange(body, {})};
      case line::ignored:
        body = {};
        break;
      case line::start:
        if (start_line(body)) return {piece::type::event_end, {}};
        break;
      case line::data:
      case line::other: {
        const std::string_view text = take_line(body);
        const bool data = line_ == line::data;
        if (is_line_end(text.back())) end_line(text.back());
        // With its end, which separates it from the next line's text as the standard wants it.
        if (data) return {piece::type::json, text};
        break;
      }
    }
  }
  return {};
}

void answer_text::end_line(char c) {
  line_ = line::start;
  matched_ = 0;
  after_cr_ = c == '\r';
}

// One byte of a line whose kind is open. True: the line is empty, which ends an event.
bool answer_text::start_line(std::string_view& body) {
  const char c = body.front();
  const bool second_of_crlf = std::exchange(after_cr_, false) && c == '\n';
  const bool empty = matched_ == 0 && is_line_end(c) && !second_of_crlf;
  if (empty) end_line(c);
  if (empty || second_of_crlf) {
    body.remove_prefix(1);
  } else if (matched_ == 0 && (c == '{' || c == '[')) {
    line_ = line::unframed;
  } else if (c != data_field[matched_]) {
    line_ = line::other;
  } else {
    body.remove_prefix(1);
    if (++matched_ == data_field.size()) line_ = line::data;
  }
  return empty;
}

}  // namespace gemkeeper::gemini
