// A request that becomes a WebSocket (RFC 6455): it gets a key and is judged like any other until
// the upstream agrees; from then on bytes pass untouched in both directions. Live sessions have
// steps of their own (exchange_live.cpp).
#include "exchange/exchange.hpp"
#include "tunnel/tunnel.hpp"
#include "worker.hpp"

namespace gemkeeper::proxy {

namespace {

bool names_websocket(const http::field* upgrade) {
  return upgrade != nullptr && http::iequals(upgrade->value, "websocket");
}

}  // namespace

// Other upgrades are offers, and may be ignored (RFC 9110, 7.8): Java's HttpClient makes one of h2c
// with every request.
exchange::step exchange::check_upgrade() {
  to_websocket_ = names_websocket(head_.find("Upgrade"));
  if (!to_websocket_ && endpoint_.family == gemini::api_family::live) {
    return refuse(400, "INVALID_ARGUMENT", "WEBSOCKET_EXPECTED",
                  "This address is for WebSockets: the request asks for no upgrade.");
  }
  if (to_websocket_ && (method_ != "GET" || http10_ || framing_.body != http::body_kind::none)) {
    return refuse(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST",
                  "Malformed HTTP request: only a GET without a body becomes a WebSocket.");
  }
  const bool live = endpoint_.family == gemini::api_family::live && endpoint_.known;
  return live ? check_live() : step::go_on;
}

bool exchange::is_websocket_now() const {
  return to_websocket_ && names_websocket(answer_.find("Upgrade"));
}

pool::verdict exchange::upgraded() {
  meter_.reset(gemini::answer_form::opaque, gemini::content_coding::identity);
  guard_.reset();
  pool::verdict verdict;
  verdict.kind = pool::outcome::success;
  verdict.next = pool::next_step::relay;
  verdict.reason = "websocket";
  return verdict;
}

awaitable<exchange::step> exchange::relay_websocket() {
  const counted open(worker_.load().websockets);
  phase_ = phase::upgraded;
  answer_marks noted = marks(false);
  noted.connection = connection_note::websocket;
  out_.clear();
  append_answer_head(out_, answer_, body_form::as_framed, std::nullopt, noted);
  status_sent_ = answer_.status;
  wake_.expire_after(settings_->client.write_timeout);
  const io_result told = co_await client_.send(out_);
  first_byte_ = since(started_);
  tunnel_bytes moved;
  if (told == io_result::ok) {
    moved = co_await relay_tunnel(worker_, client_, *upstream_->io, wake_,
                                  settings_->connect.idle_timeout);
  }
  bytes_out_ = moved.down;
  settle(last_verdict_);
  if (moved.whole) {
    upstream_->io->shutdown_send();
    fate_ = fate::close;
  } else {
    fate_ = fate::abort;
  }
  drop_upstream();
  co_return step::answered;
}

}  // namespace gemkeeper::proxy
