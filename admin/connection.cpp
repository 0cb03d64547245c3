#include "connection.hpp"

#include "answer_head.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <openssl/crypto.h>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gemkeeper::admin {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
constexpr std::size_t max_head = 16 * 1024;
constexpr std::uint64_t max_body = 1024 * 1024;
constexpr std::chrono::seconds heartbeat{15};

}  // namespace

connection::connection(asio::io_context& io, asio::thread_pool& askers, asio::thread_pool& storing,
                       shared_state& shared, int descriptor, int family, std::string source)
    : io_(io),
      askers_(askers),
      storing_(storing),
      shared_(shared),
      stream_(
          stream_socket(io.get_executor(), asio::generic::stream_protocol(family, 0), descriptor)),
      speaks_tls_(shared.settings.tls != nullptr && family != AF_UNIX),
      deadline_(io.get_executor()),
      wake_(io.get_executor()),
      source_(std::move(source)),
      actor_(shared.rules.needs_token() ? "admin token from " + source_ : source_),
      buffer_(max_head + max_body + max_head) {}

task<void> connection::run(std::shared_ptr<connection> self) {
  next then = co_await self->begin();
  // Not awaited in the loop's condition: GCC 12 loses its place there.
  while (then == next::go_on)
    then = co_await self->serve_one();
  self->close();
}

void connection::close() {
  error_code ignored;
  stream_.socket().close(ignored);
  deadline_.cancel();
  wake_.cancel();
}

void connection::arm(std::chrono::milliseconds limit) {
  deadline_.expires_after(limit);
  deadline_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (!error && self) self->close();
  });
}

std::string_view connection::field(http::field name) const {
  const auto& fields = parser_->get();
  const auto found = fields.find(name);
  return found == fields.end() ? std::string_view{} : view(found->value());
}

task<connection::next> connection::serve_one() {
  const auto& limits = shared_.settings;
  parser_.emplace();
  parser_->header_limit(max_head);
  parser_->body_limit(max_body);
  found_ = {};
  pause_ = {};
  waits_since_ = steady_clock::now();
  if (buffer_.size() == 0) {
    arm(limits.idle_timeout);
    // What TLS has taken off the socket already would not make it readable.
    const auto room = buffer_.prepare(max_head);
    const auto [idle_error, size] = co_await stream_.async_read_some(room, as_result);
    if (idle_error) co_return next::end;
    buffer_.commit(size);
  }
  arm(limits.read_timeout);
  const auto [error, head_size] =
      co_await http::async_read_header(stream_, buffer_, *parser_, as_result);
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    co_return co_await refuse(431, "head_too_large", "the request's head is larger than 16 KiB");
  }
  if (error == http::error::body_limit) {
    co_return co_await refuse(413, "body_too_large", "the body is larger than 1 MiB");
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) {
    co_return next::end;
  }
  if (error) {
    const bool is_http =
        error.category() == http::make_error_code(http::error::bad_method).category();
    if (!is_http) co_return next::end;
    co_return co_await refuse(400, "malformed_request", "this is not an HTTP/1.1 request");
  }
  head_only_ = parser_->get().method() == http::verb::head;
  std::optional<answer> refused = judge_head();
  if (refused) {
    if (pause_.count() != 0) co_await pause();
    answer last = std::move(*refused);
    co_return co_await send_last(std::move(last));
  }
  if (!field(http::field::expect).empty()) {
    constexpr std::string_view go_ahead = "HTTP/1.1 100 Continue\r\n\r\n";
    out_ = go_ahead;
    const auto [told, size] = co_await asio::async_write(stream_, asio::buffer(out_), as_result);
    if (told) co_return next::end;
  }
  const auto [body_error, body_size] =
      co_await http::async_read(stream_, buffer_, *parser_, as_result);
  if (body_error == http::error::body_limit || body_error == http::error::buffer_overflow) {
    co_return co_await refuse(413, "body_too_large", "the body is larger than 1 MiB");
  }
  if (body_error) co_return next::end;
  waits_since_.reset();
  co_return co_await respond();
}

task<connection::next> connection::respond() {
  const route& by = *found_.at;
  const std::string_view target = view(parser_->get().target());
  const std::size_t mark = std::min(target.find('?'), target.size());
  request asked;
  asked.path = target.substr(0, mark);
  asked.query = target.substr(std::min(mark + 1, target.size()));
  asked.body = parser_->get().body();
  asked.parameter = found_.parameter;
  asked.actor = actor_;
  asked.host = field(http::field::host);
  asked.cookie = field(http::field::cookie);
  asked.accept_encoding = field(http::field::accept_encoding);
  asked.if_none_match = field(http::field::if_none_match);
  asked.https = field(http::field::origin).starts_with("https://");
  if (by.takes == pace::events && !head_only_) {
    co_await stream_events();
    co_return next::end;
  }
  answer made;
  if (by.takes == pace::store) {
    deadline_.cancel();
    co_await ask(storing_, by, asked);
    made = std::move(*told_);
    told_.reset();
  } else if (by.takes == pace::google) {
    if (shared_.asking.fetch_add(1) >= shared_state::max_asking) {
      shared_.asking.fetch_sub(1);
      made = refusal_answer(503, "busy", "too many keys are being validated: try again");
      made.fields.emplace_back("Retry-After", "1");
    } else {
      deadline_.cancel();  // the question has an end of its own
      co_await ask(askers_, by, asked);
      shared_.asking.fetch_sub(1);
      made = std::move(*told_);
      told_.reset();
    }
  } else {
    made = handle(shared_.in, by, asked);
  }
  wipe();
  if (made.guessed) {
    pause_ = shared_.pauses.failed(source_, steady_clock::now());
    co_await pause();
  }
  const bool keep_alive = parser_->keep_alive();
  const bool sent = co_await send(made, keep_alive);
  if (sent && keep_alive) co_return next::go_on;
  if (sent && stream_.is_tls()) co_await end_tls();
  co_return next::end;
}

// The thread that asks owns the connection meanwhile, and touches `asked` and what it refers to.
task<void> connection::ask(asio::thread_pool& where, const route& by, request asked) {
  wake_.expires_at(steady_timer::time_point::max());
  asio::post(where, [self = shared_from_this(), &by, asked] {
    answer made = handle(self->shared_.in, by, asked);
    asio::post(self->io_, [self, made = std::move(made)]() mutable {
      self->told_ = std::move(made);
      self->wake_.cancel();
    });
  });
  while (!told_) {
    wake_.expires_at(steady_timer::time_point::max());
    co_await wake_.async_wait(as_result);
  }
}

// A secret may have come in: it does not stay in memory.
void connection::wipe() {
  std::string& body = parser_->get().body();
  OPENSSL_cleanse(body.data(), body.size());
  const std::size_t rest = buffer_.size();
  const auto free = buffer_.prepare(buffer_.capacity() - rest);
  OPENSSL_cleanse(free.data(), free.size());
}

task<connection::next> connection::refuse(int status, std::string_view code,
                                          std::string_view message) {
  head_only_ = false;
  answer what = refusal_answer(status, code, message);
  co_return co_await send_last(std::move(what));
}

task<connection::next> connection::send_last(answer what) {
  const bool sent = co_await send(what, false);
  if (sent && !stream_.is_tls()) co_await drain();
  if (sent && stream_.is_tls()) co_await end_tls();
  co_return next::end;
}

task<bool> connection::send(const answer& what, bool keep_alive) {
  arm(shared_.settings.write_timeout);
  out_ = head_of(what, keep_alive, body_length::known);
  const std::array<asio::const_buffer, 2> all{
      asio::buffer(out_), head_only_ ? asio::const_buffer() : asio::buffer(what.body)};
  // A thread in the kernel keeps its core: not for hundreds of kilobytes, while a worker waits.
  const auto in_pieces = [](const error_code& error, std::size_t) -> std::size_t {
    constexpr std::size_t piece = 16 * 1024;
    return error ? 0 : piece;
  };
  const auto [error, size] = co_await asio::async_write(stream_, all, in_pieces, as_result);
  co_return !error;
}

// What the client still sends is taken for a while: a reset could overtake the answer.
task<void> connection::drain() {
  constexpr std::chrono::milliseconds patience{1'000};
  constexpr std::size_t most = 4 * 1024 * 1024;
  arm(patience);
  error_code ignored;
  stream_.socket().shutdown(stream_socket::shutdown_send, ignored);
  out_.resize(max_head);
  for (std::size_t taken = 0; taken < most;) {
    const auto [error, size] = co_await stream_.async_read_some(asio::buffer(out_), as_result);
    if (error) break;
    taken += size;
  }
}

task<void> connection::pause() {
  arm(pause_ + shared_.settings.write_timeout);
  wake_.expires_after(pause_);
  co_await wake_.async_wait(as_result);
}

task<void> connection::stream_events() {
  const auto wake = [weak = weak_from_this(), &io = io_] {
    asio::post(io, [weak] {
      if (const auto self = weak.lock()) self->wake_.cancel();
    });
  };
  const std::shared_ptr<event_queue> queue = shared_.in.events.listen(wake);
  if (queue == nullptr) {
    answer busy = refusal_answer(503, "busy", "too many listen to events already");
    busy.fields.emplace_back("Retry-After", "10");
    co_await send(busy, false);
    co_return;
  }
  shared_.listener_joined();
  answer stream;
  stream.type = "text/event-stream";
  out_ = head_of(stream, false, body_length::open_ended) + ": gemkeeper events\n\n";
  // A client that says something more, or leaves, ends it.
  const auto end = [weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (!error && self) self->close();
  };
  stream_.socket().async_wait(stream_socket::wait_read, end);
  while (stream_.socket().is_open()) {
    arm(shared_.settings.write_timeout);
    const auto [error, size] = co_await asio::async_write(stream_, asio::buffer(out_), as_result);
    if (error) co_return;
    deadline_.cancel();
    out_ = queue->take();
    if (!out_.empty()) continue;
    wake_.expires_after(heartbeat);
    co_await wake_.async_wait(as_result);
    out_ = queue->take();
    if (out_.empty()) out_ = ": \n\n";
  }
}

}  // namespace gemkeeper::admin
