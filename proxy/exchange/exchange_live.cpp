// A Live session (protocol document, 1.6 and 5.9). Google tells what is wrong with a key or a quota
// after the handshake, by closing: so the client gets its 101 from here, and its setup is kept and
// shown to one key after the other until a server agrees. From then on frames pass untouched.
//
// Extensions are not agreed upon: deflated messages would have to be inflated to be metered, which
// takes more memory than all the rest of a session, and audio in base64 is most of what is sent.
#include "exchange/exchange.hpp"
#include "exchange/live_session.hpp"
#include "websocket/handshake.hpp"
#include "websocket/session_relay.hpp"
#include "worker.hpp"
#include <gemkeeper/gemini/answer_resources.hpp>
#include <gemkeeper/gemini/credential.hpp>
#include <gemkeeper/gemini/judge.hpp>

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::proxy {

namespace {

using websocket::close_code;
using websocket::close_reason;
using websocket::frame_reader;
using websocket::opcode;
using websocket::sender;
using part = frame_reader::part::type;

constexpr std::string_view malformed_websocket = "MALFORMED_WEBSOCKET";

// The client's, as an ephemeral token stands where an API key would.
std::string ephemeral_token(const http::request_head& head, std::string_view target) {
  std::string found;
  const auto take = [&found](std::string_view value) {
    for (const std::string_view scheme : {"Token ", "Bearer "}) {
      if (http::iequals(value.substr(0, scheme.size()), scheme)) value.remove_prefix(scheme.size());
    }
    if (found.empty() && value.starts_with("auth_tokens/")) found = value;
  };
  for (const std::string_view name : {"Authorization", "x-goog-api-key"}) {
    if (const http::field* f = head.find(name); f != nullptr) take(f->value);
  }
  take(gemini::query_credential(target));
  return found;
}

// What Google's service would close with for an answer of that status (protocol document, 5.9).
close_code close_code_of(int http_status) {
  switch (http_status) {
    case 400:
    case 401:
      return close_code::invalid_payload;
    case 403:
    case 404:
    case 408:
      return close_code::policy_violation;
    case 413:
      return close_code::too_big;
    default:
      return close_code::internal_error;
  }
}

}  // namespace

exchange::step exchange::check_live() {
  const http::field* key = head_.find("Sec-WebSocket-Key");
  if (key == nullptr || !websocket::is_key(key->value)) {
    return refuse(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST",
                  "Malformed WebSocket handshake: Sec-WebSocket-Key is missing or malformed.");
  }
  const http::field* version = head_.find("Sec-WebSocket-Version");
  if (version == nullptr || version->value != "13") {
    return refuse(426, "INVALID_ARGUMENT", "WEBSOCKET_VERSION",
                  "Only version 13 of the WebSocket protocol is served here.");
  }
  live_ = std::make_unique<live_session>();
  live_->accept = websocket::accept_of(key->value);
  if (const std::string token = ephemeral_token(head_, target_); !token.empty()) {
    live_->token_field = "Authorization: Token " + token;
  }
  return step::go_on;
}

// The client's 101, and its setup, which names the model.
awaitable<exchange::step> exchange::open_live() {
  phase_ = phase::receiving;
  fate_ = fate::linger;
  out_.clear();
  append_websocket_answer(out_, live_->accept, marks(false).request_id);
  status_sent_ = 101;
  wake_.expire_after(settings_->client.write_timeout);
  if (co_await client_.send(out_) != io_result::ok) {
    fate_ = fate::close;
    co_return step::gone;
  }
  first_byte_ = since(started_);
  const steady_time began = std::chrono::steady_clock::now();
  wake_.expire_after(settings_->client.body_timeout);
  step next = take_setup();
  while (next == step::more) {
    const io_result got = co_await client_.fill();
    if (got == io_result::ok) {
      next = take_setup();
    } else if (got == io_result::timed_out) {
      next = refuse(408, "DEADLINE_EXCEEDED", "SETUP_TIMEOUT",
                    "The session's setup did not arrive in time (proxy.body_timeout).");
    } else {
      fate_ = fate::close;
      next = step::gone;
    }
  }
  receiving_ = since(began);
  co_return next;
}

// What is there of the client's first message.
exchange::step exchange::take_setup() {
  read_buffer& in = client_.in();
  const std::string_view bytes = in.bytes();
  std::string_view rest = bytes;
  step next = step::more;
  while (next == step::more) {
    const frame_reader::part one = live_->of_client.next(rest);
    const opcode what = live_->of_client.frame_opcode();
    if (one.kind == part::none) break;
    if (one.kind == part::bad) {
      next = refuse(400, "INVALID_ARGUMENT", malformed_websocket,
                    fmt::format("Malformed WebSocket: {}.", live_->of_client.problem()));
    } else if (one.kind == part::payload && !websocket::is_control(what)) {
      const std::size_t begin = live_->text.size();
      live_->text += one.bytes;
      live_->of_client.unmask(std::span<char>(live_->text).subspan(begin));
    } else if (one.kind == part::end && what == opcode::close) {
      live_->client_closes = true;
      next = step::gone;
    } else if (one.kind == part::end && !live_->of_client.in_message() &&
               !websocket::is_control(what)) {
      next = step::go_on;
    }
  }
  const std::size_t used = bytes.size() - rest.size();
  live_->setup.append(bytes.substr(0, used));
  in.consume(used);
  if (next == step::more && live_->setup.size() > settings_->client.replay_memory) {
    next = refuse(413, "INVALID_ARGUMENT", "SETUP_TOO_LARGE",
                  fmt::format("The session's setup is larger than {} bytes (limits.replay_memory).",
                              settings_->client.replay_memory));
  }
  if (next != step::go_on) return next;
  model_ = gemini::live_setup_model(live_->text);
  request_scanner_.feed(live_->text);
  live_->text = {};
  return step::go_on;
}

// What the client says before its session is there waits in its buffer, and then in its socket; but
// whether it has closed is asked.
io_result exchange::live_interrupted() {
  if (wake_.long_wait()) client_.look_for_end();
  if (client_.ended() != io_result::ok) return io_result::cancelled;
  std::string_view fresh = client_.in().bytes().substr(live_->seen);
  live_->seen += fresh.size();
  for (;;) {
    const part kind = live_->of_client.next(fresh).kind;
    if (kind == part::none || kind == part::bad) break;
    const bool close = live_->of_client.frame_opcode() == opcode::close;
    if (kind == part::end && close) live_->client_closes = true;
  }
  if (live_->client_closes) return io_result::cancelled;
  client_.watch();
  return io_result::ok;
}

// Shows the setup to the server that has just agreed to speak WebSocket, and says what it answers.
awaitable<pool::verdict> exchange::set_up_live() {
  const http::field* accept = answer_.find("Sec-WebSocket-Accept");
  if (accept == nullptr || accept->value != live_->accept) {
    co_return egress_fault("bad_answer", "a WebSocket handshake with a wrong Sec-WebSocket-Accept");
  }
  live_->closing.clear();
  live_->refused.reset();
  first_event_.reset(gemini::answer_form::json);
  fed_ = 0;
  stream& to = *upstream_->io;
  frame_reader of_server(sender::server);
  std::optional<pool::verdict> said;
  wait_at_most(settings_->upstream.first_byte_timeout);
  io_result sent = to.try_send(live_->setup);
  if (sent == io_result::blocked) sent = co_await to.flush_while_quiet();
  for (;;) {
    said = read_first_answer(of_server);
    if (said) break;
    io_result got = sent;
    if (sent == io_result::blocked) {
      sent = co_await to.flush();
      got = sent;
    } else {
      got = co_await to.fill();
    }
    if (got == io_result::ok) continue;
    said = read_first_answer(of_server);  // its last words
    if (said) break;
    if (got == io_result::cancelled) co_return gone_verdict();
    if (got == io_result::timed_out) co_return egress_fault("timeout", "no answer in time");
    co_return egress_fault("reset", "connection closed before the session was set up");
  }
  // The token's fault is the client's: it says nothing against the key beside it.
  if (!live_->token_field.empty() && said->kind == pool::outcome::key_fault) {
    said->kind = pool::outcome::client_fault;
    said->next = pool::next_step::pass_on;
  }
  held_ = said->next != pool::next_step::relay && said->kind != pool::outcome::egress_fault;
  co_return *std::move(said);
}

// Nothing: it has not said yet whether it agrees. Its bytes stay where they are.
std::optional<pool::verdict> exchange::read_first_answer(frame_reader& of_server) {
  using state = gemini::first_event::state;
  std::string_view fresh = upstream_->io->in().bytes().substr(fed_);
  fed_ += fresh.size();
  for (;;) {
    const frame_reader::part one = of_server.next(fresh);
    const bool control = websocket::is_control(of_server.frame_opcode());
    const bool close = of_server.frame_opcode() == opcode::close;
    if (one.kind == part::none) return std::nullopt;
    if (one.kind == part::bad) {
      return egress_fault("bad_answer",
                          fmt::format("malformed WebSocket: {}", of_server.problem()));
    }
    if (close && one.kind == part::payload) live_->closing += one.bytes;
    if (close && one.kind == part::end) {
      const gemini::redactor mask(lease_.secret());
      mask.redact(live_->closing);
      live_->refused = websocket::parse_close(live_->closing);
      return gemini::judge_live_close(static_cast<std::uint16_t>(live_->refused->code),
                                      live_->refused->text, endpoint_);
    }
    if (control || one.kind == part::header) continue;
    state seen = state::undecided;
    if (one.kind == part::payload) seen = first_event_.feed(one.bytes);
    const bool last = one.kind == part::end && of_server.is_final();
    if (last) seen = first_event_.finish();
    if (seen == state::data) return upgraded();
    // Of an error: all of it, or as much as there is room for.
    const bool full = fed_ + 1024 > stream::piece_size;
    if (seen == state::error && (first_event_.complete() || full)) {
      pool::verdict verdict = gemini::judge_first_event(first_event_.error_json(), endpoint_);
      const auto error = gemini::parse_error(first_event_.error_json());
      live_->closing = error ? error->message : std::string();
      live_->refused = close_reason{close_code_of(error ? error->code : 500), live_->closing};
      return verdict;
    }
  }
}

// The session is there. What the server has said so far goes to the client first.
awaitable<exchange::step> exchange::relay_live() {
  const counted open(worker_.load().websockets);
  phase_ = phase::upgraded;
  live_->of_server.emplace(lease_.secret());
  live_->of_server->on_handle([this](std::string_view name) { learn_session(name); });
  live_->of_server->on_usage([this](const pool::token_usage& turn) { count_turn(turn); });
  learn_from_success();
  confirm_key();
  websocket::client_watch of_client;
  live_->bytes_in = live_->setup.size();
  live_->setup = {};
  live_->closing = {};
  live_->refused.reset();
  image_.forget_secret();
  const auto mask = static_cast<std::uint32_t>(worker_.random_unit() * 0x1p32);
  const websocket::session_end end = co_await websocket::relay_session(
      worker_, client_, *upstream_->io, wake_, settings_->connect.idle_timeout, of_client,
      *live_->of_server, mask);
  bytes_out_ = end.down;
  live_->bytes_in += end.up;
  const step how = end_live(end);
  settle(last_verdict_);
  if (end.what != websocket::session_end::how::upstream_left) upstream_->io->shutdown_send();
  drop_upstream();
  co_return how;
}

// The session may be resumed under this name, by this project alone.
void exchange::learn_session(std::string_view name) {
  shared_state& shared = worker_.shared();
  const auto owner = shared.keys.project_of(lease_.id());
  if (!owner) return;
  const auto now = std::chrono::system_clock::now();
  const gemini::learned_resource what{std::string(name), {}};
  shared.affinity.learn(name, *owner, gemini::expiry_of(what, lease_.project_tier(), now), now);
}

exchange::step exchange::end_live(const websocket::session_end& end) {
  using how = websocket::session_end::how;
  const websocket::server_watch& server = *live_->of_server;
  fate_ = fate::linger;
  switch (end.what) {
    case how::closed: {
      const close_reason why = server.why();
      if (why.code == close_code::none) break;
      pool::verdict told =
          gemini::judge_live_close(static_cast<std::uint16_t>(why.code), why.text, endpoint_);
      const bool of_token = !live_->token_field.empty() && told.kind == pool::outcome::key_fault;
      if (!of_token) last_verdict_ = std::move(told);
      break;
    }
    case how::client_left:
      last_verdict_ = gone_verdict();
      fate_ = fate::abort;
      return step::gone;
    case how::upstream_left:
      last_verdict_.kind = pool::outcome::egress_fault;
      last_verdict_.reason = "cut_short";
      fate_ = fate::abort;
      break;
    case how::idle:
      last_verdict_.reason = "idle";
      break;
    case how::stopped:
      last_verdict_.reason = "stopped";
      break;
  }
  return step::answered;
}

// The last words to a client whose session did not come to be, as the server has said them.
awaitable<exchange::step> exchange::close_live(close_reason why) {
  phase_ = phase::answering;
  out_.clear();
  websocket::append_close(out_, sender::server, why);
  wake_.expire_after(settings_->client.write_timeout);
  const io_result sent = co_await client_.send(out_);
  fate_ = fate::linger;
  if (sent == io_result::ok) co_return step::answered;
  fate_ = fate::close;
  co_return step::gone;
}

// What was held of the last attempt. The handshake may have been refused in HTTP.
awaitable<exchange::step> exchange::close_live_as_told() {
  if (live_->refused) return close_live(*live_->refused);
  std::string decoded;
  gemini::content_decoder decoder(answer_coding());
  decoder.feed(held_body_, [&](std::string_view text) {
    if (decoded.size() < gemini::first_event::max_error) decoded += text;
  });
  const gemini::redactor mask(last_secret_);
  mask.redact(decoded);
  const auto error = gemini::parse_error(decoded);
  live_->closing = error ? error->message
                         : fmt::format("{} answered {}.", upstream_origin().host, answer_.status);
  return close_live(close_reason{close_code_of(answer_.status), live_->closing});
}

awaitable<exchange::step> exchange::close_live_as_refused() {
  const close_code code = refusal_.reason == malformed_websocket
                              ? close_code::protocol_error
                              : close_code_of(refusal_.http_status);
  return close_live(close_reason{code, refusal_.message});
}

// To a client that closed before its session was there, or whose session ends because this process
// does.
void exchange::leave_live() {
  if (live_ == nullptr || status_sent_ == 0 || committed()) return;
  close_reason why{close_code::going_away, "gemkeeper is stopping"};
  if (live_->client_closes) why = {close_code::normal, {}};
  if (!live_->client_closes && !worker_.stopping()) return;
  std::string frame;
  websocket::append_close(frame, sender::server, why);
  if (client_.send_now(frame)) fate_ = fate::linger;
}

}  // namespace gemkeeper::proxy
