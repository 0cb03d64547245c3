#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace gemkeeper::proxy {

// Memory that the connections of a thread share, for bytes on their way within one step. Made when
// the thread first needs it: an array that is thread_local is cleared, and so is resident, in every
// thread of the process, also in those that move no bytes.
class thread_room {
 public:
  explicit constexpr thread_room(std::size_t size) : size_(size) {}

  [[nodiscard]] std::span<char> bytes() {
    if (!bytes_) bytes_ = std::make_unique_for_overwrite<char[]>(size_);
    return {bytes_.get(), size_};
  }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace gemkeeper::proxy
