// A load generator that keeps to a schedule, for latencies: each request has a moment at which it
// is due, and its latency counts from then, so that one that had to wait for a slow one before it
// says so. (wrk sends what came due within a millisecond at once, and measures the bursts that it
// made.)
#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using clock = std::chrono::steady_clock;

struct connection {
  int fd = -1;
  bool busy = false;
  clock::time_point due;
  std::string answer;
  std::size_t size = std::string::npos;  // of the whole answer, once its head is there
};

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* address = reinterpret_cast<const sockaddr*>(&to);
  if (::connect(fd, address, sizeof(to)) != 0 && errno != EINPROGRESS) {
    throw std::runtime_error("cannot connect");
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  pollfd wanted{fd, POLLOUT, 0};
  if (::poll(&wanted, 1, 10'000) != 1) throw std::runtime_error("cannot connect");
  return fd;
}

// True: the answer is whole.
bool read_answer(connection& from) {
  constexpr std::string_view length = "Content-Length: ";
  char room[16 * 1024];
  for (;;) {
    const ssize_t got = ::recv(from.fd, room, sizeof(room), 0);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) throw std::runtime_error("the connection ended");
    from.answer.append(room, static_cast<std::size_t>(got));
    const std::size_t end = from.answer.find("\r\n\r\n");
    if (from.size == std::string::npos && end != std::string::npos) {
      const std::size_t at = from.answer.find(length);
      if (!from.answer.starts_with("HTTP/1.1 200") || at > end) {
        throw std::runtime_error("not 200: " + from.answer);
      }
      from.size = end + 4 + std::strtoul(from.answer.c_str() + at + length.size(), nullptr, 10);
    }
    if (from.answer.size() >= from.size) return true;
  }
}

class load {
 public:
  load(std::uint16_t port, std::size_t connections, double rate, std::string request)
      : every_(
            std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(1 / rate))),
        request_(std::move(request)),
        all_(connections),
        polled_(connections) {
    for (std::size_t i = 0; i < connections; ++i) {
      all_[i].fd = connect_to(port);
      polled_[i] = {all_[i].fd, POLLIN, 0};
    }
  }
  load(const load&) = delete;
  load& operator=(const load&) = delete;
  ~load() {
    for (const connection& one : all_)
      ::close(one.fd);
  }

  // Latencies, in the order of the answers.
  std::vector<clock::duration> run(clock::duration how_long) {
    std::vector<clock::duration> latencies;
    clock::time_point due = clock::now();
    const clock::time_point end = due + how_long;
    std::size_t busy = 0;
    while (due < end || busy != 0) {
      for (connection& one : all_) {
        if (one.busy || due > clock::now() || due >= end) continue;
        send(one, due);
        due += every_;
        ++busy;
      }
      // With every connection busy what is due has to wait for one.
      const auto rest = std::max(due - clock::now(), clock::duration::zero());
      const bool waits = busy == all_.size() || due >= end;
      const timespec until{0, static_cast<long>(rest.count() % 1'000'000'000)};
      if (::ppoll(polled_.data(), polled_.size(), waits ? nullptr : &until, nullptr) <= 0) continue;
      for (std::size_t i = 0; i < all_.size(); ++i) {
        connection& one = all_[i];
        if (polled_[i].revents == 0 || !read_answer(one)) continue;
        latencies.push_back(clock::now() - one.due);
        one.busy = false;
        --busy;
      }
    }
    return latencies;
  }

 private:
  void send(connection& by, clock::time_point due) {
    by.due = due;
    by.busy = true;
    by.answer.clear();
    by.size = std::string::npos;
    if (::send(by.fd, request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size())) {
      throw std::runtime_error("cannot send");
    }
  }

  const clock::duration every_;
  const std::string request_;
  std::vector<connection> all_;
  std::vector<pollfd> polled_;
};

double microseconds_at(const std::vector<clock::duration>& sorted, double share) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
  return std::chrono::duration<double, std::micro>(sorted[at]).count();
}

}  // namespace

// PORT CONNECTIONS REQUESTS-PER-SECOND SECONDS, a request on stdin.
int main(int count, char** arguments) {
  if (count != 5) {
    fmt::print(stderr, "usage: bench_paced_load PORT CONNECTIONS RATE SECONDS <REQUEST\n");
    return 2;
  }
  std::string request;
  char room[4096];
  while (const ssize_t got = ::read(STDIN_FILENO, room, sizeof(room))) {
    if (got < 0) return 1;
    request.append(room, static_cast<std::size_t>(got));
  }
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // ppoll: not the usual 50 µs late
  try {
    load by(static_cast<std::uint16_t>(std::strtoul(arguments[1], nullptr, 10)),
            std::strtoul(arguments[2], nullptr, 10), std::strtod(arguments[3], nullptr),
            std::move(request));
    const double seconds = std::strtod(arguments[4], nullptr);
    auto latencies =
        by.run(std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds)));
    if (latencies.empty()) throw std::runtime_error("no answer came");
    std::ranges::sort(latencies);
    fmt::print(R"({{"requests":{},"seconds":{},"p50_us":{:.1f},"p90_us":{:.1f},"p99_us":{:.1f},)"
               R"("p999_us":{:.1f}}})"
               "\n",
               latencies.size(), seconds, microseconds_at(latencies, 0.5),
               microseconds_at(latencies, 0.9), microseconds_at(latencies, 0.99),
               microseconds_at(latencies, 0.999));
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_paced_load: {}\n", error.what());
    return 1;
  }
  return 0;
}
