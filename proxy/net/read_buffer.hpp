// Bytes received and not consumed yet, in one piece of memory.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace gemkeeper::proxy {

class read_buffer {
 public:
  [[nodiscard]] std::string_view bytes() const { return {storage_.get() + begin_, end_ - begin_}; }
  // The same, for whoever masks a key in place.
  [[nodiscard]] std::span<char> writable_bytes() {
    return {storage_.get() + begin_, end_ - begin_};
  }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  void consume(std::size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = reserved_ ? end_ : 0;
  }

  // Room for the next read, at least `wanted` bytes; moves what is there when that makes the room.
  // Must not be called while a read into the last room is under way.
  std::span<char> reserve(std::size_t wanted) {
    if (capacity_ - end_ < wanted) {
      const std::size_t used = size();
      if (capacity_ < used + wanted) {
        std::size_t grown = capacity_ == 0 ? wanted : capacity_ * 2;
        if (grown < used + wanted) grown = used + wanted;
        std::unique_ptr<char[]> larger(new char[grown]);
        if (used != 0) std::memcpy(larger.get(), storage_.get() + begin_, used);
        storage_ = std::move(larger);
        capacity_ = grown;
      } else {
        std::memmove(storage_.get(), storage_.get() + begin_, used);
      }
      begin_ = 0;
      end_ = used;
    }
    return room();
  }
  [[nodiscard]] std::span<char> room() { return {storage_.get() + end_, capacity_ - end_}; }
  void commit(std::size_t n) { end_ += n; }

  // While a read is under way the room stays where it is.
  void hold(bool reading) { reserved_ = reading; }

  void release() {
    storage_.reset();
    begin_ = end_ = capacity_ = 0;
  }

 private:
  std::unique_ptr<char[]> storage_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
  bool reserved_ = false;
};

}  // namespace gemkeeper::proxy
