#include "file_access.hpp"
#include <gemkeeper/store/word_file.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gemkeeper::store {
namespace {

constexpr std::uint64_t first_word = 0x31736472'6f776b67;  // "gkwords1", the first word

}  // namespace

word_file::word_file(const std::filesystem::path& path, std::size_t count)
    : size_((count + 1) * sizeof(std::uint64_t)) {
  const descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.value < 0) cannot("open", path, errno);
  struct stat found {};
  if (::fstat(file.value, &found) != 0) cannot("look at", path, errno);
  const bool fits = static_cast<std::size_t>(found.st_size) == size_;
  if (!fits && ::ftruncate(file.value, 0) != 0) cannot("empty", path, errno);
  const int problem = ::posix_fallocate(file.value, 0, static_cast<off_t>(size_));
  if (problem != 0) cannot("make room for", path, problem);
  memory_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file.value, 0);
  if (memory_ == MAP_FAILED) cannot("map", path, errno);
  auto* const first = static_cast<std::uint64_t*>(memory_);
  if (*first != first_word) std::memset(memory_, 0, size_);
  *first = first_word;
}

word_file::~word_file() {
  ::munmap(memory_, size_);
}

std::span<std::uint64_t> word_file::words() const {
  return {static_cast<std::uint64_t*>(memory_) + 1, size_ / sizeof(std::uint64_t) - 1};
}

void word_file::sync() const noexcept {
  ::msync(memory_, size_, MS_SYNC);
}

}  // namespace gemkeeper::store
