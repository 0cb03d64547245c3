#include "support/connection.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ostream>
#include <utility>

namespace gemkeeper::test {

namespace {

[[noreturn]] void fail(const std::string& doing, int error) {
  throw wire_error(doing + ": " + std::strerror(error));
}

}  // namespace

std::ostream& operator<<(std::ostream& out, ending how) {
  constexpr std::string_view names[] = {"open", "closed", "reset", "truncated"};
  return out << names[static_cast<unsigned>(how)];
}

connection::connection(int descriptor) : descriptor_(descriptor) {
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const timeval limit{patience.count(), 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

connection connection::to(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("socket", errno);
  connection made(descriptor);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0) {
    fail("connect", errno);
  }
  return made;
}

connection connection::to_unix(const std::string& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("socket", errno);
  connection made(descriptor);
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  path.copy(where.sun_path, sizeof(where.sun_path) - 1);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0) {
    fail("connect", errno);
  }
  return made;
}

connection::connection(connection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      outer_(std::move(other.outer_)),
      tls_(std::move(other.tls_)),
      received_(std::move(other.received_)),
      ended_(other.ended_) {}

connection::~connection() {
  close();
}

void connection::accept_tls(SSL_CTX* context) {
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL's writes know no MSG_NOSIGNAL
  tls_.reset(SSL_new(context));
  SSL_set_fd(tls_.get(), descriptor_);
  ERR_clear_error();
  if (SSL_accept(tls_.get()) != 1) throw wire_error("the TLS handshake failed");
}

void connection::connect_tls(const tls_client& as) {
  ::signal(SIGPIPE, SIG_IGN);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const std::unique_ptr<BIO, decltype(&BIO_free)> pem(
      BIO_new_mem_buf(as.trusted.data(), static_cast<int>(as.trusted.size())), &BIO_free);
  while (X509* one = PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr)) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), one);
    X509_free(one);
  }
  std::string offered;
  for (const std::string& name : as.protocols)
    (offered += static_cast<char>(name.size())) += name;
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(offered.data()),
                          static_cast<unsigned>(offered.size()));
  std::unique_ptr<SSL, free_ssl> made(SSL_new(context.get()));
  if (!as.server_name.empty()) {
    // SSL_set_tlsext_host_name, without the cast that its macro makes.
    SSL_ctrl(made.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(as.server_name.c_str()));
  }
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(made.get()), as.expected.c_str()) != 1) {
    SSL_set1_host(made.get(), as.expected.c_str());
  }
  if (as.resume != nullptr) SSL_set_session(made.get(), as.resume.get());
  if (tls_ != nullptr) {
    outer_ = std::move(tls_);
    BIO* through = BIO_new(BIO_f_ssl());
    BIO_ctrl(through, BIO_C_SET_SSL, BIO_NOCLOSE, outer_.get());  // BIO_set_ssl, likewise
    SSL_set_bio(made.get(), through, through);
  } else {
    SSL_set_fd(made.get(), descriptor_);
  }
  tls_ = std::move(made);
  ERR_clear_error();
  if (SSL_connect(tls_.get()) != 1) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    throw wire_error(std::string("TLS: ") + (reason != nullptr ? reason : "the connection ended"));
  }
}

void connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = 0;
    if (tls_ != nullptr) {
      sent = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
      if (sent <= 0) throw wire_error("TLS write failed");
    } else {
      sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) fail("send", errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t connection::send_until_full(std::string_view bytes, std::size_t limit) {
  std::size_t total = 0;
  std::size_t begin = 0;  // within `bytes`
  while (total < limit) {
    // A socket that stays full for this long is full for good: what could drain it waits.
    pollfd writable{descriptor_, POLLOUT, 0};
    if (::poll(&writable, 1, 500) == 0) break;
    const std::string_view rest = bytes.substr(begin);
    const ssize_t sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail("send", errno);
    if (sent < 0) continue;
    total += static_cast<std::size_t>(sent);
    begin = (begin + static_cast<std::size_t>(sent)) % bytes.size();
  }
  return total;
}

bool connection::read_more() {
  if (ended_ != ending::open) return false;
  std::array<char, 16 * 1024> room;
  if (tls_ != nullptr) {
    ERR_clear_error();
    errno = 0;
    const int got = SSL_read(tls_.get(), room.data(), static_cast<int>(room.size()));
    if (got > 0) {
      received_.append(room.data(), static_cast<std::size_t>(got));
      return true;
    }
    const int error = SSL_get_error(tls_.get(), got);
    if (error == SSL_ERROR_WANT_READ) throw wire_error("nothing came in time");
    ended_ = error == SSL_ERROR_ZERO_RETURN ? ending::closed
             : errno == ECONNRESET          ? ending::reset
                                            : ending::truncated;
    return false;
  }
  const ssize_t got = ::recv(descriptor_, room.data(), room.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    throw wire_error("nothing came in time; before: \"" + received_ + "\"");
  }
  if (got < 0) ended_ = ending::reset;
  if (got == 0) ended_ = ending::closed;
  if (got > 0) received_.append(room.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string connection::receive(std::size_t size) {
  while (received_.size() < size) {
    if (!read_more()) throw wire_error("the connection ended after \"" + received_ + "\"");
  }
  std::string taken = received_.substr(0, size);
  received_.erase(0, size);
  return taken;
}

std::string connection::receive_until(std::string_view mark) {
  std::size_t searched = 0;
  for (;;) {
    const std::size_t found = received_.find(mark, searched);
    if (found != std::string::npos) return receive(found + mark.size());
    searched = received_.size() < mark.size() ? 0 : received_.size() - mark.size();
    if (!read_more()) throw wire_error("the connection ended after \"" + received_ + "\"");
  }
}

std::string connection::receive_to_end() {
  while (read_more()) {
  }
  if (ended_ != ending::closed) throw wire_error("the connection was cut off");
  return std::exchange(received_, {});
}

bool connection::is_quiet() {
  if (!received_.empty()) return false;
  if (tls_ != nullptr && SSL_pending(tls_.get()) > 0) return false;
  pollfd readable{descriptor_, POLLIN, 0};
  return ::poll(&readable, 1, 0) == 0;
}

ending connection::wait_for_end() {
  while (read_more())
    received_.clear();
  return ended_;
}

void connection::half_close() {
  if (tls_ != nullptr) SSL_shutdown(tls_.get());
  ::shutdown(descriptor_, SHUT_WR);
}

void connection::close() {
  if (descriptor_ < 0) return;
  if (tls_ != nullptr && SSL_is_init_finished(tls_.get()) == 1) SSL_shutdown(tls_.get());
  ::close(std::exchange(descriptor_, -1));
}

void connection::truncate() {
  ::shutdown(descriptor_, SHUT_WR);
}

void connection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace gemkeeper::test
