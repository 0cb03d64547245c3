#include "websocket/session_watch.hpp"

#include <algorithm>

namespace gemkeeper::proxy::websocket {

namespace {

constexpr std::size_t nothing = static_cast<std::size_t>(-1);

using part = frame_reader::part::type;

}  // namespace

// One that breaks the protocol is the server's to refuse.
std::size_t client_watch::pass(std::span<char> bytes) {
  std::string_view input(bytes.data(), bytes.size());
  for (;;) {
    const frame_reader::part next = reader_.next(input);
    if (next.kind == part::none || next.kind == part::bad) return bytes.size();
    closed_ = closed_ || (next.kind == part::end && reader_.frame_opcode() == opcode::close);
  }
}

std::size_t server_watch::pass(std::span<char> bytes) {
  if (broken_) return 0;
  std::string_view input(bytes.data() + held_, bytes.size() - held_);
  // Where what must be masked begins. What was held is the beginning of it.
  std::size_t masking = held_ != 0 ? 0 : nothing;
  for (;;) {
    const frame_reader::part next = reader_.next(input);
    const bool control = is_control(reader_.frame_opcode());
    const bool close = reader_.frame_opcode() == opcode::close;
    const std::size_t at = bytes.size() - input.size();
    switch (next.kind) {
      case part::header:
        break;
      case part::payload: {
        const std::size_t begin = at - next.bytes.size();
        if (close) {
          masking = std::min(masking, begin);
        } else if (!control) {
          messages_.feed(next.bytes);
          if (messages_.error_seen()) masking = std::min(masking, begin);
        }
        break;
      }
      case part::end:
        if (control && !close) break;
        if (masking != nothing) mask_.redact(bytes.data() + masking, at - masking);
        if (close) {
          const auto size = static_cast<std::size_t>(reader_.frame_size());
          closing_.assign(bytes.data() + (at - size), size);
          closed_ = true;
        } else if (reader_.is_final()) {
          messages_.end_message();
          if (messages_.has_new_usage() && on_usage_) on_usage_(messages_.take_new_usage());
          if (messages_.has_handles() && on_handle_) {
            for (const std::string& name : messages_.take_handles())
              on_handle_(name);
          }
        } else {
          // A key that goes on in the next fragment could not be masked.
          if (masking == nothing) break;
          broken_ = true;
          return masking;
        }
        masking = nothing;
        break;
      case part::none:
        if (masking == nothing) {
          held_ = 0;
          return bytes.size();
        }
        return hold(bytes, masking, close ? max_control_payload : longest_key_);
      case part::bad:
        broken_ = true;
        return std::min(masking, at);
    }
  }
}

// Masks what follows `from`, and keeps back what could be the beginning of a key.
std::size_t server_watch::hold(std::span<char> bytes, std::size_t from, std::size_t most) {
  mask_.redact(bytes.data() + from, bytes.size() - from);
  held_ = std::min({bytes.size() - from, most, most_held});
  return bytes.size() - held_;
}

}  // namespace gemkeeper::proxy::websocket
