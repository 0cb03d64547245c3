// Files that are written no faster than they get to the disk, where memory is limited.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace gemkeeper::proxy {

// What was written to a file is memory of the container until it is on the disk. Where that memory
// is short, Linux lets the writer wait in a control group of version 2, and may end the process in
// one of version 1 (Documentation/admin-guide/cgroup-v2.rst, "Writeback"). Not thread-safe.
class write_back {
 public:
  // Has the disk write `size` bytes of `file` from `offset` on, and blocks until at most `limit`
  // bytes of all files are not there yet. Errors of the disk are told by the file itself.
  void wrote(int file, std::uint64_t offset, std::size_t size, std::uint64_t limit);
  // `file` is about to be closed.
  void forget(int file);

 private:
  struct piece {
    int file;
    bool overlay;  // its file system is
    std::int64_t offset;
    std::int64_t size;
  };

  void wait_for_oldest();

  std::deque<piece> pieces_;
  std::uint64_t bytes_ = 0;
};

}  // namespace gemkeeper::proxy
