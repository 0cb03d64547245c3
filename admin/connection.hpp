// One client's connection, from its first request to its end.
#pragma once

#include "access.hpp"
#include "router.hpp"
#include "transport.hpp"
#include <gemkeeper/admin/server.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace gemkeeper::admin {

using executor = asio::io_context::executor_type;
template <class T>
using task = asio::awaitable<T, executor>;
using steady_timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, executor>;

inline std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// What connections share. The listener's thread uses it alone, but for what is atomic.
struct shared_state {
  shared_state(server_settings with, backend& behind, const recorder& requests, event_hub& events)
      : settings(std::move(with)),
        rules(settings.token),
        in{behind,           requests, events,  settings.version, rules.needs_token(),
           settings.metrics, rules,    sessions} {}

  static constexpr int max_asking = 8;  // questions to Google, waiting ones included

  server_settings settings;
  access_rules rules;
  session_store sessions;
  failure_pauses pauses;
  context in;
  std::atomic<int> asking{0};
  std::function<void()> listener_joined;  // someone listens to events
};

class connection : public std::enable_shared_from_this<connection> {
 public:
  // `source`: the peer's address, for the pauses after wrong tokens.
  connection(asio::io_context& io, asio::thread_pool& askers, asio::thread_pool& storing,
             shared_state& shared, int descriptor, int family, std::string source);

  // Serves until the connection ends. The coroutine owns it.
  static task<void> run(std::shared_ptr<connection> self);

  void close();
  // Since when the client owes a whole request; nullopt: it is being served.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> waits_since() const {
    return waits_since_;
  }

 private:
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class next : std::uint8_t { go_on, end };

  task<next> begin();
  task<next> serve_one();
  task<next> respond();
  task<void> stream_events();
  task<void> ask(asio::thread_pool& where, const route& by, request asked);
  task<next> refuse(int status, std::string_view code, std::string_view message);
  task<next> send_last(answer what);
  task<bool> send(const answer& what, bool keep_alive);
  task<void> drain();
  task<void> end_tls();
  task<void> pause();

  // What can be said from the head alone; nullopt: go on.
  std::optional<answer> judge_head();
  std::optional<answer> judge_access();
  std::optional<answer> judge_content();
  [[nodiscard]] std::string_view field(boost::beast::http::field name) const;
  void arm(std::chrono::milliseconds limit);
  void wipe();

  asio::io_context& io_;
  asio::thread_pool& askers_;
  asio::thread_pool& storing_;
  shared_state& shared_;
  transport stream_;
  bool speaks_tls_;
  steady_timer deadline_;
  steady_timer wake_;
  std::string source_;
  std::string actor_;
  boost::beast::flat_buffer buffer_;
  std::optional<parser> parser_;
  found_route found_;
  bool head_only_ = false;
  std::chrono::milliseconds pause_{0};  // before the refusal is told
  std::optional<answer> told_;          // by the thread that asked Google
  std::optional<std::chrono::steady_clock::time_point> waits_since_;
  std::string out_;
};

}  // namespace gemkeeper::admin
