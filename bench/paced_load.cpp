// A load generator that keeps to a schedule, for latencies: each request has a moment at which it
// is due, and its latency counts from then, so that one that had to wait for a slow one before it
// says so. (wrk sends what came due within a millisecond at once, and measures the bursts that it
// made.)
#include "http_load.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using clock = std::chrono::steady_clock;

struct connection {
  explicit connection(std::uint16_t port) : socket(port) {}

  gemkeeper::bench::socket_handle socket;
  bool busy = false;
  clock::time_point due;
  std::string answer;
  std::size_t size = std::string::npos;  // of the whole answer, once its head is there
};

// True: the answer is whole.
bool read_answer(connection& from) {
  char room[16 * 1024];
  for (;;) {
    const ssize_t got = ::recv(from.socket.get(), room, sizeof(room), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) throw std::runtime_error("the connection ended");
    from.answer.append(room, static_cast<std::size_t>(got));
    if (from.size == std::string::npos) from.size = gemkeeper::bench::size_of_answer(from.answer);
    if (from.answer.size() >= from.size) return true;
  }
}

class load {
 public:
  load(std::uint16_t port, std::size_t connections, double rate, std::string request)
      : every_(
            std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(1 / rate))),
        request_(std::move(request)) {
    for (std::size_t i = 0; i < connections; ++i)
      polled_.push_back({all_.emplace_back(port).socket.get(), POLLIN, 0});
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
    if (::send(by.socket.get(), request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size())) {
      throw std::runtime_error("cannot send");
    }
  }

  const clock::duration every_;
  const std::string request_;
  std::deque<connection> all_;
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
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // ppoll: not the usual 50 µs late
  try {
    load by(static_cast<std::uint16_t>(std::strtoul(arguments[1], nullptr, 10)),
            std::strtoul(arguments[2], nullptr, 10), std::strtod(arguments[3], nullptr),
            gemkeeper::bench::request_from_stdin());
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
