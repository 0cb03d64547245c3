// The part of a stream that needs no buffer while it rests.
#include "net/stream.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <limits>

namespace gemkeeper::proxy {

namespace {

constexpr std::size_t record_with_overhead =
    stream::piece_size + 512;  // a TLS record and its overhead

}  // namespace

void stream::watch_readable() {
  if (reading_ || readable_ || ended_ != io_result::ok) return;
  if (!socket_.is_open()) {
    ended_ = io_result::failed;
    return;
  }
  if (in_.empty()) in_.release();
  if (cipher_.empty()) cipher_.release();
  trim();
  reading_ = only_watching_ = true;
  socket_.wait_readable(shared_from_this());
}

io_result stream::read_some(std::span<char> room, std::size_t& got) {
  got = 0;
  // What a plain peer sent before it broke the connection is still to be had.
  const bool broken = ended_ == io_result::failed && tls_ == nullptr && socket_.is_open();
  if (ended_ != io_result::ok && !broken) return ended_;
  if (reading_ && !only_watching_) return io_result::blocked;
  if (tls_ != nullptr) return read_some_tls(room, got);
  boost::system::error_code error;
  const ssize_t n = socket_.read_now(room, error);
  if (broken && n <= 0) return ended_;
  if (n < 0) {
    readable_ = false;
    return io_result::blocked;
  }
  if (error) {
    received_end(error == asio::error::eof ? io_result::eof : io_result::failed);
    return ended_;
  }
  got = static_cast<std::size_t>(n);
  return io_result::ok;
}

io_result stream::read_some_tls(std::span<char> room, std::size_t& got) {
  constexpr std::size_t most = std::numeric_limits<int>::max();
  for (;;) {
    const int n = SSL_read(tls_.get(), room.data(), static_cast<int>(std::min(room.size(), most)));
    if (n > 0) {
      got = static_cast<std::size_t>(n);
      return io_result::ok;
    }
    const int why = SSL_get_error(tls_.get(), n);
    if (why == SSL_ERROR_ZERO_RETURN) return ended_ = io_result::eof;
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
      fail_tls("reading");
      return ended_;
    }
    boost::system::error_code error;
    const ssize_t received = socket_.read_now(cipher_.reserve(record_with_overhead), error);
    if (received < 0) {
      readable_ = false;
      return io_result::blocked;
    }
    cipher_.commit(static_cast<std::size_t>(received));
    if (!error) continue;
    received_end(error == asio::error::eof ? io_result::eof : io_result::failed);
    if (ended_ != io_result::ok) return ended_;
  }
}

io_result stream::send_some(std::string_view& bytes) {
  const io_result sent = try_send(bytes);
  bytes = first_;
  return sent;
}

}  // namespace gemkeeper::proxy
