#include "net/stream.hpp"

#include "net/thread_room.hpp"

#include <openssl/err.h>

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::size_t first_read = 4 * 1024;  // most heads and answers fit
constexpr std::size_t least_read = 1024;      // below, a read is not worth its system call
constexpr std::size_t full_read = stream::piece_size + 512;  // a record and its overhead

// Grows with what arrives: a read that filled its room is followed by a larger one.
std::span<char> room_for_read(read_buffer& buffer) {
  if (buffer.capacity() == 0) return buffer.reserve(first_read);
  const bool filled = buffer.room().size() < least_read && buffer.capacity() < full_read;
  return buffer.reserve(filled && !buffer.empty() ? full_read - buffer.size() : least_read);
}

// Where head and body become one TLS record. Per thread: filled and sent without a suspension
// between.
thread_local thread_room record_room(stream::piece_size);

}  // namespace

stream::stream(asio::io_context& context, unique_fd connected, ssl_ptr tls)
    : socket_(context, std::move(connected), *this) {
  if (tls != nullptr) start_tls(std::move(tls));
}

stream::~stream() {
  shut_tls();
}

awaitable<io_result> stream::fill() {
  const std::size_t before = in_.size();
  for (;;) {
    if (tls_ != nullptr) decrypt();
    if (in_.size() > before) co_return io_result::ok;
    if (owner_->long_wait()) look_for_end();
    if (ended_ != io_result::ok) co_return ended_;
    if (const io_result why = owner_->interrupted(); why != io_result::ok) co_return why;
    start_read();
    if (reading_) co_await owner_->wait();
  }
}

void stream::trim() {
  if (tls_ != nullptr) SSL_free_buffers(tls_.get());
  if (outer_ != nullptr) SSL_free_buffers(outer_.get());
}

void stream::watch() {
  if (ended_ == io_result::ok && in_.size() < piece_size) start_read();
}

void stream::look_for_end() {
  if (ended_ != io_result::ok || !socket_.is_open()) return;
  const io_result end = socket_.look_for_end();
  if (end == io_result::ok) return;
  received_end(end);
  if (tls_ != nullptr) decrypt();
}

// On TLS a good end is close_notify, found by `decrypt`.
void stream::received_end(io_result end) {
  cipher_ended_ = true;
  if (tls_ == nullptr || end == io_result::failed) ended_ = end;
}

void stream::watch_for_reset() {
  if (watching_for_reset_ || !socket_.is_open()) return;
  watching_for_reset_ = true;
  socket_.wait_broken(shared_from_this());
}

void stream::start_read() {
  if (reading_) return;
  if (!socket_.is_open()) {
    ended_ = io_result::failed;
    return;
  }
  read_buffer& target = received();
  const std::span<char> room = room_for_read(target);
  if (end_expected_ || readable_) {
    boost::system::error_code error;
    if (const ssize_t n = socket_.read_now(room, error); n >= 0) {
      target.commit(static_cast<std::size_t>(n));
      readable_ = readable_ && static_cast<std::size_t>(n) == room.size();
      if (error) received_end(error == asio::error::eof ? io_result::eof : io_result::failed);
      return;
    }
    readable_ = false;
  }
  reading_ = true;
  target.hold(true);
  socket_.read(room, shared_from_this());
}

void stream::on_read(const boost::system::error_code& error, std::size_t size) {
  reading_ = false;
  if (std::exchange(only_watching_, false)) {
    readable_ = true;
    if (owner_ != nullptr) owner_->notify();
    return;
  }
  received().hold(false);
  received().commit(size);
  if (error) received_end(error == asio::error::eof ? io_result::eof : io_result::failed);
  if (owner_ != nullptr) {
    owner_->notify();
    return;
  }
  // Idle: session tickets pass in silence; anything else is for the pool to notice.
  if (tls_ != nullptr) decrypt();
  if (in_.empty()) watch();
}

void stream::on_writable() {
  waiting_write_ = false;
  if (owner_ != nullptr) owner_->notify();
}

void stream::on_broken() {
  if (!socket_.take_error()) return;
  ended_ = io_result::failed;
  if (owner_ != nullptr) owner_->notify();
}

void stream::decrypt() {
  while (ended_ == io_result::ok && in_.size() < piece_size) {
    const bool none_left = cipher_.empty() && !cipher_ended_ && SSL_has_pending(tls_.get()) == 0;
    if (none_left && (outer_ == nullptr || SSL_has_pending(outer_.get()) == 0)) return;
    const std::span<char> room = room_for_read(in_);
    const int got = SSL_read(tls_.get(), room.data(), static_cast<int>(room.size()));
    if (got > 0) {
      in_.commit(static_cast<std::size_t>(got));
      continue;
    }
    switch (SSL_get_error(tls_.get(), got)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return;
      case SSL_ERROR_ZERO_RETURN:
        ended_ = io_result::eof;
        return;
      default:
        fail_tls("reading");
        return;
    }
  }
}

void stream::fail_tls(std::string_view during) {
  ended_ = io_result::failed;
  const unsigned long code = ERR_get_error();
  const long verified = SSL_get_verify_result(tls_.get());
  tls_problem_ = during;
  tls_problem_ += ": ";
  if (verified != X509_V_OK) {
    tls_problem_ += X509_verify_cert_error_string(verified);
  } else if (const char* reason = ERR_reason_error_string(code); reason != nullptr) {
    tls_problem_ += reason;
  } else {
    tls_problem_ += "connection closed";
  }
  // SSL_get_error needs it empty before the next call, whoever makes it.
  ERR_clear_error();
}

io_result stream::try_send(std::string_view first, std::string_view second) {
  first_ = first;
  second_ = second;
  return tls_ != nullptr ? write_tls() : write_plain();
}

awaitable<io_result> stream::flush() {
  io_result sent = io_result::blocked;
  while (sent == io_result::blocked) {
    const io_result writable = co_await wait_writable();
    if (writable != io_result::ok) co_return writable;
    sent = try_send(first_, second_);
  }
  co_return sent;
}

awaitable<io_result> stream::flush_while_quiet() {
  const std::size_t before = in_.size();
  for (;;) {
    const io_result sent = try_send(first_, second_);
    if (sent != io_result::blocked) co_return sent;
    if (tls_ != nullptr) decrypt();
    if (in_.size() > before || ended_ != io_result::ok) co_return io_result::blocked;
    if (const io_result why = owner_->interrupted(); why != io_result::ok) co_return why;
    watch();
    watch_writable();
    co_await owner_->wait();
  }
}

awaitable<io_result> stream::send(std::string_view first, std::string_view second) {
  const io_result sent = try_send(first, second);
  if (sent == io_result::blocked) co_return co_await flush();
  co_return sent;
}

bool stream::send_now(std::string_view bytes) {
  return socket_.is_open() && try_send(bytes) == io_result::ok;
}

void stream::watch_writable() {
  if (waiting_write_ || !socket_.is_open()) return;
  waiting_write_ = true;
  socket_.wait_writable(shared_from_this());
}

awaitable<io_result> stream::wait_writable() {
  watch_writable();
  while (waiting_write_) {
    if (const io_result why = owner_->interrupted(); why != io_result::ok) co_return why;
    co_await owner_->wait();
  }
  co_return socket_.is_open() ? io_result::ok : io_result::failed;
}

io_result stream::write_plain() {
  while (!first_.empty() || !second_.empty()) {
    std::array<iovec, 2> pieces{iovec{const_cast<char*>(first_.data()), first_.size()},
                                iovec{const_cast<char*>(second_.data()), second_.size()}};
    msghdr message{};
    message.msg_iov = first_.empty() ? &pieces[1] : pieces.data();
    message.msg_iovlen = first_.empty() || second_.empty() ? 1 : 2;
    const ssize_t n = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? io_result::blocked : io_result::failed;
    }
    std::size_t written = static_cast<std::size_t>(n);
    const std::size_t of_first = std::min(written, first_.size());
    first_.remove_prefix(of_first);
    second_.remove_prefix(written - of_first);
  }
  return io_result::ok;
}

io_result stream::write_tls() {
  while (!first_.empty() || !second_.empty() || !record_.empty()) {
    // What is offered: the record that was refused before, one large piece as it lies, or both
    // pieces copied together, so that a head and a small body are one record.
    std::string_view offered = record_;
    std::size_t of_first = 0;
    std::size_t of_second = 0;
    if (record_.empty()) {
      of_first = std::min(first_.size(), piece_size);
      of_second = std::min(second_.size(), piece_size - of_first);
      if (of_second == 0) {
        offered = first_.substr(0, of_first);
      } else if (of_first == 0) {
        offered = second_.substr(0, of_second);
      } else {
        char* const record = record_room.bytes().data();
        std::memcpy(record, first_.data(), of_first);
        std::memcpy(record + of_first, second_.data(), of_second);
        offered = {record, of_first + of_second};
      }
    }
    const int n = SSL_write(tls_.get(), offered.data(), static_cast<int>(offered.size()));
    const bool done = n > 0;
    if (!done) {
      const int error = SSL_get_error(tls_.get(), n);
      if (error != SSL_ERROR_WANT_WRITE && error != SSL_ERROR_WANT_READ) {
        fail_tls("writing");
        return io_result::failed;
      }
      // OpenSSL wants to be offered the same bytes again.
      if (record_.empty()) record_.assign(offered);
    } else {
      record_.clear();
    }
    first_.remove_prefix(of_first);
    second_.remove_prefix(of_second);
    if (!done) return io_result::blocked;
  }
  return io_result::ok;
}

awaitable<io_result> stream::handshake() {
  for (;;) {
    const int n = SSL_do_handshake(tls_.get());
    if (n == 1) co_return io_result::ok;
    const int error = SSL_get_error(tls_.get(), n);
    if (error == SSL_ERROR_WANT_READ) {
      if (owner_->long_wait()) look_for_end();
      if (ended_ != io_result::ok || cipher_ended_) {
        if (tls_problem_.empty()) tls_problem_ = "handshake: connection closed by the peer";
        co_return io_result::failed;
      }
      if (const io_result why = owner_->interrupted(); why != io_result::ok) co_return why;
      start_read();
      if (reading_) co_await owner_->wait();
    } else if (error == SSL_ERROR_WANT_WRITE) {
      const io_result writable = co_await wait_writable();
      if (writable != io_result::ok) co_return writable;
    } else {
      fail_tls("handshake");
      co_return io_result::failed;
    }
  }
}

void stream::shutdown_send() {
  if (!socket_.is_open()) return;
  if (tls_ != nullptr && SSL_is_init_finished(tls_.get()) == 1 && ended_ != io_result::failed) {
    SSL_shutdown(tls_.get());
    if (outer_ != nullptr) SSL_shutdown(outer_.get());
    ERR_clear_error();
  }
  ::shutdown(socket_.get(), SHUT_WR);
}

void stream::close() {
  owner_ = nullptr;
  shut_tls();
  socket_.close();
}

void stream::abort() {
  const linger at_once{1, 0};
  if (socket_.is_open()) {
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  close();
}

}  // namespace gemkeeper::proxy
