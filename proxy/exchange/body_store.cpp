#include "exchange/body_store.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::size_t file_piece = 64 * 1024;

const char* temporary_directory() {
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

bool is_in_memory(int file) {
  struct statfs system {};
  return ::fstatfs(file, &system) == 0 &&
         (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC);
}

}  // namespace

body_store::~body_store() {
  clear();
}

void body_store::start(std::size_t memory_limit, std::uint64_t expected) {
  clear();
  memory_limit_ = memory_limit;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(expected, memory_limit));
  if (wanted > free_size) {
    grow(wanted);
  } else {
    memory_.reserve(wanted);
  }
}

bool body_store::take(std::uint64_t bytes) {
  if (room_.take(bytes)) {
    taken_ += bytes;
    return true;
  }
  lacks_room_ = true;
  return false;
}

// What there is no room for goes to the file.
void body_store::grow(std::size_t wanted) {
  if (wanted <= memory_.capacity()) return;
  const std::size_t held = std::max(free_size, static_cast<std::size_t>(taken_));
  const std::size_t goal =
      std::min(memory_limit_, std::max(wanted, taken_ == 0 ? wanted : memory_.capacity() * 2));
  if (goal > held && !take(goal - taken_)) {
    memory_limit_ = std::min(memory_limit_, std::max(memory_.capacity(), free_size));
    return;
  }
  memory_.reserve(goal);
}

bool body_store::append(std::string_view bytes) {
  if (file_ < 0) {
    if (memory_.size() + bytes.size() > std::max(memory_.capacity(), free_size)) {
      grow(std::min(memory_limit_, memory_.size() + bytes.size()));
    }
    const std::size_t left = memory_limit_ - std::min(memory_limit_, memory_.size());
    const std::string_view remembered = bytes.substr(0, left);
    memory_.append(remembered);
    bytes.remove_prefix(remembered.size());
  }
  if (bytes.empty()) return true;
  if (file_ < 0 && !open_file()) return false;
  if (file_in_memory_ && !take(bytes.size())) {
    problem_ = "other bodies have the memory for it, and so have files in ";
    problem_ += temporary_directory();
    return false;
  }
  return write(bytes);
}

bool body_store::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      problem_ = std::string("cannot write a temporary file in ") + temporary_directory() + ": " +
                 std::strerror(errno);
      return false;
    }
    file_size_ += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  if (room_.bounded() && !file_in_memory_ && file_size_ - sent_to_disk_ >= file_piece) {
    room_.wrote(file_, sent_to_disk_, static_cast<std::size_t>(file_size_ - sent_to_disk_));
    sent_to_disk_ = file_size_;
  }
  return true;
}

bool body_store::open_file() {
  file_ = ::open(temporary_directory(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file_ < 0) {
    // Not every file system has O_TMPFILE.
    std::string name = std::string(temporary_directory()) + "/gemkeeper-XXXXXX";
    file_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (file_ >= 0) ::unlink(name.c_str());
  }
  if (file_ < 0) {
    problem_ = std::string("cannot make a temporary file in ") + temporary_directory() + ": " +
               std::strerror(errno);
  }
  file_in_memory_ = file_ >= 0 && room_.bounded() && is_in_memory(file_);
  return file_ >= 0;
}

void body_store::clear() {
  memory_.clear();
  if (memory_.capacity() > free_size) memory_.shrink_to_fit();
  if (taken_ != 0) room_.give_back(std::exchange(taken_, 0));
  if (sent_to_disk_ != 0) room_.forget(file_);
  if (file_ >= 0) ::close(file_);
  file_ = -1;
  file_in_memory_ = lacks_room_ = false;
  file_size_ = sent_to_disk_ = 0;
  problem_.clear();
}

std::string_view body_store::read(std::uint64_t offset, std::string& scratch) const {
  if (offset < memory_.size()) return std::string_view(memory_).substr(offset);
  const std::uint64_t in_file = offset - memory_.size();
  if (file_ < 0 || in_file >= file_size_) return {};
  scratch.resize(file_piece);
  const ssize_t n = ::pread(file_, scratch.data(), scratch.size(), static_cast<off_t>(in_file));
  return {scratch.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

}  // namespace gemkeeper::proxy
