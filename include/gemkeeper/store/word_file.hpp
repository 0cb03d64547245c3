// Words of memory that outlive the process, for it is mapped from a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace gemkeeper::store {

// What is written there survives the end of the process, SIGKILL too, for the kernel keeps the
// pages; a power cut, what `sync` has returned from.
class word_file {
 public:
  // Opens it, or makes it of zeros, mode 0600, with all its blocks, so that a full disk cannot hurt
  // later. One of another size, or that this program did not make, is begun anew. Throws `error`.
  word_file(const std::filesystem::path& path, std::size_t count);
  word_file(const word_file&) = delete;
  word_file& operator=(const word_file&) = delete;
  ~word_file();

  [[nodiscard]] std::span<std::uint64_t> words() const;
  // Waits until it is on the disk. From any thread.
  void sync() const noexcept;

 private:
  void* memory_;
  std::size_t size_;  // bytes
};

}  // namespace gemkeeper::store
