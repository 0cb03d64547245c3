#include "exchange/write_back.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace gemkeeper::proxy {

namespace {

// A container's own root. It passes fadvise and fdatasync on to the file below, but not
// sync_file_range (fs/overlayfs/file.c).
bool is_overlay(int file) {
  struct statfs system {};
  return ::fstatfs(file, &system) == 0 && system.f_type == OVERLAYFS_SUPER_MAGIC;
}

}  // namespace

void write_back::wrote(int file, std::uint64_t offset, std::size_t size, std::uint64_t limit) {
  const auto from = static_cast<off64_t>(offset);
  const auto length = static_cast<off64_t>(size);
  const bool overlay = is_overlay(file);
  if (overlay) {
    ::posix_fadvise(file, from, length, POSIX_FADV_DONTNEED);
  } else {
    ::sync_file_range(file, from, length, SYNC_FILE_RANGE_WRITE);
  }
  pieces_.push_back({file, overlay, from, length});
  bytes_ += size;
  while (bytes_ > limit)
    wait_for_oldest();
}

void write_back::wait_for_oldest() {
  const piece oldest = pieces_.front();
  if (oldest.overlay) {
    ::fdatasync(oldest.file);
    forget(oldest.file);
    return;
  }
  constexpr unsigned on_disk =
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  ::sync_file_range(oldest.file, oldest.offset, oldest.size, on_disk);
  bytes_ -= static_cast<std::uint64_t>(oldest.size);
  pieces_.pop_front();
}

void write_back::forget(int file) {
  std::erase_if(pieces_, [&](const piece& one) {
    if (one.file != file) return false;
    bytes_ -= static_cast<std::uint64_t>(one.size);
    return true;
  });
}

}  // namespace gemkeeper::proxy
