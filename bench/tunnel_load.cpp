// Both ends of tunnels for bench/tunnels.
//
//   bench_tunnel_load sink                        prints "port N"; discards what comes, answers the
//                                                 end of it with how much it was
//   bench_tunnel_load push PORT BYTES [TARGET]    sends so many bytes and waits for the answer
//   bench_tunnel_load hold PORT COUNT [TARGET]    opens so many connections, prints "open", and
//                                                 holds them until its input ends
//
// With TARGET ("127.0.0.1:9") PORT is a proxy's, which is asked to CONNECT there. The sink discards
// without copying (MSG_TRUNC), so that the load costs less than what is measured.
#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::size_t piece = 256 * 1024;

void check(bool fine, std::string_view doing) {
  if (!fine) throw std::runtime_error(fmt::format("{}: {}", doing, std::strerror(errno)));
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  where.sin_port = htons(port);
  return where;
}

// Sockets stay blocking: epoll says when a receive will not wait.
[[noreturn]] void sink() {
  sockaddr_in where = loopback(0);
  socklen_t size = sizeof(where);
  auto* address = reinterpret_cast<sockaddr*>(&where);
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(::bind(listening, address, size) == 0 && ::listen(listening, 4096) == 0 &&
            ::getsockname(listening, address, &size) == 0,
        "listen");
  fmt::print("port {}\n", ntohs(where.sin_port));
  std::fflush(stdout);
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  const auto watch = [&](int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    check(::epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
  };
  watch(listening);
  std::unordered_map<int, std::uint64_t> received;
  std::vector<char> room(piece);
  for (;;) {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(poll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listening) {
        const int accepted = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
        check(accepted >= 0, "accept");
        watch(accepted);
        continue;
      }
      const ssize_t got = ::recv(descriptor, room.data(), room.size(), MSG_TRUNC);
      if (got > 0) {
        received[descriptor] += static_cast<std::uint64_t>(got);
        continue;
      }
      const std::string answer = fmt::format("{}\n", received[descriptor]);
      if (got == 0) ::send(descriptor, answer.data(), answer.size(), MSG_NOSIGNAL);
      received.erase(descriptor);
      ::close(descriptor);
    }
  }
}

int open(std::uint16_t port, std::string_view target) {
  const sockaddr_in where = loopback(port);
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(descriptor >= 0, "socket");
  check(::connect(descriptor, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0,
        "connect");
  if (target.empty()) return descriptor;
  const std::string head = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", target);
  check(::send(descriptor, head.data(), head.size(), MSG_NOSIGNAL) == std::ssize(head), "send");
  std::string answer;
  while (answer.find("\r\n\r\n") == answer.npos) {
    char c = 0;
    check(::recv(descriptor, &c, 1, 0) == 1, "receive the answer to CONNECT");
    answer += c;
  }
  if (!answer.starts_with("HTTP/1.1 200 ")) throw std::runtime_error("no tunnel: " + answer);
  return descriptor;
}

void push(std::uint16_t port, std::uint64_t bytes, std::string_view target) {
  const int descriptor = open(port, target);
  const std::vector<char> data(piece, 'x');
  for (std::uint64_t left = bytes; left != 0;) {
    const ssize_t sent =
        ::send(descriptor, data.data(), std::min<std::uint64_t>(left, data.size()), MSG_NOSIGNAL);
    check(sent > 0, "send");
    left -= static_cast<std::uint64_t>(sent);
  }
  ::shutdown(descriptor, SHUT_WR);
  std::string answer;
  std::array<char, 64> room;
  for (;;) {
    const ssize_t got = ::recv(descriptor, room.data(), room.size(), 0);
    check(got >= 0, "receive");
    if (got == 0) break;
    answer.append(room.data(), static_cast<std::size_t>(got));
  }
  if (answer != fmt::format("{}\n", bytes)) {
    throw std::runtime_error(fmt::format("{} bytes sent, arrived: {}", bytes, answer));
  }
}

void hold(std::uint16_t port, std::uint64_t count, std::string_view target) {
  for (std::uint64_t i = 0; i < count; ++i)
    open(port, target);
  fmt::print("open\n");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 1 && arguments[0] == "sink") sink();
    if (arguments.size() < 3) throw std::runtime_error("usage: see the head of tunnel_load.cpp");
    const auto port = static_cast<std::uint16_t>(std::stoul(arguments[1]));
    const std::uint64_t number = std::stoull(arguments[2]);
    const std::string target = arguments.size() > 3 ? arguments[3] : std::string();
    (arguments[0] == "push" ? push : hold)(port, number, target);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_tunnel_load: {}\n", e.what());
    return 1;
  }
}
