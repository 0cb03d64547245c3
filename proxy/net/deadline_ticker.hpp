// Lets the deadlines of an io_context that does one thing come, until that is done.
#pragma once

#include "net/signal.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace gemkeeper::proxy {

// What it is given outlives it.
class deadline_ticker {
 public:
  deadline_ticker(boost::asio::io_context& io, deadline_list& deadlines, interrupter& owner)
      : deadlines_(deadlines), owner_(owner), timer_(io) {}

  // Once its owner is interrupted every deadline has come. May be called again when the context
  // has run out of work after `stop`.
  void start() {
    stopped_ = false;
    wait();
  }
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  void wait() {
    timer_.expires_after(deadline_list::tick);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error || stopped_) return;
      const bool over = owner_.interrupted() != io_result::ok;
      deadlines_.sweep(over ? steady_time::max() : std::chrono::steady_clock::now());
      if (!stopped_) wait();
    });
  }

  deadline_list& deadlines_;
  interrupter& owner_;
  boost::asio::steady_timer timer_;
  bool stopped_ = false;
};

}  // namespace gemkeeper::proxy
