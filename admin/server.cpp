#include "connection.hpp"
#include "json_output.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>
#include <utility>

namespace gemkeeper::admin {
namespace {

using boost::system::error_code;
using descriptor = asio::posix::basic_stream_descriptor<executor>;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
constexpr std::size_t askers = 2;
constexpr std::chrono::milliseconds usage_interval{1'000};
constexpr std::chrono::milliseconds room_poll{50};

std::string text_of(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (peer.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  } else {
    return "unix";
  }
  return text.data();
}

// The data path goes first: beside a worker that is never idle, the nicest thread gets 15/1024 of a
// core's time, enough for hundreds of probes a second. A thread has a niceness of its own on Linux
// (setpriority(2)).
void be_modest() {
  constexpr int nicest = 19;
  ::setpriority(PRIO_PROCESS, 0, nicest);
}

}  // namespace

struct server::impl {
  impl(server_settings settings, backend& behind, const recorder& requests, event_hub& events)
      : shared(std::move(settings), behind, requests, events),
        usage_timer(io.get_executor()),
        asking(askers),
        storing(1) {
    asio::post(storing, be_modest);
    shared.listener_joined = [this] {
      if (!telling) tell_usage();
    };
    for (const listening_socket& one : shared.settings.sockets) {
      asio::co_spawn(io, accept(descriptor(io.get_executor(), one.descriptor), one.family),
                     report());
    }
    thread = std::thread([this] {
      be_modest();
      io.run();
    });
  }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  ~impl() {
    io.stop();
    thread.join();
    asking.stop();  // what has not begun
    storing.stop();
    asking.join();
    storing.join();
  }

  std::function<void(std::exception_ptr)> report() {
    return [this](const std::exception_ptr& error) {
      if (error)
        shared.in.behind.note("admin_error", "a connection of the admin API failed", {}, {});
    };
  }

  task<void> accept(descriptor from, int family) {
    steady_timer pause(from.get_executor());
    for (;;) {
      const auto [error] = co_await from.async_wait(descriptor::wait_read, as_result);
      if (error) co_return;
      if (!make_room()) {
        pause.expires_after(room_poll);
        co_await pause.async_wait(as_result);
        continue;
      }
      sockaddr_storage peer{};
      socklen_t size = sizeof(peer);
      const int accepted = ::accept4(from.native_handle(), reinterpret_cast<sockaddr*>(&peer),
                                     &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (accepted < 0) {
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) continue;
        pause.expires_after(room_poll);  // no descriptor is left, most likely
        co_await pause.async_wait(as_result);
        continue;
      }
      auto fresh = std::make_shared<connection>(io, asking, storing, shared, accepted, family,
                                                text_of(peer));
      connections.push_back(fresh);
      asio::co_spawn(io, connection::run(std::move(fresh)), report());
    }
  }

  // Of too many connections that one gives way which has owed a request for the longest: whoever
  // floods the listener keeps nobody else out.
  bool make_room() {
    std::erase_if(connections, [](const auto& one) { return one.expired(); });
    if (connections.size() < shared.settings.max_connections) return true;
    std::shared_ptr<connection> laziest;
    for (const auto& one : connections) {
      const auto alive = one.lock();
      if (!alive || !alive->waits_since()) continue;
      if (!laziest || *alive->waits_since() < *laziest->waits_since()) laziest = alive;
    }
    if (laziest) laziest->close();
    return laziest != nullptr;
  }

  // While somebody listens.
  void tell_usage() {
    telling = shared.in.events.listeners() != 0;
    if (!telling) return;
    std::string now = usage_json();
    if (now != told) shared.in.events.publish("usage", now);
    told = std::move(now);
    usage_timer.expires_after(usage_interval);
    usage_timer.async_wait([this](const error_code& error) {
      if (!error) tell_usage();
    });
  }

  std::string usage_json() {
    const pool::pool_counts counts = shared.in.behind.counts();
    pool::usage_counts all;
    for (const auto& [of, used] : shared.in.behind.usage())
      all += used;
    json_output json;
    json.begin_object();
    write_counts(json, counts);
    json.member("total_calls", all.calls);
    json.member("total_tokens", all.tokens.total);
    json.end_object();
    return json.line();
  }

  shared_state shared;
  std::vector<std::weak_ptr<connection>> connections;  // owned by their coroutines
  bool telling = false;
  std::string told;
  asio::io_context io{1};
  steady_timer usage_timer;
  asio::thread_pool asking;
  asio::thread_pool storing;  // one thread: the store serves one reader at a time
  std::thread thread;
};

server::server(server_settings settings, backend& behind, const recorder& requests,
               event_hub& events)
    : impl_(std::make_unique<impl>(std::move(settings), behind, requests, events)) {}
server::~server() = default;

}  // namespace gemkeeper::admin
