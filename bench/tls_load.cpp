// A load generator for TLS that ends at a proxy: wrk can make no tunnel, and resumes no session on
// purpose or otherwise. Each thread does one connection after the other: CONNECT if asked for, a
// full TLS 1.3 handshake, some requests, the end. Prints what was done as one line of JSON.
#include "http_load.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct plan {
  std::uint16_t port = 0;
  std::string name;     // in the certificate
  bool tunnel = false;  // CONNECT name:443 first
  std::string ca_file;
  unsigned threads = 1;
  std::uint64_t requests = 0;  // of a connection; 0: handshakes alone
  double seconds = 1;
  std::string request;
};

struct totals {
  std::atomic<std::uint64_t> connections{0}, requests{0}, errors{0};
};

struct freer {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

void open_tunnel(int fd, const std::string& name) {
  const std::string ask = fmt::format("CONNECT {0}:443 HTTP/1.1\r\nHost: {0}:443\r\n\r\n", name);
  if (::send(fd, ask.data(), ask.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(ask.size())) {
    throw std::runtime_error("CONNECT");
  }
  std::string answer;
  char room[512];
  while (!answer.ends_with("\r\n\r\n")) {
    const ssize_t got = ::recv(fd, room, sizeof(room), 0);
    if (got <= 0) throw std::runtime_error("CONNECT");
    answer.append(room, static_cast<std::size_t>(got));
  }
  if (!answer.starts_with("HTTP/1.1 200")) throw std::runtime_error(answer);
}

void ask(SSL* ssl, const std::string& request) {
  if (SSL_write(ssl, request.data(), static_cast<int>(request.size())) <= 0) {
    throw std::runtime_error("write");
  }
  std::string answer;
  std::size_t size = std::string::npos;
  char room[16 * 1024];
  while (answer.size() < size) {
    const int got = SSL_read(ssl, room, sizeof(room));
    if (got <= 0) throw std::runtime_error("read");
    answer.append(room, static_cast<std::size_t>(got));
    if (size == std::string::npos) size = gemkeeper::bench::size_of_answer(answer);
  }
}

void work(const plan& what, SSL_CTX* context, std::chrono::steady_clock::time_point until,
          totals& done) {
  while (std::chrono::steady_clock::now() < until) {
    try {
      const gemkeeper::bench::socket_handle socket(what.port);
      if (what.tunnel) open_tunnel(socket.get(), what.name);
      const std::unique_ptr<SSL, freer> ssl(SSL_new(context));
      SSL_set_fd(ssl.get(), socket.get());
      SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(what.name.c_str()));
      SSL_set1_host(ssl.get(), what.name.c_str());
      if (SSL_connect(ssl.get()) != 1) throw std::runtime_error("handshake");
      ++done.connections;
      for (std::uint64_t i = 0; i < what.requests && std::chrono::steady_clock::now() < until;
           ++i) {
        ask(ssl.get(), what.request);
        ++done.requests;
      }
    } catch (const std::exception& error) {
      if (done.errors++ == 0) fmt::print(stderr, "bench_tls_load: {}\n", error.what());
      ERR_clear_error();
    }
  }
}

}  // namespace

// PORT NAME tunnel|direct CA-FILE THREADS REQUESTS-PER-CONNECTION SECONDS, a request on stdin.
int main(int count, char** arguments) {
  if (count != 8) {
    fmt::print(
        stderr,
        "usage: bench_tls_load PORT NAME tunnel|direct CA THREADS REQUESTS SECONDS <REQUEST\n");
    return 2;
  }
  plan what;
  what.port = static_cast<std::uint16_t>(std::strtoul(arguments[1], nullptr, 10));
  what.name = arguments[2];
  what.tunnel = std::string_view(arguments[3]) == "tunnel";
  what.ca_file = arguments[4];
  what.threads = static_cast<unsigned>(std::strtoul(arguments[5], nullptr, 10));
  what.requests = std::strtoull(arguments[6], nullptr, 10);
  what.seconds = std::strtod(arguments[7], nullptr);
  what.request = gemkeeper::bench::request_from_stdin();

  ::signal(SIGPIPE, SIG_IGN);
  const std::unique_ptr<SSL_CTX, freer> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_load_verify_file(context.get(), what.ca_file.c_str()) != 1) {
    fmt::print(stderr, "bench_tls_load: cannot read {}\n", what.ca_file);
    return 1;
  }
  totals done;
  const auto start = std::chrono::steady_clock::now();
  const auto until = start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                 std::chrono::duration<double>(what.seconds));
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < what.threads; ++i)
    threads.emplace_back([&] { work(what, context.get(), until, done); });
  for (std::thread& t : threads)
    t.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  fmt::print(R"({{"connections":{},"requests":{},"errors":{},"seconds":{:.3f}}})"
             "\n",
             done.connections.load(), done.requests.load(), done.errors.load(), took.count());
  return 0;
}
