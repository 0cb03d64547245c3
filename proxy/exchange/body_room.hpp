// The memory that the bodies of a worker's requests share.
#pragma once

#include "exchange/write_back.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace gemkeeper::proxy {

// Bytes, of which bodies take some and give them back. Not thread-safe.
class body_room {
 public:
  static constexpr std::uint64_t unbounded = std::numeric_limits<std::uint64_t>::max();

  explicit body_room(std::uint64_t size = unbounded) : size_(size) {}

  // What is taken stays so.
  void resize(std::uint64_t size) { size_ = size; }
  [[nodiscard]] bool bounded() const { return size_ != unbounded; }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

  [[nodiscard]] bool take(std::uint64_t bytes) {
    if (bytes > size_ - std::min(size_, taken_)) return false;
    taken_ += bytes;
    return true;
  }
  void give_back(std::uint64_t bytes) { taken_ -= bytes; }

  // As much again may be on its way to the disk.
  void wrote(int file, std::uint64_t offset, std::size_t bytes) {
    files_.wrote(file, offset, bytes, size_);
  }
  void forget(int file) { files_.forget(file); }

 private:
  std::uint64_t size_;
  std::uint64_t taken_ = 0;
  write_back files_;
};

}  // namespace gemkeeper::proxy
