#include "exchange/body_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace gemkeeper::proxy {

namespace {

constexpr std::size_t file_piece = 64 * 1024;
constexpr std::size_t kept_capacity = 16 * 1024;  // between requests

const char* temporary_directory() {
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

}  // namespace

body_store::~body_store() {
  clear();
}

void body_store::start(std::size_t memory_limit, std::uint64_t expected) {
  clear();
  memory_limit_ = memory_limit;
  memory_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(expected, memory_limit)));
}

bool body_store::append(std::string_view bytes) {
  const std::size_t room = memory_limit_ - std::min(memory_limit_, memory_.size());
  const std::string_view remembered = bytes.substr(0, file_ < 0 ? room : 0);
  memory_.append(remembered);
  bytes.remove_prefix(remembered.size());
  if (bytes.empty()) return true;
  if (file_ < 0 && !open_file()) return false;
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
  return file_ >= 0;
}

void body_store::clear() {
  memory_.clear();
  if (memory_.capacity() > kept_capacity) memory_.shrink_to_fit();
  if (file_ >= 0) ::close(file_);
  file_ = -1;
  file_size_ = 0;
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
