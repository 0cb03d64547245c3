#include "http/chunked.hpp"

#include "http/framing.hpp"
#include "http/head.hpp"
#include <gemkeeper/gemini/credential.hpp>

namespace gemkeeper::proxy::http {

namespace {

constexpr std::uint32_t max_size_line = 1024;  // size and extensions of one chunk
constexpr std::uint32_t max_trailer_section = 8 * 1024;
constexpr std::size_t max_chunk = std::size_t{1} << 48;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// RFC 9110, 6.5.1: fields that frame, route, authenticate or describe the content must not come
// after it.
bool may_trail(std::string_view name) {
  return is_token(name) && !is_hop_by_hop(name) && !is_never_hop_by_hop(name) &&
         !gemini::is_credential_field(name) && !iequals(name, "Expect");
}

}  // namespace

void chunked_reader::read(char c) {
  const auto expect = [&](char wanted, step next) {
    if (c == wanted) {
      step_ = next;
    } else {
      status_ = state::bad;
    }
  };
  if (step_ != step::data_cr && step_ != step::data_lf &&
      ++overhead_ > (step_ < step::data ? max_size_line : max_trailer_section)) {
    status_ = state::bad;
    return;
  }
  switch (step_) {
    case step::size_first:
    case step::size: {
      const int digit = hex_digit(c);
      if (digit >= 0) {
        left_ = left_ * 16 + static_cast<std::size_t>(digit);
        step_ = step::size;
        if (left_ > max_chunk) status_ = state::bad;
      } else if (step_ == step::size_first) {
        status_ = state::bad;
      } else if (c == ';') {
        step_ = step::extension;
      } else {
        expect('\r', step::size_lf);
      }
      break;
    }
    case step::extension:
      if (c == '\r') {
        step_ = step::size_lf;
      } else if (c != '\t' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)) {
        status_ = state::bad;
      }
      break;
    case step::size_lf:
      expect('\n', step::data);
      if (status_ == state::more) size_done();
      break;
    case step::data:
      break;  // handled by `feed`
    case step::data_cr:
      expect('\r', step::data_lf);
      break;
    case step::data_lf:
      expect('\n', step::size_first);
      left_ = 0;
      overhead_ = 0;
      break;
    case step::trailer:
      if (c == '\r') {
        step_ = step::trailer_lf;
      } else if (c == '\n') {
        status_ = state::bad;
      } else {
        line_ += c;
      }
      break;
    case step::trailer_lf:
      expect('\n', step::trailer);
      if (status_ == state::more) trailer_line_done();
      break;
  }
}

void chunked_reader::size_done() {
  content_ += left_;
  if (left_ != 0) return;
  step_ = step::trailer;
  overhead_ = 0;
}

void chunked_reader::trailer_line_done() {
  if (line_.empty()) {
    status_ = state::done;
    return;
  }
  const std::string_view line = line_;
  const std::size_t colon = line.find(':');
  bool fine = colon != std::string_view::npos && may_trail(line.substr(0, colon));
  for (const char c : line)
    fine = fine && (c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  if (!fine) status_ = state::bad;
  line_.clear();
}

}  // namespace gemkeeper::proxy::http
