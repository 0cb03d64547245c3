#include "secret.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

namespace gemkeeper::app {
namespace {

constexpr std::size_t longest_secret = 512;

struct descriptor {
  int fd;
  explicit descriptor(int open_fd) : fd(open_fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

complaint cannot_read(const std::filesystem::path& path, int error) {
  std::string reason = std::strerror(error);
  reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  std::string_view remedy;
  if (error == EACCES || error == EPERM) {
    remedy = " (run as the owner or use a systemd credential)";
  } else if (error == ENOENT || error == ENOTDIR) {
    remedy = " (create it, or correct the path)";
  }
  return fmt::format("cannot read \"{}\": {}{}", path.native(), reason, remedy);
}

complaint read_regular_file(const std::filesystem::path& path, std::size_t most, std::string& into,
                            struct stat& status) {
  // Not blocking, lest a FIFO holds the start up.
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) return cannot_read(path, errno);
  if (!S_ISREG(status.st_mode)) {
    return fmt::format("cannot read \"{}\": it is not a regular file", path.native());
  }
  // One byte more than it has, to see its end; it may grow while it is read.
  into.resize(std::min(static_cast<std::size_t>(status.st_size), most) + 1);
  std::size_t size = 0;
  for (;;) {
    if (size == into.size()) {
      if (size > most) break;
      into.resize(std::min(size * 2, most + 1));
    }
    const ssize_t got = ::read(file.fd, into.data() + size, into.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  into.resize(size);
  if (size > most) {
    return fmt::format("cannot read \"{}\": it is longer than {} bytes", path.native(), most);
  }
  return {};
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

complaint check_secret(std::string_view secret, std::string_view what) {
  if (secret.empty()) return fmt::format("holds no {}", what);
  if (secret.size() > longest_secret) {
    return fmt::format("holds more than {} bytes: not a {}", longest_secret, what);
  }
  const auto any = [&](auto which) { return std::ranges::any_of(secret, which); };
  if (any([](unsigned char c) { return std::isspace(c) != 0; })) {
    return fmt::format("holds white space inside: not one {}", what);
  }
  if (any([](unsigned char c) { return c < ' ' || c >= 0x7f; })) {
    return fmt::format("holds control or non-ASCII characters: not a {}", what);
  }
  return {};
}

complaint read_file(const std::filesystem::path& path, std::size_t most, std::string& into) {
  struct stat status {};
  return read_regular_file(path, most, into, status);
}

complaint read_secret_file(const std::filesystem::path& path, secret_file& into,
                           std::string_view what) {
  constexpr std::size_t room_for_blanks = 512;
  struct stat status {};
  std::string content;
  if (auto wrong = read_regular_file(path, longest_secret + room_for_blanks, content, status);
      !wrong.empty())
    return wrong;
  into.secret = trimmed(content);
  into.access = (status.st_mode & S_IROTH) != 0 ? readable_by::everybody : readable_by::some;
  if (auto wrong = check_secret(into.secret, what); !wrong.empty()) {
    return fmt::format("\"{}\" {}", path.native(), wrong);
  }
  return {};
}

}  // namespace gemkeeper::app
