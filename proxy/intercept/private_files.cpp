#include "intercept/private_files.hpp"

#include <gemkeeper/proxy/certificate_authority.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace gemkeeper::proxy {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(std::string_view what, const fs::path& path, int error) {
  std::string reason = std::strerror(error);
  reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  throw ca_error(fmt::format("cannot {} \"{}\": {}", what, path.native(), reason));
}

void write_all(int file, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

secret_text::~secret_text() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

secret_text read_secret(const fs::path& path) {
  constexpr off_t largest = 1024 * 1024;
  // Not blocking, lest a FIFO holds the start up.
  const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) fail("read", path, errno);
  if (!S_ISREG(status.st_mode)) {
    throw ca_error(fmt::format("cannot read \"{}\": it is not a regular file", path.native()));
  }
  if (status.st_size > largest) fail("read", path, EFBIG);
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return secret_text(std::move(bytes));
}

void make_private_directory(const fs::path& directory) {
  if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    fail("make the directory", directory, errno);
  }
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) fail("read", directory, errno);
  if (!S_ISDIR(status.st_mode)) fail("use", directory, ENOTDIR);
  constexpr mode_t others = S_IRWXG | S_IRWXO;
  if ((status.st_mode & others) != 0 && ::chmod(directory.c_str(), S_IRWXU) != 0) {
    fail("make private (chmod 700)", directory, errno);
  }
}

void replace_file(const fs::path& directory, const std::string& name, mode_t mode,
                  std::initializer_list<std::string_view> parts) {
  const fs::path fresh = directory / "new.tmp";
  const fs::path path = directory / name;
  ::unlink(fresh.c_str());  // of a process that was killed meanwhile
  const unique_fd file(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file) fail("write", fresh, errno);
  try {
    if (::fchmod(file.get(), mode) != 0) fail("write", fresh, errno);  // whatever the umask
    for (const std::string_view part : parts)
      write_all(file.get(), part, fresh);
    if (::fsync(file.get()) != 0) fail("write", fresh, errno);
    if (::rename(fresh.c_str(), path.c_str()) != 0) fail("write", path, errno);
  } catch (const ca_error&) {
    ::unlink(fresh.c_str());
    throw;
  }
  const unique_fd parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || ::fsync(parent.get()) != 0) fail("write", directory, errno);
}

void remove_file(const fs::path& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) fail("remove", file, errno);
}

directory_lock::directory_lock(const fs::path& directory)
    : file_(::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                   S_IRUSR | S_IWUSR)) {
  if (!file_) fail("open", directory / "lock", errno);
  // Others hold it for milliseconds, unless they were stopped (SIGSTOP, a debugger).
  constexpr std::chrono::milliseconds patience{5000};
  constexpr std::chrono::milliseconds pause{5};
  for (auto waited = pause; ::flock(file_.get(), LOCK_EX | LOCK_NB) != 0; waited += pause) {
    if (errno != EWOULDBLOCK && errno != EINTR) fail("lock", directory / "lock", errno);
    if (waited > patience) {
      throw ca_error(fmt::format("another gemkeeper holds \"{}\" (has it been stopped?)",
                                 (directory / "lock").native()));
    }
    std::this_thread::sleep_for(pause);
  }
}

file_stamp stamp_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  constexpr std::int64_t second = 1'000'000'000;
  return {status.st_mtim.tv_sec * second + status.st_mtim.tv_nsec, status.st_ino, status.st_size};
}

}  // namespace gemkeeper::proxy
