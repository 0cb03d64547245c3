// What the load generators for HTTP/1.1 share: their connection, their request, where an answer
// ends.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gemkeeper::bench {

// Connected to a port of this machine.
class socket_handle {
 public:
  explicit socket_handle(std::uint16_t port)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
      throw std::runtime_error("connect");
    }
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  socket_handle(const socket_handle&) = delete;
  socket_handle& operator=(const socket_handle&) = delete;
  // With a reset, so that no port stays in TIME_WAIT.
  ~socket_handle() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

inline std::string request_from_stdin() {
  std::string request;
  char room[4096];
  while (const ssize_t got = ::read(STDIN_FILENO, room, sizeof(room))) {
    if (got < 0) throw std::runtime_error("cannot read the request");
    request.append(room, static_cast<std::size_t>(got));
  }
  return request;
}

// Head and body; npos: the head is not whole yet. Throws for what is not a 200 with a length.
inline std::size_t size_of_answer(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return end;
  constexpr std::string_view length = "Content-Length: ";
  const std::size_t at = answer.find(length);
  if (!answer.starts_with("HTTP/1.1 200") || at > end) throw std::runtime_error(answer);
  return end + 4 + std::strtoul(answer.c_str() + at + length.size(), nullptr, 10);
}

}  // namespace gemkeeper::bench
