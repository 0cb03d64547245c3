#include "support/fake_proxy.hpp"

#include "support/connection.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <utility>

namespace gemkeeper::test {

namespace {

// "user:password" of Basic credentials that came in base64 (RFC 7617).
std::string decoded(std::string_view coded) {
  std::string plain(coded.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(plain.data()),
                                   reinterpret_cast<const unsigned char*>(coded.data()),
                                   static_cast<int>(coded.size()));
  plain.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  while (plain.ends_with('\0'))
    plain.pop_back();
  return plain;
}

}  // namespace

// The proxy's end of a connection, plain or TLS.
class fake_proxy::client {
 public:
  client(int descriptor, int stop) : fd(descriptor), stop_(stop) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client() {
    if (tls != nullptr && SSL_is_init_finished(tls.get()) == 1) SSL_shutdown(tls.get());
    tls.reset();
    ::close(fd);
  }

  bool accept_tls(const sandbox::tls_identity& identity) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> certificate_text(
        BIO_new_mem_buf(identity.certificate.data(), static_cast<int>(identity.certificate.size())),
        &BIO_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> key_text(
        BIO_new_mem_buf(identity.private_key.data(), static_cast<int>(identity.private_key.size())),
        &BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr), &X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    SSL_CTX_use_certificate(context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    tls.reset(SSL_new(context.get()));
    SSL_set_fd(tls.get(), fd);
    ERR_clear_error();
    return readable() && SSL_accept(tls.get()) == 1;
  }

  // False: the peer or the proxy ends.
  bool readable() {
    if (tls != nullptr && SSL_pending(tls.get()) > 0) return true;
    std::array<pollfd, 2> both{{{fd, POLLIN, 0}, {stop_, POLLIN, 0}}};
    return ::poll(both.data(), both.size(), -1) > 0 && both[1].revents == 0;
  }
  bool read_more() {
    if (!readable()) return false;
    std::array<char, 16 * 1024> room;
    ERR_clear_error();
    const ssize_t got = tls != nullptr
                            ? SSL_read(tls.get(), room.data(), static_cast<int>(room.size()))
                            : ::recv(fd, room.data(), room.size(), 0);
    if (got <= 0) return false;
    in.append(room.data(), static_cast<std::size_t>(got));
    return true;
  }
  std::string take(std::size_t size) {
    while (in.size() < size) {
      if (!read_more()) return {};
    }
    std::string taken = in.substr(0, size);
    in.erase(0, size);
    return taken;
  }
  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      ERR_clear_error();
      const ssize_t sent = tls != nullptr
                               ? SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size()))
                               : ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  int fd;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls{nullptr, &SSL_free};
  std::string in;

 private:
  int stop_;
};

fake_proxy::fake_proxy(std::uint16_t leads_to, manners how)
    : how_(std::move(how)), leads_to_(leads_to) {
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL's writes know no MSG_NOSIGNAL
  std::array<int, 2> ends{};
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(where);
  auto* address = reinterpret_cast<sockaddr*>(&where);
  if (::pipe2(ends.data(), O_CLOEXEC) != 0 || ::bind(listening_, address, size) != 0 ||
      ::listen(listening_, 64) != 0 || ::getsockname(listening_, address, &size) != 0) {
    throw wire_error("cannot listen");
  }
  stop_ = ends[0];
  stop_write_ = ends[1];
  port_ = ntohs(where.sin_port);
  accepting_ = std::thread([this] { accept(); });
}

fake_proxy::~fake_proxy() {
  ::close(stop_write_);  // its other end becomes readable, for all
  accepting_.join();
  for (std::thread& one : serving_)
    one.join();
  ::close(listening_);
  ::close(stop_);
}

std::string fake_proxy::url(std::string_view login) const {
  std::string text = how_.speaks == protocol::socks5 ? "socks5://"
                     : how_.identity != nullptr      ? "https://"
                                                     : "http://";
  if (!login.empty()) (text += login) += '@';
  return text + "127.0.0.1:" + std::to_string(port_);
}

std::vector<std::string> fake_proxy::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

std::string fake_proxy::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

void fake_proxy::note(std::string_view heard, std::string target) {
  const std::lock_guard lock(mutex_);
  heard_ += heard;
  if (!target.empty()) asked_.push_back(std::move(target));
}

void fake_proxy::accept() {
  for (;;) {
    std::array<pollfd, 2> both{{{listening_, POLLIN, 0}, {stop_, POLLIN, 0}}};
    if (::poll(both.data(), both.size(), -1) <= 0) continue;
    if (both[1].revents != 0) return;
    const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    ++open_;
    ++accepted_;
    serving_.emplace_back([this, descriptor] {
      {
        client from(descriptor, stop_);
        serve(from);
      }
      --open_;
    });
  }
}

void fake_proxy::serve(client& from) {
  if (how_.identity != nullptr && !from.accept_tls(*how_.identity)) return;
  const bool open = how_.speaks == protocol::http ? speak_http(from) : speak_socks(from);
  if (open) relay(from);
  if (!how_.lie.empty() && !how_.then_close) {
    while (from.read_more()) {
    }
  }
}

// False: nothing is to be relayed.
bool fake_proxy::speak_http(client& from) {
  while (from.in.find("\r\n\r\n") == from.in.npos) {
    if (!from.read_more()) return false;
  }
  const std::string head = from.take(from.in.find("\r\n\r\n") + 4);
  const std::size_t begin = head.find(' ') + 1;
  note(head, head.substr(begin, head.find(' ', begin) - begin));
  if (!how_.lie.empty()) {
    if (how_.lie[0] != '\0') from.say(how_.lie);
    return false;
  }
  if (!how_.login.empty()) {
    constexpr std::string_view mark = "Proxy-Authorization: Basic ";
    const std::size_t at = head.find(mark);
    const std::size_t first = at + mark.size();
    const bool known = at != head.npos &&
                       decoded(head.substr(first, head.find("\r\n", first) - first)) == how_.login;
    if (!known) {
      from.say(
          "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
          "Content-Length: 0\r\n\r\n");
      return false;
    }
  }
  return from.say("HTTP/1.1 200 Connection established\r\nVia: fake\r\n\r\n");
}

bool fake_proxy::speak_socks(client& from) {
  const std::string greeting = from.take(2);
  if (greeting.empty()) return false;
  const std::string methods = from.take(static_cast<unsigned char>(greeting[1]));
  if (!how_.lie.empty()) {
    if (how_.lie[0] != '\0') from.say(how_.lie);
    return false;
  }
  if (how_.login.empty()) {
    from.say(std::string_view("\5\0", 2));
  } else if (methods.find('\2') == methods.npos) {
    from.say("\5\xff");
    return false;
  } else {
    from.say("\5\2");
    const std::string user = from.take(static_cast<unsigned char>((from.take(2) + "\0\0")[1]));
    const std::string password = from.take(static_cast<unsigned char>((from.take(1) + "\0")[0]));
    const bool known = user + ":" + password == how_.login;
    note(user + ":" + password, {});
    from.say(known ? std::string_view("\1\0", 2) : std::string_view("\1\1"));
    if (!known) return false;
  }
  const std::string request = from.take(4);
  if (request.empty()) return false;
  std::string host;
  if (request[3] == 3) {
    host = from.take(static_cast<unsigned char>(from.take(1)[0]));
  } else {
    const std::string bytes = from.take(request[3] == 1 ? 4 : 16);
    for (const unsigned char byte : bytes)
      host += (host.empty() ? "" : ".") + std::to_string(byte);
  }
  const std::string port = from.take(2);
  if (port.empty()) return false;
  const unsigned number =
      static_cast<unsigned char>(port[0]) * 256U + static_cast<unsigned char>(port[1]);
  note(host, host + ":" + std::to_string(number));
  return from.say(std::string_view("\5\0\0\1\0\0\0\0\0\0", 10));
}

void fake_proxy::relay(client& from) const {
  const int to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(leads_to_);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::array<char, 16 * 1024> room;
  bool open = ::connect(to, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0;
  const int on = 1;
  ::setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  while (open) {
    std::array<pollfd, 3> all{{{from.fd, POLLIN, 0}, {to, POLLIN, 0}, {stop_, POLLIN, 0}}};
    const bool pending =
        !from.in.empty() || (from.tls != nullptr && SSL_pending(from.tls.get()) > 0);
    if (::poll(all.data(), all.size(), pending ? 0 : -1) < 0 || all[2].revents != 0) break;
    if (pending || all[0].revents != 0) {
      if (from.in.empty()) open = from.read_more();
      const std::string bytes = std::exchange(from.in, {});
      open = open && ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) == std::ssize(bytes);
    }
    if (open && all[1].revents != 0) {
      const ssize_t got = ::recv(to, room.data(), room.size(), 0);
      open = got > 0 && from.say({room.data(), static_cast<std::size_t>(got)});
    }
  }
  ::close(to);
}

}  // namespace gemkeeper::test
