#include "lock_file.hpp"

#include <gemkeeper/store/error.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace gemkeeper::store {
namespace {

std::string owner_of(int file) {
  std::array<char, 24> text{};
  const ssize_t got = ::pread(file, text.data(), text.size() - 1, 0);
  const std::string pid(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

lock_file::lock_file(const std::filesystem::path& path)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)) {
  if (file_ < 0) {
    const bool read_only = errno == EACCES || errno == EROFS || errno == EPERM;
    const bool full = errno == ENOSPC || errno == EDQUOT;
    throw error(
        full        ? fault::disk_full
        : read_only ? fault::read_only
                    : fault::cannot_open,
        fmt::format("storage: cannot make \"{}\": {} ({})", path.native(), std::strerror(errno),
                    full ? "make room on its disk"
                         : "make the directory writable, or change storage.path"));
  }
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    const std::string owner = owner_of(file_);
    ::close(file_);
    throw error(fault::in_use,
                fmt::format("storage: \"{}\" is locked by {}: stop that gemkeeper, or "
                            "give this one another storage.path",
                            path.native(), owner));
  }
  // Only for the message above: on a full disk it does without.
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(file_, 0) == 0) {
    [[maybe_unused]] const ssize_t ignored = ::pwrite(file_, pid.data(), pid.size(), 0);
  }
}

lock_file::~lock_file() {
  ::close(file_);
}

}  // namespace gemkeeper::store
