// Files that hold secrets: read whole, written whole or not at all.
#pragma once

#include "net/unique_fd.hpp"

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// A file's bytes, cleaned from memory when it goes.
class secret_text {
 public:
  explicit secret_text(std::string bytes) : bytes_(std::move(bytes)) {}
  secret_text(const secret_text&) = delete;
  secret_text& operator=(const secret_text&) = delete;
  ~secret_text();

  [[nodiscard]] std::string_view view() const { return bytes_; }

 private:
  std::string bytes_;
};

// Throw ca_error, `cannot read "PATH": permission denied`.
secret_text read_secret(const std::filesystem::path& file);
void make_private_directory(const std::filesystem::path& directory);  // 0700; its parents exist

// Replaces `name` in `directory` as one step, also through a power cut, with the bytes of `parts`.
// The caller holds the directory's lock.
void replace_file(const std::filesystem::path& directory, const std::string& name, mode_t mode,
                  std::initializer_list<std::string_view> parts);
void remove_file(const std::filesystem::path& file);

// Held by one process at a time, for as long as the object is there. Throws ca_error when another
// one keeps it for seconds.
class directory_lock {
 public:
  explicit directory_lock(const std::filesystem::path& directory);

 private:
  unique_fd file_;
};

// What changes when a file or directory is replaced or written to.
struct file_stamp {
  std::int64_t modified = 0;  // nanoseconds since 1970; 0: it is not there
  std::uint64_t inode = 0;
  std::int64_t size = 0;

  bool operator==(const file_stamp&) const = default;
};
file_stamp stamp_of(const std::filesystem::path& path);

}  // namespace gemkeeper::proxy
