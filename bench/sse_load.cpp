// Holds many SSE streams open and measures how late each event arrives: the sandbox writes the
// time an event was made (CLOCK_MONOTONIC, "t=NNN ") into its text.
//
//   bench_sse_load HOST PORT plain|tls STREAMS SECONDS KEY
//
// Prints "open N" once every stream has delivered an event, then one line of JSON.
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace asio = boost::asio;
using boost::system::error_code;
using executor = asio::io_context::executor_type;
using task = asio::awaitable<void, executor>;
using token = asio::as_tuple_t<asio::use_awaitable_t<executor>>;
using plain_stream = asio::basic_stream_socket<asio::ip::tcp, executor>;
using tls_stream = asio::ssl::stream<plain_stream>;
using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, executor>;

namespace {

// As the sandbox's clock: steady_clock is CLOCK_MONOTONIC in libstdc++.
std::int64_t now_ns() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct load {
  asio::ip::tcp::endpoint server;
  std::string request;
  std::size_t streams = 0;
  std::chrono::seconds duration{};

  std::size_t flowing = 0;  // streams that have delivered an event
  std::size_t failed = 0;
  bool measuring = false;
  std::vector<double> delays_us;

  void event(std::int64_t made, std::int64_t seen) {
    if (measuring) delays_us.push_back(static_cast<double>(seen - made) / 1e3);
  }
};

std::string make_request(std::string_view host, std::string_view key) {
  std::string body = R"({"contents":[{"role":"user","parts":[{"text":")";
  body.append(2048 - body.size() - 5, 'q').append(R"("}]}]})");
  return fmt::format(
      "POST /v1beta/models/gemini-3.6-flash:streamGenerateContent?alt=sse HTTP/1.1\r\n"
      "Host: {}\r\nx-goog-api-key: {}\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      host, key, body.size(), body);
}

// Finds `"t=NNN ` in bytes that come in pieces.
class timestamp_finder {
 public:
  template <class Found>
  void feed(std::string_view bytes, Found&& found) {
    text_.append(bytes);
    std::size_t done = 0;
    for (std::size_t at = text_.find(mark); at != std::string::npos;
         at = text_.find(mark, at + 1)) {
      const char* const first = text_.data() + at + mark.size();
      const char* const end = text_.data() + text_.size();
      std::int64_t value = 0;
      const auto [last, problem] = std::from_chars(first, end, value);
      if (last == end) break;  // the number may go on in the next piece
      if (problem == std::errc{}) found(value);
      done = at + mark.size();
    }
    const std::size_t keep = std::min(text_.size() - done, longest);
    text_.erase(0, text_.size() - keep);
  }

 private:
  static constexpr std::string_view mark = "\"t=";
  static constexpr std::size_t longest = mark.size() + 20;
  std::string text_;
};

template <class Stream>
task read_events(Stream& stream, load& all) {
  if (auto [ec, n] = co_await asio::async_write(stream, asio::buffer(all.request), token{}); ec) {
    ++all.failed;
    co_return;
  }
  timestamp_finder finder;
  std::array<char, 8192> buffer;
  bool flowing = false;
  for (;;) {
    auto [ec, n] = co_await stream.async_read_some(asio::buffer(buffer), token{});
    if (ec) break;
    const std::int64_t seen = now_ns();
    finder.feed({buffer.data(), n}, [&](std::int64_t made) {
      if (!flowing) ++all.flowing;
      flowing = true;
      all.event(made, seen);
    });
  }
  ++all.failed;  // a stream that ends before the measurement does
}

task plain_client(load& all) {
  plain_stream stream(co_await asio::this_coro::executor);
  if (auto [ec] = co_await stream.async_connect(all.server, token{}); ec) {
    ++all.failed;
    co_return;
  }
  stream.set_option(asio::ip::tcp::no_delay(true));
  co_await read_events(stream, all);
}

task tls_client(load& all, asio::ssl::context& tls) {
  tls_stream stream(plain_stream(co_await asio::this_coro::executor), tls);
  if (auto [ec] = co_await stream.next_layer().async_connect(all.server, token{}); ec) {
    ++all.failed;
    co_return;
  }
  stream.next_layer().set_option(asio::ip::tcp::no_delay(true));
  if (auto [ec] = co_await stream.async_handshake(asio::ssl::stream_base::client, token{}); ec) {
    ++all.failed;
    co_return;
  }
  co_await read_events(stream, all);
}

void report(std::exception_ptr problem) {
  if (problem) std::rethrow_exception(problem);
}

// Opens a stream every 2 ms, so that their events do not fall together; then measures.
template <class Start>
task run(load& all, Start start) {
  timer wait(co_await asio::this_coro::executor);
  for (std::size_t n = 0; n < all.streams; ++n) {
    start();
    wait.expires_after(std::chrono::milliseconds(2));
    co_await wait.async_wait(token{});
  }
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (all.flowing + all.failed < all.streams && std::chrono::steady_clock::now() < give_up) {
    wait.expires_after(std::chrono::milliseconds(20));
    co_await wait.async_wait(token{});
  }
  fmt::print("open {}\n", all.flowing);
  std::fflush(stdout);
  all.measuring = true;
  wait.expires_after(all.duration);
  co_await wait.async_wait(token{});
}

double percentile(std::vector<double>& sorted, double p) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(p * double(sorted.size())))];
}

void print_result(load& all) {
  auto& delays = all.delays_us;
  std::sort(delays.begin(), delays.end());
  fmt::print(
      R"(result {{"streams":{},"failed":{},"events":{},"p50_us":{:.1f},"p99_us":{:.1f},"max_us":{:.1f}}})"
      "\n",
      all.flowing, all.failed, delays.size(), percentile(delays, 0.5), percentile(delays, 0.99),
      percentile(delays, 1));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 7) {
    fmt::print(stderr, "usage: bench_sse_load HOST PORT plain|tls STREAMS SECONDS KEY\n");
    return 2;
  }
  load all;
  all.server = {asio::ip::make_address(argv[1]), static_cast<std::uint16_t>(std::stoul(argv[2]))};
  all.streams = std::stoul(argv[4]);
  all.duration = std::chrono::seconds(std::stoul(argv[5]));
  all.request = make_request(fmt::format("{}:{}", argv[1], argv[2]), argv[6]);
  all.delays_us.reserve(1 << 20);

  asio::io_context io(1);
  asio::ssl::context tls(asio::ssl::context::tls_client);  // loopback: nothing to verify
  const bool encrypted = std::string_view(argv[3]) == "tls";
  const auto start = [&] {
    if (encrypted) {
      asio::co_spawn(io.get_executor(), tls_client(all, tls), report);
    } else {
      asio::co_spawn(io.get_executor(), plain_client(all), report);
    }
  };
  asio::co_spawn(io.get_executor(), run(all, start), [&](std::exception_ptr problem) {
    report(problem);
    io.stop();
  });
  io.run();
  print_result(all);
  std::fflush(stdout);
  return all.failed == 0 && all.flowing == all.streams ? 0 : 1;
} catch (const std::exception& problem) {
  fmt::print(stderr, "bench_sse_load: {}\n", problem.what());
  return 1;
}
