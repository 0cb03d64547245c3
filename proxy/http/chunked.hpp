// The chunked transfer coding (RFC 9112, section 7.1), read on the side: the bytes themselves pass
// as they are, this only says where the data is and where the body ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::proxy::http {

// Fed in order, split anywhere. Refuses bad sizes, bare CR or LF, over-long extensions and
// trailers, and trailer fields that could change framing, routing or identity.
class chunked_reader {
 public:
  enum class state : std::uint8_t { more, done, bad };

  // Consumes from `bytes` up to the end of the body; calls `data(std::string_view)` for each piece
  // of content. Returns how many bytes belong to the body; on `bad`, how many were fine.
  template <class Data>
  std::size_t feed(std::string_view bytes, Data&& data) {
    std::size_t used = 0;
    while (used < bytes.size() && status_ == state::more) {
      if (step_ == step::data) {
        const std::string_view piece = bytes.substr(used, left_);
        data(piece);
        used += piece.size();
        left_ -= piece.size();
        if (left_ == 0) step_ = step::data_cr;
      } else {
        read(bytes[used]);
        if (status_ != state::bad) ++used;
      }
    }
    return used;
  }

  [[nodiscard]] state status() const { return status_; }
  [[nodiscard]] std::uint64_t content_bytes() const { return content_; }
  void reset() {
    line_.clear();
    status_ = state::more;
    step_ = step::size_first;
    left_ = content_ = 0;
    overhead_ = 0;
  }

 private:
  enum class step : std::uint8_t {
    size_first,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,
    trailer_lf
  };
  void read(char c);
  void size_done();
  void trailer_line_done();

  std::string line_;  // of the trailer section
  state status_ = state::more;
  step step_ = step::size_first;
  std::size_t left_ = 0;        // of this chunk's data
  std::uint64_t content_ = 0;   // announced so far
  std::uint32_t overhead_ = 0;  // bytes of this size line, or of the whole trailer section
};

}  // namespace gemkeeper::proxy::http
