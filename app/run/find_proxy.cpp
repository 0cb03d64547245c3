#include "find_proxy.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <memory>
#include <string_view>

namespace gemkeeper::app {
namespace {

namespace ip = boost::asio::ip;
using std::chrono::steady_clock;

constexpr std::chrono::seconds patience{3};
constexpr std::size_t largest_head = 16 * 1024;
constexpr std::string_view question =
    "GET http://gemkeeper.invalid/ HTTP/1.1\r\n"
    "Host: gemkeeper.invalid\r\nConnection: close\r\n\r\n";
constexpr std::string_view tunnel =
    "CONNECT generativelanguage.googleapis.com:443 HTTP/1.1\r\n"
    "Host: generativelanguage.googleapis.com:443\r\n\r\n";
constexpr std::string_view own_field = "\r\nx-gemkeeper-request-id:";

class connection {
 public:
  explicit connection(const ip::tcp::endpoint& where)
      : fd_(::socket(where.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    // On Linux the time to send bounds the time to connect too.
    const timeval limit{patience.count(), 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    open_ = ::connect(fd_, where.data(), static_cast<socklen_t>(where.size())) == 0;
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] int descriptor() const { return fd_; }

  // The head of the answer, as far as it comes in time.
  [[nodiscard]] std::string ask(std::string_view what) const {
    std::string answer;
    if (::send(fd_, what.data(), what.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(what.size())) {
      return answer;
    }
    const auto end = steady_clock::now() + patience;
    std::array<char, 4096> piece{};
    while (answer.size() < largest_head && answer.find("\r\n\r\n") == answer.npos &&
           steady_clock::now() < end) {
      const ssize_t size = ::recv(fd_, piece.data(), piece.size(), 0);
      if (size <= 0) break;
      answer.append(piece.data(), static_cast<std::size_t>(size));
    }
    answer.resize(std::min(answer.find("\r\n\r\n"), answer.size()));
    return answer;
  }

 private:
  int fd_;
  bool open_ = false;
};

template <auto Free>
struct freed_by {
  template <class Object>
  void operator()(Object* object) const {
    Free(object);
  }
};

// What SSL_set_tlsext_host_name does, without its old-style cast.
bool name_server(SSL& tls) {
  std::string name(google_host);
  return SSL_ctrl(&tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

}  // namespace

std::optional<proxy::listen_address> client_address(
    const std::vector<proxy::listen_address>& listen) {
  const auto found = std::ranges::find_if(listen, [](const proxy::listen_address& one) {
    return one.kind == proxy::listen_address::family::tcp && one.port != 0;
  });
  if (found == listen.end()) return std::nullopt;
  proxy::listen_address where = *found;
  const ip::address address = ip::make_address(where.host);
  if (address.is_unspecified()) where.host = address.is_v6() ? "::1" : "127.0.0.1";
  return where;
}

std::string client_url(const proxy::listen_address& where) {
  const bool v6 = where.host.find(':') != where.host.npos;
  return v6 ? fmt::format("http://[{}]:{}", where.host, where.port)
            : fmt::format("http://{}:{}", where.host, where.port);
}

listener who_listens(const proxy::listen_address& where) {
  const connection to({ip::make_address(where.host), where.port});
  if (!to.is_open()) return listener::none;
  std::string answer = to.ask(question);
  std::ranges::transform(answer, answer.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool ours = answer.starts_with("http/1.1 403 ") && answer.find(own_field) != answer.npos;
  return ours ? listener::gemkeeper : listener::stranger;
}

bool is_trusted(const proxy::listen_address& where, const std::filesystem::path& bundle) {
  const connection to({ip::make_address(where.host), where.port});
  if (!to.is_open() || !to.ask(tunnel).starts_with("HTTP/1.1 200 ")) return false;
  const std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
  if (!context || SSL_CTX_load_verify_locations(context.get(), bundle.c_str(), nullptr) != 1) {
    return false;
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  // A CA given by file may be one that another CA has signed.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  const std::unique_ptr<SSL, freed_by<SSL_free>> tls(SSL_new(context.get()));
  return tls && name_server(*tls) && SSL_set1_host(tls.get(), google_host.data()) == 1 &&
         SSL_set_fd(tls.get(), to.descriptor()) == 1 && SSL_connect(tls.get()) == 1;
}

}  // namespace gemkeeper::app
