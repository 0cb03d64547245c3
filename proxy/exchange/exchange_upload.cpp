// Resumable uploads: their address is gemkeeper's own (upload/upload_address.hpp), and their pieces
// go to Google as they come, never kept: the client can send them again from where Google has them,
// and knows how.
#include "exchange/exchange.hpp"
#include "exchange/host_rules.hpp"
#include "upload/upload_address.hpp"
#include "worker.hpp"
#include <gemkeeper/gemini/answer_resources.hpp>

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::proxy {

namespace {

// A connection that rests longer may be closed on the way, and a piece cannot be sent twice.
constexpr milliseconds surely_alive{2'000};

bool is_path_prefix(std::string_view text) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  return text.starts_with('/') && !text.starts_with("//") &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

// A request that continues an upload is for Google's own address of it, and needs no credential:
// Python sends none.
exchange::step exchange::find_upload() {
  if (!bears_upload_token(target_)) {
    if (head_.find("X-Goog-Upload-Command") != nullptr) note_origin();
    return step::go_on;
  }
  auto place = open_upload_token(worker_.shared().token_secret, target_);
  if (!place) {
    return refuse(404, "NOT_FOUND", "UNKNOWN_UPLOAD",
                  "This gemkeeper does not know the upload: its address was changed on the way, or "
                  "was made under another master key. Begin it anew.");
  }
  upload_key_ = place->key;
  target_ = std::move(place->target);
  endpoint_ = gemini::classify(method_, target_);
  model_ = endpoint_.model;
  return step::go_on;
}

// Where the client reaches gemkeeper, as it says itself, or as a server in front of it says. It is
// told to this client only, so who lies here misleads itself.
void exchange::note_origin() {
  if (!head_.target.starts_with('/')) {
    origin_ = head_.target.substr(0, head_.target.find('/', head_.target.find("://") + 3));
    return;
  }
  const auto value_of = [this](std::string_view name) {
    const http::field* f = head_.find(name);
    return f != nullptr ? f->value : std::string_view{};
  };
  const std::string_view told_scheme = value_of("X-Forwarded-Proto");
  const std::string_view told_host = value_of("X-Forwarded-Host");
  const std::string_view prefix = value_of("X-Forwarded-Prefix");
  const bool tls = told_scheme.empty() ? client_.tls() != nullptr : told_scheme == "https";
  const std::string_view host = host_of_authority(told_host).empty() ? value_of("Host") : told_host;
  if (host.empty()) return;
  origin_ = fmt::format("{}://{}", tls ? "https" : "http", host);
  if (is_path_prefix(prefix)) origin_ += prefix.substr(0, prefix.find_last_not_of('/') + 1);
}

// An upload begins at Google, and its address is the client's to know.
void exchange::own_upload_address() {
  if (origin_.empty()) return;
  shared_state& shared = worker_.shared();
  for (http::field& f : answer_.fields) {
    const bool address = http::iequals(f.name, "X-Goog-Upload-URL") ||
                         http::iequals(f.name, "X-Goog-Upload-Control-URL");
    if (!address) continue;
    if (own_address_.empty()) {  // both are the same
      own_address_ =
          own_upload_url(shared.token_secret, origin_, lease_.id(), f.value, settings_->upstream)
              .value_or(std::string(f.value));
      learn_upload(f.value);
    }
    f.value = own_address_;
  }
}

void exchange::learn_upload(std::string_view address) {
  shared_state& shared = worker_.shared();
  const auto owner = shared.keys.project_of(lease_.id());
  if (!owner) return;
  gemini::resource_set upload;
  upload.add_target(address);
  const auto now = std::chrono::system_clock::now();
  for (std::size_t i = 0; i < upload.size(); ++i) {
    const gemini::learned_resource one{std::string(upload[i]), {}};
    shared.affinity.learn(one.name, *owner, gemini::expiry_of(one, lease_.project_tier(), now),
                          now);
  }
}

// Bodies of a known length are not kept; a chunked one is, as its end has to be told.
bool exchange::streams_upload() const {
  return upload_key_ && framing_.body == http::body_kind::length && framing_.length != 0;
}

awaitable<exchange::step> exchange::serve_upload() {
  after_body_ = std::exchange(fate_, fate::linger);
  body_.start(0, 0);
  body_reader_.start(framing_);
  request_scanner_.reset();
  if (const step placed = place_request(); placed != step::go_on) co_return placed;
  streaming_ = true;
  co_return co_await try_keys();
}

// One that the client can rely on for the whole of a piece; nullptr: a new one has to be made.
upstream_ptr exchange::idle_for_upload() {
  upstream_ptr idle = route_->take_idle(upstream_started_);
  if (idle != nullptr && upstream_started_ - idle->idle_since > surely_alive) idle.reset();
  return idle;
}

// From the client to the upstream, no more of it in memory than one read. As `finish_request`:
// `blocked`: the upstream answers already, or has ended.
awaitable<io_result> exchange::stream_body() {
  stream& to = *upstream_->io;
  phase_ = phase::receiving;
  to.watch();
  if (framing_.expects_continue && client_.in().empty()) {
    client_.send_now("HTTP/1.1 100 Continue\r\n\r\n");
  }
  io_result sent = io_result::blocked;  // the head may be on its way
  std::size_t used = 0;
  for (;;) {
    while (sent == io_result::blocked && !final_answer_began())
      sent = co_await to.flush_while_quiet();
    client_.in().consume(std::exchange(used, 0));
    if (sent != io_result::ok || final_answer_began()) break;
    if (body_reader_.done()) break;
    if (client_.in().empty()) {
      wake_.expire_after(settings_->client.body_timeout);
      const io_result got = co_await client_.fill();
      if (got != io_result::ok) {
        fate_ = fate::close;
        co_return io_result::cancelled;
      }
    }
    std::string_view piece;
    used = body_reader_.feed(client_.in().bytes(),
                             [&piece](std::string_view content) { piece = content; });
    wake_.expire_after(settings_->upstream.idle_timeout);
    sent = to.try_send(piece);
  }
  phase_ = phase::working;
  if (!body_reader_.done()) co_return io_result::blocked;
  fate_ = after_body_;
  co_return sent;
}

}  // namespace gemkeeper::proxy
