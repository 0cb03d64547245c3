#include "support/raw_upstream.hpp"

#include <openssl/pem.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gemkeeper::test {

namespace {

template <class T>
struct free_openssl;
template <>
struct free_openssl<BIO> {
  void operator()(BIO* b) const { BIO_free(b); }
};
template <>
struct free_openssl<X509> {
  void operator()(X509* c) const { X509_free(c); }
};
template <>
struct free_openssl<EVP_PKEY> {
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
};
template <class T>
using openssl_ptr = std::unique_ptr<T, free_openssl<T>>;

openssl_ptr<BIO> memory(const std::string& text) {
  return openssl_ptr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

raw_upstream::raw_upstream() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(where);
  auto* address = reinterpret_cast<sockaddr*>(&where);
  if (descriptor_ < 0 || ::bind(descriptor_, address, size) != 0 ||
      ::listen(descriptor_, 64) != 0 || ::getsockname(descriptor_, address, &size) != 0) {
    throw wire_error(std::string("cannot listen: ") + std::strerror(errno));
  }
  port_ = ntohs(where.sin_port);
}

raw_upstream::raw_upstream(const sandbox::tls_identity& identity) : raw_upstream() {
  tls_.reset(SSL_CTX_new(TLS_server_method()));
  const openssl_ptr<BIO> certificate_text = memory(identity.certificate);
  const openssl_ptr<BIO> key_text = memory(identity.private_key);
  const openssl_ptr<X509> certificate(
      PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
  const openssl_ptr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  if (SSL_CTX_use_certificate(tls_.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(tls_.get(), key.get()) != 1) {
    throw wire_error("unusable identity");
  }
}

raw_upstream::~raw_upstream() {
  stop_listening();
}

connection raw_upstream::accept() {
  pollfd waiting{descriptor_, POLLIN, 0};
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  if (::poll(&waiting, 1, static_cast<int>(limit)) != 1) throw wire_error("nobody connected");
  connection accepted(::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC));
  if (tls_ != nullptr) accepted.accept_tls(tls_.get());
  return accepted;
}

bool raw_upstream::has_visitor() const {
  pollfd waiting{descriptor_, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

void raw_upstream::stop_listening() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace gemkeeper::test
