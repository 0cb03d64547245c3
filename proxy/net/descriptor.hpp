// A connected socket on its worker's reactor.
//
// Asio's own receive tries the socket before it waits for it, even when the read before has emptied
// it: for each request that is relayed, two system calls in vain. This one takes a read that did
// not fill its room to have emptied the socket, as it is with TCP and Unix streams, and waits. It
// stands on Asio's reactor, whose interface is internal: `boost/asio/detail` as of Boost 1.81,
// which Debian 12 has.
//
// The reactor is edge-triggered: an end or a reset that comes together with the last bytes is told
// by the same event as they, and by no other. A read that follows them waits in vain, so whoever
// expects the end reads with `read_now`, and whoever has waited for a while asks `look_for_end`.
#pragma once

#include "net/executor.hpp"
#include "net/unique_fd.hpp"

#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>

#include <sys/types.h>

#include <memory>
#include <span>

namespace gemkeeper::proxy {

// What is told to the owner of a descriptor, on the worker's thread.
class descriptor_events {
 public:
  virtual void on_read(const boost::system::error_code& error, std::size_t size) = 0;
  virtual void on_writable() = 0;
  virtual void on_broken() = 0;

 protected:
  ~descriptor_events() = default;
};

// Not thread-safe. Of each kind (reading, writing, breaking) one operation may be outstanding;
// `keep` holds the owner alive until it completes. Operations allocate nothing.
class descriptor {
 public:
  descriptor(asio::execution_context& context, unique_fd fd, descriptor_events& events);
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor();

  [[nodiscard]] int get() const { return fd_.get(); }
  [[nodiscard]] bool is_open() const { return static_cast<bool>(fd_); }

  // Reads once there is something to read; completes from the event loop, never from here.
  void read(std::span<char> room, std::shared_ptr<void> keep);
  // Tells `on_read` of no bytes once there is something to read, an end or a reset included, and
  // needs no room meanwhile. What came with one event is told once: whoever is told takes all there
  // is with `read_now`, to the last -1, before waiting again.
  void wait_readable(std::shared_ptr<void> keep);
  void wait_writable(std::shared_ptr<void> keep);
  // Until the connection is reset.
  void wait_broken(std::shared_ptr<void> keep);

  // What there is, without waiting; -1: nothing, 0: the end, or `error`.
  ssize_t read_now(std::span<char> room, boost::system::error_code& error);
  // Whether the end of the peer's data or a reset waits to be read.
  [[nodiscard]] io_result look_for_end() const;

  // Whether the connection broke, of which the system tells once. Both sides' good ends look the
  // same to `wait_broken`.
  [[nodiscard]] bool take_error() const;

  // What is outstanding completes, later, with `operation_aborted`.
  void close();

 private:
  using reactor = asio::detail::reactor;

  class operation : public asio::detail::reactor_op {
   public:
    operation(descriptor_events& events, int kind, perform_func_type on_ready, func_type on_end)
        : reactor_op({}, on_ready, on_end), events_(events), kind_(kind) {}
    void start(descriptor& on, std::shared_ptr<void> keep, bool speculative);

   protected:
    // The owner, for as long as the completion runs.
    std::shared_ptr<void> finish() { return std::move(keep_); }
    descriptor_events& events_;

   private:
    int kind_;
    std::shared_ptr<void> keep_;
  };

  class read_operation final : public operation {
   public:
    explicit read_operation(descriptor_events& events)
        : operation(events, reactor::read_op, &receive, &tell_read) {}
    descriptor* from = nullptr;
    std::span<char> room;  // empty: only waits

   private:
    static status receive(reactor_op* base);
    static void tell_read(void* owner, asio::detail::operation* base,
                          const boost::system::error_code&, std::size_t);
  };

  // Completes when the reactor says so.
  class wait_operation final : public operation {
   public:
    using told = void (descriptor_events::*)();
    wait_operation(descriptor_events& events, int kind, told tell)
        : operation(events, kind, &ready, &tell_ready), tell_(tell) {}

   private:
    static status ready(reactor_op*) { return done; }
    static void tell_ready(void* owner, asio::detail::operation* base,
                           const boost::system::error_code&, std::size_t);
    told tell_;
  };

  reactor& reactor_;
  reactor::per_descriptor_data data_{};
  unique_fd fd_;
  read_operation read_;
  wait_operation writable_;
  wait_operation broken_;
};

}  // namespace gemkeeper::proxy
