// A request's body, kept so that it can be sent again with another key: in memory up to a limit,
// the rest in an unlinked temporary file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// Not thread-safe. File access blocks; the file is in the page cache or it is not worth keeping.
class body_store {
 public:
  body_store() = default;
  body_store(const body_store&) = delete;
  body_store& operator=(const body_store&) = delete;
  ~body_store();

  // `expected` bytes, where the sender announced it.
  void start(std::size_t memory_limit, std::uint64_t expected);
  // False: the temporary file cannot be written; `problem()` says why.
  bool append(std::string_view bytes);
  // Gives memory and file back.
  void clear();

  [[nodiscard]] std::uint64_t size() const { return memory_.size() + file_size_; }
  [[nodiscard]] bool in_memory() const { return file_ < 0; }
  [[nodiscard]] std::string_view memory() const { return memory_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

  // The bytes from `offset` on, as many as there are in one piece; from the file by way of
  // `scratch`. Empty: the end, or the file cannot be read.
  std::string_view read(std::uint64_t offset, std::string& scratch) const;

 private:
  bool open_file();

  std::string memory_;
  std::size_t memory_limit_ = 0;
  int file_ = -1;
  std::uint64_t file_size_ = 0;
  std::string problem_;
};

}  // namespace gemkeeper::proxy
