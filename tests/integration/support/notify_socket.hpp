// Where a service manager would listen for sd_notify messages.
#pragma once

#include <boost/test/unit_test.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace gemkeeper::test {

class notify_socket {
 public:
  explicit notify_socket(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, path.data(), path.size());
    if (path.front() == '@') at.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    BOOST_REQUIRE_EQUAL(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), size), 0);
  }
  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;
  ~notify_socket() { ::close(fd_); }

  // The next message that has `mark` in it, or "nothing" when a minute passes without one.
  [[nodiscard]] std::string wait_for(std::string_view mark) const {
    constexpr int patience = 60'000;
    pollfd one{fd_, POLLIN, 0};
    while (::poll(&one, 1, patience) > 0) {
      std::string said = next();
      if (said.find(mark) != std::string::npos) return said;
    }
    return "nothing";
  }

  // "nothing" when there is none.
  [[nodiscard]] std::string next() const {
    std::array<char, 512> buffer{};
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    return got < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(got));
  }

 private:
  int fd_;
};

}  // namespace gemkeeper::test
