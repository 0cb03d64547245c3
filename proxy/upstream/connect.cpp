#include "upstream/connect.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace gemkeeper::proxy {

namespace {

constexpr std::chrono::milliseconds attempt_delay{250};  // RFC 8305, section 5

using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, executor>;

// Shared by the coroutine that waits for the race and by every handler of it.
class race : public std::enable_shared_from_this<race> {
 public:
  race(const executor& ex, const endpoint_list& addresses, signal& owner,
       std::chrono::milliseconds each_timeout)
      : executor_(ex),
        addresses_(addresses),
        owner_(&owner),
        each_timeout_(each_timeout),
        pace_(ex) {}

  void start_next() {
    if (next_ == addresses_.size() || winner_) return;
    const std::size_t lane = next_++;
    sockets_.push_back(std::make_unique<tcp_socket>(executor_));
    ++running_;
    started_.push_back(std::chrono::steady_clock::now());
    sockets_[lane]->async_connect(addresses_[lane], connected{shared_from_this(), lane});
    pace();
  }

  // The coroutine no longer waits: nothing may touch its signal again.
  void abandon() {
    owner_ = nullptr;
    pace_.cancel();
    for (auto& s : sockets_)
      close(*s);
  }

  [[nodiscard]] bool over() const {
    return winner_.has_value() || (running_ == 0 && next_ == addresses_.size());
  }
  unique_fd take_winner() {
    if (!winner_) return {};
    tcp_socket& won = *sockets_[*winner_];
    boost::system::error_code ignored;
    won.set_option(asio::ip::tcp::no_delay(true), ignored);
    return unique_fd(won.release(ignored));
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct connected {
    std::shared_ptr<race> self;
    std::size_t lane;
    void operator()(const boost::system::error_code& error) const { self->on_connect(lane, error); }
  };
  struct paced {
    std::shared_ptr<race> self;
    void operator()(const boost::system::error_code& error) const {
      if (!error && self->owner_ != nullptr) self->on_pace();
    }
  };

  static void close(tcp_socket& s) {
    boost::system::error_code ignored;
    s.close(ignored);
  }

  void on_connect(std::size_t lane, const boost::system::error_code& error) {
    --running_;
    if (owner_ == nullptr || winner_) return;
    if (!error) {
      winner_ = lane;
      pace_.cancel();
      for (std::size_t i = 0; i < sockets_.size(); ++i) {
        if (i != lane) close(*sockets_[i]);
      }
    } else {
      if (error != asio::error::operation_aborted) problem_ = error.message();
      start_next();
    }
    if (over()) owner_->notify();
  }

  void pace() {
    pace_.expires_after(next_ < addresses_.size() ? attempt_delay : each_timeout_);
    pace_.async_wait(paced{shared_from_this()});
  }

  void on_pace() {
    const auto now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      if (sockets_[i]->is_open() && now - started_[i] >= each_timeout_) {
        problem_ = "connection timed out";
        close(*sockets_[i]);
      }
    }
    if (next_ < addresses_.size()) {
      start_next();
    } else if (running_ != 0) {
      pace();
    }
  }

  executor executor_;
  endpoint_list addresses_;
  signal* owner_;
  std::chrono::milliseconds each_timeout_;
  timer pace_;
  std::vector<std::unique_ptr<tcp_socket>> sockets_;
  std::vector<steady_time> started_;
  std::size_t next_ = 0;
  std::size_t running_ = 0;
  std::optional<std::size_t> winner_;
  std::string problem_;
};

}  // namespace

awaitable<connect_result> connect_any(executor ex, const endpoint_list& addresses, signal& owner,
                                      std::chrono::milliseconds each_timeout) {
  connect_result result;
  const auto running = std::make_shared<race>(ex, addresses, owner, each_timeout);
  running->start_next();
  while (!running->over()) {
    result.status = owner.interrupted();
    if (result.status != io_result::ok) {
      running->abandon();
      result.problem = "connection timed out";
      co_return result;
    }
    co_await owner.wait();
  }
  result.connected = running->take_winner();
  result.problem = running->problem();
  result.status = result.connected ? io_result::ok : io_result::failed;
  running->abandon();
  co_return result;
}

awaitable<connect_result> connect_by_name(executor ex, std::shared_ptr<address_book> host,
                                          signal& owner, std::chrono::milliseconds each_timeout,
                                          steady_time until) {
  connect_result result;
  owner.expire_at(std::min(until, std::chrono::steady_clock::now() + 3 * each_timeout));
  const endpoint_list addresses = co_await host->get(owner);
  if (addresses.empty()) {
    result.status = owner.interrupted();
    const bool failed = result.status == io_result::ok;
    if (failed) result.status = io_result::failed;
    result.problem = "look-up of " + host->host() + ": " + (failed ? host->problem() : "timed out");
    co_return result;
  }
  result = co_await connect_any(ex, addresses, owner, each_timeout);
  if (!result.connected) result.problem.insert(0, "connect: ");
  co_return result;
}

}  // namespace gemkeeper::proxy
