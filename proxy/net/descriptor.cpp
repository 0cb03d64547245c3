#include "net/descriptor.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace gemkeeper::proxy {

namespace {

bool nothing_yet(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

descriptor::descriptor(asio::execution_context& context, unique_fd fd, descriptor_events& events)
    : reactor_(asio::use_service<reactor>(context)),
      fd_(std::move(fd)),
      read_(events),
      writable_(events, reactor::write_op, &descriptor_events::on_writable),
      broken_(events, reactor::except_op, &descriptor_events::on_broken) {
  reactor_.init_task();
  // Without memory for it the descriptor counts as closed, and the connection ends.
  if (reactor_.register_descriptor(fd_.get(), data_) != 0) fd_.reset();
}

descriptor::~descriptor() {
  close();
}

void descriptor::close() {
  if (!fd_) return;
  reactor_.deregister_descriptor(fd_.get(), data_, true);
  fd_.reset();
  reactor_.cleanup_descriptor_data(data_);
}

void descriptor::read(std::span<char> room, std::shared_ptr<void> keep) {
  read_.from = this;
  read_.room = room;
  read_.start(*this, std::move(keep), true);
}

void descriptor::wait_readable(std::shared_ptr<void> keep) {
  read({}, std::move(keep));
}

void descriptor::wait_writable(std::shared_ptr<void> keep) {
  writable_.start(*this, std::move(keep), false);
}

void descriptor::wait_broken(std::shared_ptr<void> keep) {
  broken_.start(*this, std::move(keep), false);
}

ssize_t descriptor::read_now(std::span<char> room, boost::system::error_code& error) {
  ssize_t n = 0;
  do {
    n = ::recv(fd_.get(), room.data(), room.size(), MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && !nothing_yet(errno)) {
    error = boost::system::error_code(errno, boost::system::system_category());
    return 0;
  }
  if (n == 0) error = asio::error::eof;
  return n;
}

io_result descriptor::look_for_end() const {
  char next = 0;
  const ssize_t n = ::recv(fd_.get(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n == 0) return io_result::eof;
  return n > 0 || nothing_yet(errno) || errno == EINTR ? io_result::ok : io_result::failed;
}

bool descriptor::take_error() const {
  int error = 0;
  socklen_t size = sizeof(error);
  return ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

void descriptor::operation::start(descriptor& on, std::shared_ptr<void> keep, bool speculative) {
  keep_ = std::move(keep);
  ec_ = {};
  bytes_transferred_ = 0;
  on.reactor_.start_op(kind_, on.fd_.get(), on.data_, this, false, speculative);
}

asio::detail::reactor_op::status descriptor::read_operation::receive(reactor_op* base) {
  auto& self = *static_cast<read_operation*>(base);
  if (self.room.empty()) return done_and_exhausted;
  const ssize_t n = self.from->read_now(self.room, self.ec_);
  if (n < 0) return not_done;
  self.bytes_transferred_ = static_cast<std::size_t>(n);
  return self.bytes_transferred_ < self.room.size() && n > 0 ? done_and_exhausted : done;
}

void descriptor::read_operation::tell_read(void* owner, asio::detail::operation* base,
                                           const boost::system::error_code&, std::size_t) {
  auto& self = *static_cast<read_operation*>(base);
  const std::shared_ptr<void> keep = self.finish();
  if (owner != nullptr) self.events_.on_read(self.ec_, self.bytes_transferred_);
}

void descriptor::wait_operation::tell_ready(void* owner, asio::detail::operation* base,
                                            const boost::system::error_code&, std::size_t) {
  auto& self = *static_cast<wait_operation*>(base);
  const std::shared_ptr<void> keep = self.finish();
  // Of a closed descriptor, too: whoever waits for it looks at the state of the stream.
  if (owner != nullptr) (self.events_.*self.tell_)();
}

}  // namespace gemkeeper::proxy
