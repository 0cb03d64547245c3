#include "net/descriptor.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gemkeeper::proxy {

namespace {

// How many bytes are left after a read, at least 1 when the peer's end is among them; -1: unknown.
int bytes_left(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_TCP || c->cmsg_type != TCP_CM_INQ) continue;
    int left = -1;
    std::memcpy(&left, CMSG_DATA(c), sizeof(left));
    return left;
  }
  return -1;
}

}  // namespace

descriptor::descriptor(asio::execution_context& context, unique_fd fd, descriptor_events& events)
    : reactor_(asio::use_service<reactor>(context)),
      fd_(std::move(fd)),
      read_(events),
      writable_(events, reactor::write_op, &descriptor_events::on_writable),
      broken_(events, reactor::except_op, &descriptor_events::on_broken) {
  // Unix sockets and old kernels refuse: their reads are tried in vain then.
  const int on = 1;
  ::setsockopt(fd_.get(), SOL_TCP, TCP_INQ, &on, sizeof(on));
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
  read_.fd = fd_.get();
  read_.room = room;
  read_.start(*this, std::move(keep), true);
}

void descriptor::wait_writable(std::shared_ptr<void> keep) {
  writable_.start(*this, std::move(keep), false);
}

void descriptor::wait_broken(std::shared_ptr<void> keep) {
  broken_.start(*this, std::move(keep), false);
}

bool descriptor::was_reset() const {
  int pending = 0;
  socklen_t size = sizeof(pending);
  return ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &pending, &size) == 0 && pending != 0;
}

void descriptor::operation::start(descriptor& on, std::shared_ptr<void> keep, bool speculative) {
  keep_ = std::move(keep);
  ec_ = {};
  bytes_transferred_ = 0;
  on.reactor_.start_op(kind_, on.fd_.get(), on.data_, this, false, speculative);
}

asio::detail::reactor_op::status descriptor::read_operation::receive(reactor_op* base) {
  auto& self = *static_cast<read_operation*>(base);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec piece{self.room.data(), self.room.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t n = 0;
  do {
    n = ::recvmsg(self.fd, &message, MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  if (n < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return not_done;
    self.ec_ = boost::system::error_code(errno, boost::system::system_category());
    return done;
  }
  if (n == 0) self.ec_ = asio::error::eof;
  self.bytes_transferred_ = static_cast<std::size_t>(n);
  return bytes_left(message) == 0 ? done_and_exhausted : done;
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
