// A request's body, kept so that it can be sent again with another key: in memory up to a limit,
// the rest in an unlinked temporary file.
#pragma once

#include "exchange/body_room.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// Not thread-safe. File access blocks; the file is in the page cache or it is not worth keeping.
// Where memory is limited, writing waits for the disk.
class body_store {
 public:
  // Up to this a body is part of what its connection takes, and needs none of the room.
  static constexpr std::size_t free_size = 16 * 1024;

  // `room` outlives it.
  explicit body_store(body_room& room) : room_(room) {}
  body_store(const body_store&) = delete;
  body_store& operator=(const body_store&) = delete;
  ~body_store();

  // `expected` bytes, where the sender announced it. In memory are at most `memory_limit` bytes,
  // and no more than there is room for.
  void start(std::size_t memory_limit, std::uint64_t expected);
  // False: the bytes cannot be kept; `problem()` says why.
  bool append(std::string_view bytes);
  // Gives memory, room and file back.
  void clear();

  [[nodiscard]] std::uint64_t size() const { return memory_.size() + file_size_; }
  [[nodiscard]] bool in_memory() const { return file_ < 0; }
  [[nodiscard]] std::string_view memory() const { return memory_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Other bodies have the room that this one would have needed, so waiting helps.
  [[nodiscard]] bool lacks_room() const { return lacks_room_; }

  // The bytes from `offset` on, as many as there are in one piece; from the file by way of
  // `scratch`. Empty: the end, or the file cannot be read.
  std::string_view read(std::uint64_t offset, std::string& scratch) const;

 private:
  bool take(std::uint64_t bytes);
  void grow(std::size_t wanted);
  bool write(std::string_view bytes);
  bool open_file();

  body_room& room_;
  std::uint64_t taken_ = 0;  // of the room
  std::string memory_;
  std::size_t memory_limit_ = 0;
  int file_ = -1;
  bool file_in_memory_ = false;  // its file system is, so it takes of the room too
  bool lacks_room_ = false;
  std::uint64_t file_size_ = 0;
  std::uint64_t sent_to_disk_ = 0;
  std::string problem_;
};

}  // namespace gemkeeper::proxy
