// How OpenSSL reads and writes the bytes of a stream.
#include "net/stream.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gemkeeper::proxy {

void stream::start_tls(ssl_ptr tls) {
  BIO* bio = nullptr;
  if (tls_ == nullptr) {
    bio = BIO_new(bio_method());
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    std::swap(in_, cipher_);  // with a read that is under way
  } else {
    outer_ = std::move(tls_);
    bio = BIO_new(BIO_f_ssl());  // records of one layer are the plain text of the other
    // BIO_set_ssl, without the cast that its macro makes.
    BIO_ctrl(bio, BIO_C_SET_SSL, BIO_NOCLOSE, outer_.get());
  }
  tls_ = std::move(tls);
  SSL_set_bio(tls_.get(), bio, bio);
}

// Nothing more is said. Without this, OpenSSL takes a session for broken and it is never resumed,
// and the end of the inner layer would still speak on the outer one.
void stream::shut_tls() {
  for (SSL* layer : {outer_.get(), tls_.get()}) {
    if (layer != nullptr) SSL_set_shutdown(layer, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
}

BIO_METHOD* stream::bio_method() {
  // Made once for the process and never freed, as OpenSSL's own methods are.
  static BIO_METHOD* const method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gemkeeper stream");
    BIO_meth_set_read(m, &stream::bio_read);
    BIO_meth_set_write(m, &stream::bio_write);
    BIO_meth_set_ctrl(m, &stream::bio_ctrl);
    return m;
  }();
  return method;
}

int stream::bio_read(BIO* bio, char* data, int size) {
  auto* self = static_cast<stream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const std::string_view have = self->cipher_.bytes();
  if (have.empty()) {
    if (self->cipher_ended_) return 0;
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t n = std::min(have.size(), static_cast<std::size_t>(size));
  std::memcpy(data, have.data(), n);
  self->cipher_.consume(n);
  return static_cast<int>(n);
}

int stream::bio_write(BIO* bio, const char* data, int size) {
  auto* self = static_cast<stream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t n = 0;
  do {
    n = ::send(self->socket_.get(), data, static_cast<std::size_t>(size),
               MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

long stream::bio_ctrl(BIO* bio, int command, long, void*) {
  const auto* self = static_cast<const stream*>(BIO_get_data(bio));
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return self->cipher_ended_ && self->cipher_.empty() ? 1 : 0;
    default:
      return 0;
  }
}

}  // namespace gemkeeper::proxy
