#include "websocket/frame_reader.hpp"

#include <algorithm>

namespace gemkeeper::proxy::websocket {

namespace {

constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_16 = 126;
constexpr std::uint8_t length_64 = 127;
constexpr std::size_t mask_size = 4;

std::uint8_t byte_of(char c) {
  return static_cast<std::uint8_t>(c);
}

bool is_known(std::uint8_t code) {
  return code <= 2 || (code >= 8 && code <= 10);
}

}  // namespace

std::size_t frame_reader::header_needed() const {
  if (header_size_ < 2) return 2;
  const std::uint8_t second = byte_of(header_[1]);
  const std::uint8_t length = second & ~mask_bit & 0xff;
  const std::size_t extended = length == length_64 ? 8 : length == length_16 ? 2 : 0;
  return 2 + extended + ((second & mask_bit) != 0 ? mask_size : 0);
}

frame_reader::part frame_reader::next(std::string_view& input) {
  using type = part::type;
  if (state_ == state::bad) return {type::bad};
  if (state_ == state::payload) {
    if (left_ == 0) {
      state_ = state::header;
      if (!is_control(opcode_)) in_message_ = !final_;
      return {type::end};
    }
    if (input.empty()) return {type::none};
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    const std::string_view bytes = input.substr(0, taken);
    input.remove_prefix(taken);
    mask_at_ = static_cast<std::uint8_t>((size_ - left_) % mask_size);
    left_ -= taken;
    return {type::payload, bytes};
  }
  while (header_size_ < header_needed()) {
    if (input.empty()) return {type::none};
    header_[header_size_++] = input.front();
    input.remove_prefix(1);
  }
  return read_header();
}

frame_reader::part frame_reader::read_header() {
  const std::uint8_t first = byte_of(header_[0]);
  const std::uint8_t second = byte_of(header_[1]);
  const bool masked = (second & mask_bit) != 0;
  const std::uint8_t code = first & 0x0f;
  final_ = (first & final_bit) != 0;
  if ((first & reserved_bits) != 0) return fail("reserved bits without an extension");
  if (!is_known(code)) return fail("an unknown opcode");
  if (masked != (from_ == sender::client)) {
    return fail(masked ? "a server's frame with a mask" : "a client's frame without a mask");
  }
  opcode_ = static_cast<opcode>(code);

  const std::uint8_t length = second & ~mask_bit & 0xff;
  const std::size_t extended = length == length_64 ? 8 : length == length_16 ? 2 : 0;
  size_ = extended == 0 ? length : 0;
  for (std::size_t i = 0; i < extended; ++i)
    size_ = size_ << 8 | byte_of(header_[2 + i]);
  if (length == length_64 && size_ >> 63 != 0) return fail("a length of more than 63 bits");
  const bool longer_than_need =
      (length == length_16 && size_ < length_16) || (length == length_64 && size_ >> 16 == 0);
  if (longer_than_need) return fail("a length in more bytes than it needs");

  if (is_control(opcode_)) {
    if (!final_) return fail("a control frame in fragments");
    if (size_ > max_control_payload) return fail("a control frame of more than 125 bytes");
  } else if ((opcode_ == opcode::continuation) != in_message_) {
    return fail(in_message_ ? "a new message inside another" : "a continuation of no message");
  } else {
    in_message_ = true;
  }
  if (masked) std::copy_n(header_.begin() + 2 + extended, mask_size, mask_.begin());
  header_size_ = 0;
  left_ = size_;
  state_ = state::payload;
  return {part::type::header};
}

frame_reader::part frame_reader::fail(std::string_view why) {
  state_ = state::bad;
  problem_ = why;
  return {part::type::bad};
}

void frame_reader::unmask(std::span<char> payload) const {
  if (from_ == sender::server) return;
  std::size_t at = mask_at_;
  for (char& c : payload)
    c = static_cast<char>(c ^ mask_[at++ % mask_size]);
}

}  // namespace gemkeeper::proxy::websocket
