// Follows a message's body through its framing: what of the bytes at hand belongs to it, what of
// that is content, and where it ends.
#pragma once

#include "http/chunked.hpp"
#include "http/framing.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace gemkeeper::proxy::http {

class body_reader {
 public:
  enum class state : std::uint8_t { more, done, bad };

  void start(const framing& how) {
    kind_ = how.body;
    left_ = how.length;
    content_ = 0;
    chunks_.reset();
    state_ = kind_ == body_kind::none ? state::done : state::more;
  }

  // Returns how many of `bytes` are the body's, framing included; calls `data(std::string_view)`
  // for each piece of content among them.
  template <class Data>
  std::size_t feed(std::string_view bytes, Data&& data) {
    if (state_ != state::more || bytes.empty()) return 0;
    const auto count = [&](std::string_view piece) {
      content_ += piece.size();
      data(piece);
    };
    switch (kind_) {
      case body_kind::length: {
        const std::string_view mine = bytes.substr(0, left_);
        left_ -= mine.size();
        if (left_ == 0) state_ = state::done;
        count(mine);
        return mine.size();
      }
      case body_kind::chunked: {
        const std::size_t used = chunks_.feed(bytes, count);
        if (chunks_.status() == chunked_reader::state::done) state_ = state::done;
        if (chunks_.status() == chunked_reader::state::bad) state_ = state::bad;
        return used;
      }
      case body_kind::until_close:
        count(bytes);
        return bytes.size();
      case body_kind::none:
        break;
    }
    return 0;
  }

  // The peer sent its end in good order. False: the body is cut short.
  bool finish() {
    if (kind_ == body_kind::until_close && state_ == state::more) state_ = state::done;
    return state_ == state::done;
  }

  [[nodiscard]] state status() const { return state_; }
  [[nodiscard]] bool done() const { return state_ == state::done; }
  [[nodiscard]] std::uint64_t content_bytes() const { return content_; }
  // Content announced so far, received or not: what a limit is checked against.
  [[nodiscard]] std::uint64_t announced_bytes() const {
    return kind_ == body_kind::chunked ? chunks_.content_bytes() : content_ + left_;
  }

 private:
  body_kind kind_ = body_kind::none;
  state state_ = state::done;
  std::uint64_t left_ = 0;
  std::uint64_t content_ = 0;
  chunked_reader chunks_;
};

}  // namespace gemkeeper::proxy::http
