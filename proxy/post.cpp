#include "net/deadline_ticker.hpp"
#include "upstream/connection_pool.hpp"
#include "upstream/fetch.hpp"
#include "upstream/proxy_tls.hpp"
#include <gemkeeper/proxy/egress.hpp>
#include <gemkeeper/proxy/post.hpp>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::size_t max_answer = 64 * 1024;
constexpr std::size_t kept_of_answer = 1024;

upstream_settings as_upstream(const post_destination& to, milliseconds limit) {
  upstream_settings settings;
  settings.tls = to.tls;
  settings.host = to.host;
  settings.port = to.port;
  settings.connect_timeout = limit;
  settings.tls_timeout = limit;
  return settings;
}

std::string request_text(const post_destination& to, std::string_view fields,
                         std::string_view body) {
  const bool usual_port = to.port == (to.tls ? 443 : 80);
  const bool v6 = to.host.find(':') != to.host.npos;
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}{}{}{}\r\nUser-Agent: gemkeeper\r\n{}Content-Length: {}\r\n"
      "Connection: close\r\n\r\n{}",
      to.target, v6 ? "[" : "", to.host, v6 ? "]" : "",
      usual_port ? std::string() : fmt::format(":{}", to.port), fields, body.size(), body);
}

class poster final : private interrupter {
 public:
  poster(const post_destination& to, std::string request, milliseconds limit,
         const std::function<bool()>& abandoned)
      : to_(to),
        request_(std::move(request)),
        settings_(as_upstream(to, limit)),
        abandoned_(abandoned),
        end_(std::chrono::steady_clock::now() + limit),
        to_proxies_(to.proxy_ca_file),
        ticker_(context_, deadlines_, *this) {
    if (to.tls) tls_.emplace(to.ca_file, to.ca_setting);
    std::unique_ptr<proxy_dialer> dialer;
    egress via;
    if (!to.via.empty()) {
      if (auto wrong = parse_egress(to.via, via); !wrong.empty()) {
        throw std::runtime_error(fmt::format("{} {}", to.via_setting, wrong));
      }
    }
    if (via.kind != egress::protocol::direct) {
      dialer = std::make_unique<proxy_dialer>(context_.get_executor(), via,
                                              std::string(to.via_setting), settings_, to_proxies_);
    }
    pool_.emplace(context_.get_executor(), settings_, settings_, tls_ ? &*tls_ : nullptr, load_,
                  to.host, std::move(dialer));
  }

  post_answer run() {
    asio::co_spawn(context_, ask(), [this](const std::exception_ptr& error) {
      error_ = error;
      ticker_.stop();
    });
    ticker_.start();
    context_.run();
    if (error_ != nullptr) std::rethrow_exception(error_);
    return std::move(answer_);
  }

 private:
  awaitable<void> ask() {
    signal wake(deadlines_);
    wake.set_interrupter(this);
    const open_result opened = co_await pool_->open(wake);
    if (opened.connection == nullptr) {
      answer_.problem = with_remedy(opened);
      co_return;
    }
    wake.expire_at(end_);
    fetched said;
    const io_result got = co_await fetch(*opened.connection->io, request_, max_answer, said);
    answer_.status = said.head.status;
    answer_.body = said.body.substr(0, kept_of_answer);
    // The status is what counts: what is wrong behind it is not worth another delivery.
    if (got == io_result::ok || said.head.status != 0) co_return;
    answer_.problem = interrupted() != io_result::ok || got == io_result::timed_out
                          ? "no answer in time"
                          : "the connection ended before an answer";
  }

  [[nodiscard]] std::string with_remedy(const open_result& opened) {
    if (opened.failed == leg::proxy) return opened.problem;  // names its setting itself
    const std::string_view setting =
        opened.failed == leg::upstream_tls ? to_.ca_setting : to_.url_setting;
    const std::string_view what =
        interrupted() != io_result::ok ? "no connection in time" : std::string_view(opened.problem);
    return fmt::format("{}: {}; check {}", to_.host, what, setting);
  }

  io_result interrupted() override {
    if (abandoned_()) return io_result::cancelled;
    return std::chrono::steady_clock::now() < end_ ? io_result::ok : io_result::timed_out;
  }

  const post_destination& to_;
  const std::string request_;
  const upstream_settings settings_;
  const std::function<bool()>& abandoned_;
  const steady_time end_;
  asio::io_context context_{1};
  deadline_list deadlines_;
  std::optional<client_tls_context> tls_;
  proxy_tls to_proxies_;
  worker_load load_;  // nobody reads it
  std::optional<connection_pool> pool_;
  deadline_ticker ticker_;
  post_answer answer_;
  std::exception_ptr error_;
};

}  // namespace

post_answer post(const post_destination& to, std::string_view fields, std::string_view body,
                 milliseconds limit, const std::function<bool()>& abandoned) {
  try {
    return poster(to, request_text(to, fields, body), limit, abandoned).run();
  } catch (const std::exception& e) {
    post_answer none;
    none.problem = e.what();
    return none;
  }
}

}  // namespace gemkeeper::proxy
