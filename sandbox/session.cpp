#include "session.hpp"

#include "control.hpp"
#include "encoder.hpp"
#include "gemini_api.hpp"
#include "http_text.hpp"
#include "live/live_session.hpp"
#include "resources/resource_call.hpp"
#include <gemkeeper/sandbox/error_bodies.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace gemkeeper::sandbox {
namespace {

namespace http = boost::beast::http;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t read_size = 32 * 1024;
constexpr std::size_t most_head = 63 * 1024;
constexpr std::uint64_t most_body = std::uint64_t{2} << 30;
constexpr std::size_t flush_size = 64 * 1024;
// How soon a pause notices that the peer went away; streams are many, and each wake-up costs.
constexpr milliseconds notice{20};
constexpr milliseconds notice_in_stream{250};

// How often a body is cut by damage in its middle.
constexpr std::size_t halves = 2;

bool cuts_body(wire_fault damage) {
  return damage == wire_fault::reset_mid_body || damage == wire_fault::close_mid_stream ||
         damage == wire_fault::stall || damage == wire_fault::bad_chunk;
}

// The body in pieces: those of a stream, or one, or two that damage comes between.
std::size_t pieces_of(const reply& answer) {
  if (answer.pieces != 0) return answer.pieces;
  return cuts_body(answer.damage) ? halves : 1;
}

void append_piece(std::string& out, const reply& answer, std::size_t index) {
  if (answer.pieces != 0) {
    answer.append_piece(out, index);
    return;
  }
  const std::size_t count = pieces_of(answer);
  const std::size_t begin = answer.body.size() * index / count;
  const std::size_t end = answer.body.size() * (index + 1) / count;
  out.append(answer.body, begin, end - begin);
}

std::string whole_body(const reply& answer) {
  std::string plain;
  for (std::size_t i = 0; i < pieces_of(answer); ++i) {
    append_piece(plain, answer, i);
  }
  std::string coded;
  encoder(answer.coding).append(coded, plain, encoder::flush::end);
  return coded;
}

recorded_request record(http::request<http::string_body>& message) {
  recorded_request request;
  request.method = message.method_string();
  request.target = message.target();
  for (const auto& field : message) {
    request.headers.emplace_back(field.name_string(), field.value());
  }
  request.body = std::move(message.body());
  return request;
}

}  // namespace

session::session(std::unique_ptr<channel> connection, playback& played)
    : connection_(std::move(connection)),
      played_(played),
      timer_(connection_->get_executor()),
      number_(++played.connections_accepted) {
  ++played_.connections_open;
  in_.reserve(read_size);
}

session::~session() {
  --played_.connections_open;
}

task<void> session::run() {
  const error_code error = co_await connection_->handshake();
  if (error) co_return;
  while (keep_alive_) {
    recorded_request request;
    const received what = co_await receive(request);
    if (what == received::end) co_return;
    if (what == received::malformed) {
      co_await refuse();
      break;
    }
    const ending end = co_await exchange(std::move(request));
    if (end != ending::complete) co_return;
    const std::size_t limit = played_.current()->played().connection.max_requests;
    if (limit != 0 && requests_ >= limit) break;
  }
  co_await connection_->close();
}

task<session::received> session::receive(recorded_request& request) {
  const milliseconds idle = played_.current()->played().connection.idle_timeout;
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  parser.header_limit(most_head);
  parser.body_limit(most_body);
  bool continued = false;
  while (!parser.is_done()) {
    error_code error;
    in_.consume(parser.put(in_.data(), error));
    if (error && error != http::error::need_more) co_return received::malformed;
    if (parser.is_done()) break;
    if (parser.is_header_done() && !continued && parser.get()[http::field::expect] != "") {
      continued = true;
      const error_code failed = co_await connection_->write(go_on);
      if (failed) co_return received::end;
    }
    const asio::mutable_buffer room = in_.prepare(read_size);
    const auto [failed, size] = co_await connection_->read_some(room, idle);
    if (failed == asio::error::operation_aborted) {
      co_await connection_->close();
      co_return received::end;
    }
    if (failed) {
      if (parser.is_header_done()) {
        request = record(parser.get());
        keep_interrupted_upload(*played_.current(), request);
      }
      co_return received::end;
    }
    in_.commit(size);
  }
  keep_alive_ = parser.get().keep_alive();
  head_only_ = parser.get().method() == http::verb::head;
  request = record(parser.get());
  co_return received::request;
}

task<void> session::refuse() {
  reply answer;
  answer.status = 400;
  answer.content_type = html_type;
  answer.body = render(make_error("html_400", {}).value(), error_framing::object);
  answer.content_length = true;
  answer.damage = wire_fault::connection_close;
  co_await send(answer);
}

task<ending> session::exchange(recorded_request request) {
  if (const std::optional<reply> told = control(played_, request)) {
    co_return co_await send(*told);
  }
  request.connection = number_;
  request.nth = ++requests_;
  request.tls = connection_->is_tls();
  request.tls_resumed = connection_->tls_resumed();
  request.server_name = connection_->server_name();
  if (live::is_for_live(request)) {
    std::string early(static_cast<const char*>(in_.data().data()), in_.size());
    keep_alive_ = false;
    in_.clear();
    in_.shrink_to_fit();
    co_await live::serve(*connection_, played_, std::move(request), std::move(early));
    co_return ending::damaged;  // the connection is used up
  }
  // Keeps alive what the reply refers to.
  const std::shared_ptr<world> current = played_.current();
  const reply made = answer(*current, request, played_.now());
  const std::uint64_t entry = played_.log().begin(std::move(request));
  const ending end = co_await send(made);
  played_.log().finish(entry, made.status, end);
  co_return end;
}

task<ending> session::send(const reply& answer) {
  if (answer.delay.count() != 0) {
    const ending end = co_await pause_until(steady_clock::now() + answer.delay, notice);
    if (end != ending::complete) co_return end;
  }
  out_.clear();
  byte_by_byte_ = answer.damage == wire_fault::split_every_byte;
  switch (answer.damage) {
    case wire_fault::reset_before_head:
      connection_->reset();
      co_return ending::damaged;
    case wire_fault::close_before_head:
      co_await connection_->close();
      co_return ending::damaged;
    case wire_fault::informational:
      out_ += early_hints;
      break;
    case wire_fault::connection_close:
    case wire_fault::http_1_0:
      keep_alive_ = false;
      break;
    default:
      break;
  }
  const bool chunked = answer.damage == wire_fault::trailers ||
                       answer.damage == wire_fault::bad_chunk ||
                       answer.damage == wire_fault::http_1_0;
  const bool length = answer.content_length || answer.damage == wire_fault::short_body ||
                      answer.damage == wire_fault::extra_bytes;
  if (head_only_ || (length && !chunked)) co_return co_await send_with_length(answer);
  co_return co_await send_piecewise(answer);
}

task<ending> session::send_with_length(const reply& answer) {
  const std::string body = whole_body(answer);
  head_facts facts;
  facts.framing = body_framing::length;
  facts.content_length = body.size();
  facts.close = !keep_alive_;
  append_head(out_, answer, facts);
  if (head_only_) co_return co_await flush();
  if (answer.damage == wire_fault::short_body || cuts_body(answer.damage)) {
    out_.append(body, 0, body.size() / halves);
    const ending end = co_await interrupt(answer);
    if (end != ending::complete) co_return end;
    out_.append(body, body.size() / halves);
  } else {
    out_ += body;
  }
  if (answer.damage == wire_fault::extra_bytes) out_ += unasked_answer;
  co_return co_await flush();
}

task<ending> session::send_piecewise(const reply& answer) {
  head_facts facts;
  facts.close = !keep_alive_;
  facts.trailer = answer.damage == wire_fault::trailers;
  if (answer.damage == wire_fault::http_1_0) facts.framing = body_framing::until_close;
  append_head(out_, answer, facts);

  encoder coder(answer.coding);
  std::string plain;
  std::string coded;
  const std::size_t count = pieces_of(answer);
  const std::size_t middle = answer.pieces == 0 ? 1 : std::min(answer.damage_after, count);
  const std::size_t cut = cuts_body(answer.damage) ? middle : count + 1;
  const steady_clock::time_point start = steady_clock::now();
  for (std::size_t i = 0; i <= count; ++i) {
    if (i == cut) {
      const ending end = co_await interrupt(answer);
      if (end != ending::complete) co_return end;
    }
    if (i == count) break;
    if (i != 0 && answer.interval.count() != 0) {
      ending end = co_await flush();
      if (end == ending::complete) {
        end = co_await pause_until(start + i * answer.interval, notice_in_stream);
      }
      if (end != ending::complete) co_return end;
    }
    plain.clear();
    coded.clear();
    append_piece(plain, answer, i);
    coder.append(coded, plain, i + 1 == count ? encoder::flush::end : encoder::flush::piece);
    if (facts.framing == body_framing::chunks) {
      append_chunk(out_, coded);
    } else {
      out_ += coded;
    }
    if (out_.size() >= flush_size) {
      const ending end = co_await flush();
      if (end != ending::complete) co_return end;
    }
  }
  if (facts.framing == body_framing::chunks) {
    out_ += facts.trailer ? last_chunk_with_trailer : last_chunk;
  }
  co_return co_await flush();
}

// What happens in the middle of a body; `complete`: it goes on.
task<ending> session::interrupt(const reply& answer) {
  if (answer.damage == wire_fault::bad_chunk) out_ += malformed_chunk;
  const ending end = co_await flush();
  if (end != ending::complete) co_return end;
  switch (answer.damage) {
    case wire_fault::stall:
      co_return co_await pause_until(steady_clock::now() + answer.stall, notice);
    case wire_fault::reset_mid_body:
      connection_->reset();
      co_return ending::damaged;
    default:
      co_await connection_->close();
      co_return ending::damaged;
  }
}

task<ending> session::pause_until(steady_clock::time_point when, milliseconds look_every) {
  constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
  while (steady_clock::now() < when) {
    timer_.expires_at(std::min(when, steady_clock::now() + look_every));
    co_await timer_.async_wait(as_result);
    if (connection_->peer_gone()) co_return ending::peer_gone;
  }
  co_return ending::complete;
}

task<ending> session::flush() {
  error_code error;
  if (byte_by_byte_) {
    error = co_await connection_->write_byte_by_byte(out_);
  } else {
    error = co_await connection_->write(out_);
  }
  out_.clear();
  co_return error ? ending::peer_gone : ending::complete;
}

}  // namespace gemkeeper::sandbox
