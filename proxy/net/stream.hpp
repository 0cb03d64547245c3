// A byte stream over a socket, plain or TLS, as the data path uses it.
//
// Reading: at most one read is outstanding, and it stays outstanding between requests and while
// the connection idles, so that the end of a peer is seen when it happens, without a system call.
// Writing: sent at once with one system call; only a full socket makes a coroutine wait.
#pragma once

#include "net/descriptor.hpp"
#include "net/executor.hpp"
#include "net/read_buffer.hpp"
#include "net/signal.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

struct ssl_deleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_deleter>;

// Lives on its worker's thread. Shared by its owner and by the operations that are outstanding on
// the socket: their completion may come after the owner let go.
class stream final : public std::enable_shared_from_this<stream>, private descriptor_events {
 public:
  // One TLS record of plain text; also what a read takes at most.
  static constexpr std::size_t piece_size = 16 * 1024;

  // `tls` nullptr: plain; else the handshake is the caller's next step.
  stream(asio::io_context& context, unique_fd connected, ssl_ptr tls = nullptr);
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream();

  // Whose coroutine to wake; nullptr while nobody uses the stream.
  void attach(signal* owner) { owner_ = owner; }

  [[nodiscard]] read_buffer& in() { return in_; }
  // Waits until there are more bytes than before.
  awaitable<io_result> fill();
  // Gives back the memory that TLS takes while it works, until it works again. For a stream that
  // waits longer than it works.
  void trim();
  // Keeps a read outstanding without waiting for it.
  void watch();
  // `ok` while the peer may still send; else how it ended. What it sent before may be in `in()`.
  [[nodiscard]] io_result ended() const { return ended_; }
  // Asks for an end that no event told (see descriptor.hpp).
  void look_for_end();
  // The peer will end the stream with what it sends now, and that is waited for.
  void expect_end() { end_expected_ = true; }
  // After the end of the peer's data: notifies once more when the connection breaks altogether.
  void watch_for_reset();

  // For whoever moves bytes between two streams and needs no buffer while they rest
  // (stream_relay.cpp). Waits for something to read, without a buffer and without reading it;
  // `owner` is told.
  void watch_readable();
  // Something is outstanding that will tell what the peer says.
  [[nodiscard]] bool is_watched() const { return reading_; }
  // It was told that there is something to read, and not all of it was read yet.
  [[nodiscard]] bool is_readable() const { return readable_; }
  // What the peer sent, past `in()`, which is empty; `got` is 0 but for `ok`. `blocked`: nothing
  // for now. After a reset: what came before it, then `failed`. `room` holds at least `piece_size`.
  io_result read_some(std::span<char> room, std::size_t& got);
  // Sends what goes at once and leaves the rest in `bytes`. After `blocked`, call `watch_writable`,
  // and this again when `is_full` is over, even if nothing is left (TLS holds a record back).
  io_result send_some(std::string_view& bytes);
  void watch_writable();
  [[nodiscard]] bool is_full() const { return waiting_write_; }

  // Sends both pieces in this order, as one segment or TLS record where they fit. `blocked`: not
  // all of it could go at once; `co_await flush()` sends the rest, and until then the pieces must
  // stay where they are.
  io_result try_send(std::string_view first, std::string_view second = {});
  awaitable<io_result> flush();
  // As `flush`, but `blocked` again as soon as the peer says something, or ends, before it has
  // taken all.
  awaitable<io_result> flush_while_quiet();
  awaitable<io_result> send(std::string_view first, std::string_view second = {});
  // The same without waiting; `false`: not all could be sent now, and the bytes that could not are
  // lost. For last words to a peer about to be closed.
  bool send_now(std::string_view bytes);

  // Speaks TLS from now on: over the plain stream, or inside the TLS of it, as through a TLS proxy;
  // two layers at most. The handshake is the caller's next step. What a plain stream has received
  // counts as the peer's first bytes of TLS; inside TLS nothing may be left unread.
  void start_tls(ssl_ptr tls);
  awaitable<io_result> handshake();

  // Ends the sending side: FIN, after close_notify on TLS.
  void shutdown_send();
  void close();
  // Closes with a reset, so that the peer cannot take what it has for all there was.
  void abort();
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  [[nodiscard]] SSL* tls() const { return tls_.get(); }
  // Why TLS failed, in OpenSSL's words; empty: it did not.
  [[nodiscard]] const std::string& tls_problem() const { return tls_problem_; }

 private:
  static BIO_METHOD* bio_method();
  static int bio_read(BIO* bio, char* data, int size);
  static int bio_write(BIO* bio, const char* data, int size);
  static long bio_ctrl(BIO* bio, int command, long number, void* pointer);

  read_buffer& received() { return tls_ != nullptr ? cipher_ : in_; }
  void received_end(io_result end);
  void start_read();
  void on_read(const boost::system::error_code& error, std::size_t size) override;
  void on_writable() override;
  void on_broken() override;
  void decrypt();
  void fail_tls(std::string_view during);
  io_result read_some_tls(std::span<char> room, std::size_t& got);
  void shut_tls();
  io_result write_plain();
  io_result write_tls();
  awaitable<io_result> wait_writable();

  descriptor socket_;
  signal* owner_ = nullptr;
  read_buffer in_;
  read_buffer cipher_;  // received and not decrypted yet; TLS only
  ssl_ptr outer_;       // to the proxy, when `tls_` speaks inside of it
  ssl_ptr tls_;
  std::string_view first_;  // what is being sent
  std::string_view second_;
  std::string record_;  // a TLS record that could not be sent in one piece
  std::string tls_problem_;
  io_result ended_ = io_result::ok;
  bool cipher_ended_ = false;
  bool end_expected_ = false;
  bool reading_ = false;
  bool only_watching_ = false;  // of `reading_`: no buffer is in it
  bool readable_ = false;
  bool waiting_write_ = false;
  bool watching_for_reset_ = false;
};

}  // namespace gemkeeper::proxy
