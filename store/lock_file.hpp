// One process at a time: an advisory lock on a file beside the database.
#pragma once

#include <filesystem>

namespace gemkeeper::store {

class lock_file {
 public:
  // Throws `error`: `in_use` with the other's process id, `cannot_open`, `read_only`.
  explicit lock_file(const std::filesystem::path& path);
  lock_file(const lock_file&) = delete;
  lock_file& operator=(const lock_file&) = delete;
  // The kernel lets go of it with the last descriptor; the file stays, for removing it would let
  // two processes lock two files of one name.
  ~lock_file();

 private:
  int file_;
};

}  // namespace gemkeeper::store
