// The JSON text of an answer, freed from its framing.
#pragma once

#include <gemkeeper/gemini/endpoint.hpp>

#include <cstdint>
#include <string_view>

namespace gemkeeper::gemini {

// Fed with an answer's bytes in order, split anywhere; hands out views into them. Server-sent
// events as the HTML standard defines them (LF, CRLF or CR, comments, data over several lines);
// JSON that stands in a stream unframed, as Google's errors do, is passed on as it is.
class answer_text {
 public:
  struct piece {
    enum class type : std::uint8_t {
      none,       // the input is used up
      json,       // `text` continues the current document
      event_end,  // what follows starts afresh
    };
    type kind = type::none;
    std::string_view text;
  };

  explicit answer_text(answer_form form) { reset(form); }
  void reset(answer_form form);
  piece next(std::string_view& body);

 private:
  enum class line : std::uint8_t { start, data, other, unframed, ignored };

  bool start_line(std::string_view& body);
  void end_line(char c);

  line line_ = line::unframed;
  std::uint8_t matched_ = 0;  // bytes of "data:" seen on this line
  bool after_cr_ = false;     // a LF here belongs to the CR before it
};

}  // namespace gemkeeper::gemini
