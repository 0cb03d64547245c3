// The client's half of an exchange: its head, what is refused of it, and its body.
#include "exchange/exchange.hpp"
#include "exchange/live_session.hpp"
#include "worker.hpp"

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr unsigned max_empty_lines = 4;   // before a request line (RFC 9112, 2.2)
constexpr milliseconds room_pause{1000};  // other requests end meanwhile

}  // namespace

void exchange::begin() {
  phase_ = phase::idle;
  settings_ = worker_.settings();
  scanner_.reset();
  worker_.new_request_id(request_id_);
  method_.clear();
  target_.clear();
  endpoint_ = {};
  model_.clear();
  live_.reset();
  http10_ = to_head_ = probed_ = to_websocket_ = to_vertex_host_ = false;
  fate_ = fate::keep_alive;
  forget_attempts();
  traits_.pin.reset();
  traits_.prefer.reset();
  search_ = search_state::none;
  named_.clear();
  made_.clear();
  left_out_ = false;
  upload_key_.reset();
  origin_.clear();
  own_address_.clear();
  streaming_ = false;
  first_named_.clear();
  attempts_ = uncounted_ = denials_ = 0;
  last_key_ = {};
  last_key_name_.clear();
  last_verdict_ = {};
  held_ = false;
  held_body_.clear();
  caller_.reset();
  status_sent_ = 0;
  bytes_out_ = 0;
  upstream_time_ = first_byte_ = receiving_ = waited_ = waiting_ = {};
  queued_ = false;
  trail_.clear();
  trace_id_ = {};
}

// Of this request, or of this question of several.
void exchange::forget_attempts() {
  traits_.tried_keys.clear();
  traits_.tried_projects.clear();
  traits_.only_untried_projects = false;
  traits_.excluded_tier = pool::tier::unknown;
  traits_.may_repeat_key = false;
  egress_faults_ = 0;
}

exchange::step exchange::refuse(int http_status, std::string_view status, std::string_view reason,
                                std::string message) {
  refusal_ = {};
  refusal_.http_status = http_status;
  refusal_.status = status;
  refusal_.reason = reason;
  refusal_.message = std::move(message);
  return step::refused;
}

awaitable<exchange::step> exchange::read_head() {
  const client_settings& limits = settings_->client;
  const http::head_limits head_limits{limits.max_head, limits.max_fields};
  unsigned empty_lines = 0;
  bool started = false;
  started_ = coarse_now();
  wake_.expire_at(started_ + limits.idle_timeout);
  for (;;) {
    read_buffer& in = client_.in();
    while (in.bytes().starts_with("\r\n") && ++empty_lines <= max_empty_lines)
      in.consume(2);
    if (!in.empty() && !started) {
      if (in.bytes().front() == tls_handshake_record && client_.tls() == nullptr) {
        co_return step::secure;
      }
      started = true;
      phase_ = phase::receiving;
      started_ = std::chrono::steady_clock::now();
      wake_.expire_at(started_ + limits.head_timeout);
    }
    fate_ = fate::linger;  // of whatever is refused here: where the next request starts is unknown
    if (!in.empty() && in.bytes() != "\r") {
      switch (scanner_.scan(in.bytes(), head_limits)) {
        case http::head_status::incomplete:
          break;
        case http::head_status::complete:
          fate_ = fate::keep_alive;
          co_return step::go_on;
        case http::head_status::target_too_long:
          co_return refuse(414, "INVALID_ARGUMENT", "REQUEST_LINE_TOO_LONG",
                           fmt::format("The request line is longer than {} bytes "
                                       "(limits.max_head).",
                                       limits.max_head));
        case http::head_status::too_large:
          co_return refuse(431, "INVALID_ARGUMENT", "HEAD_TOO_LARGE",
                           fmt::format("The request's head is larger than {} bytes or {} fields "
                                       "(limits.max_head, limits.max_fields).",
                                       limits.max_head, limits.max_fields));
        default:
          co_return refuse(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST",
                           "Malformed HTTP request: a line does not end with CRLF.");
      }
    }
    const io_result got = co_await client_.fill();
    if (got == io_result::ok) continue;
    fate_ = fate::close;
    if (got == io_result::timed_out && started) {
      co_return refuse(408, "DEADLINE_EXCEEDED", "HEAD_TIMEOUT",
                       "The request's head did not arrive in time (proxy.head_timeout).");
    }
    co_return step::gone;
  }
}

// Everything that can be said of a request by its head alone. Nothing was sent anywhere yet.
exchange::step exchange::admit() {
  const client_settings& limits = settings_->client;
  const std::string_view bytes = client_.in().bytes().substr(0, scanner_.size());
  fate_ = fate::linger;
  const http::head_status parsed =
      http::parse_request(bytes, {limits.max_head, limits.max_fields}, head_);
  method_ = head_.method;
  http10_ = head_.minor_version == 0;
  to_head_ = method_ == "HEAD";
  if (parsed == http::head_status::unsupported_version) {
    return refuse(505, "INVALID_ARGUMENT", "UNSUPPORTED_VERSION",
                  "Only HTTP/1.1 and HTTP/1.0 are served here.");
  }
  if (parsed == http::head_status::too_large) {
    return refuse(431, "INVALID_ARGUMENT", "HEAD_TOO_LARGE",
                  fmt::format("The request has more than {} header fields (limits.max_fields).",
                              limits.max_fields));
  }
  if (parsed != http::head_status::complete) {
    return refuse(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST",
                  fmt::format("Malformed HTTP request: {}.", head_.problem));
  }
  framing_ = http::frame_request(head_);
  if (!framing_.problem.empty()) {
    return refuse(400, "INVALID_ARGUMENT", "AMBIGUOUS_REQUEST",
                  fmt::format("Ambiguous HTTP request: {}.", framing_.problem));
  }
  if (const step routed = route_target(); routed != step::go_on) return routed;
  if (const step checked = check_origin(); checked != step::go_on) return checked;

  endpoint_ = gemini::classify(method_, target_);
  model_ = endpoint_.model;
  if (const step chosen = choose_service(); chosen != step::go_on) return chosen;
  if (endpoint_.upload) {
    if (const step found = find_upload(); found != step::go_on) return found;
  }
  if (!upload_key_) {
    if (const step known = identify(); known != step::go_on) return known;
  }
  read_names();
  if (const step upgraded = check_upgrade(); upgraded != step::go_on) return upgraded;
  const std::uint64_t most = endpoint_.upload ? limits.max_upload_body : limits.max_request_body;
  if (framing_.length > most) return refuse_body(most);
  const auto upgrade = live_ != nullptr ? request_image::upgrade::bare_websocket
                       : to_websocket_  ? request_image::upgrade::websocket
                                        : request_image::upgrade::none;
  image_.build(head_, target_, upstream_origin(), worker_.shared().via, upgrade,
               settings_->tracing.pass_traceparent ? request_image::trace_fields::passed_on
                                                   : request_image::trace_fields::removed);
  trace_id_ = image_.trace_id();
  if (image_.looped()) {
    return refuse(508, "FAILED_PRECONDITION", "LOOP",
                  "The request came back to this gemkeeper: upstream.base_url or vertex_base_url "
                  "leads to itself.");
  }
  const bool has_body = framing_.body != http::body_kind::none;
  const http::field* const coding = has_body ? head_.find("Content-Encoding") : nullptr;
  body_coding_ = coding != nullptr ? gemini::parse_content_coding(coding->value)
                                   : gemini::content_coding::identity;
  if (const step may = begin_for_caller(); may != step::go_on) return may;
  fate_ = framing_.keep_alive && !worker_.draining() ? fate::keep_alive : fate::close;
  client_.in().consume(head_.size);
  return step::go_on;
}

// Most bodies have arrived with the head.
exchange::step exchange::start_body() {
  after_body_ = std::exchange(fate_, fate::linger);
  body_.start(settings_->client.replay_memory, framing_.length);
  body_reader_.start(framing_);
  request_scanner_.reset(gemini::body_facts::resources);
  if (body_coding_ != gemini::content_coding::identity) {
    if (!body_decoder_) body_decoder_.emplace(body_coding_);
    body_decoder_->reset(body_coding_);
    inflated_ = 0;
  }
  if (framing_.expects_continue && !body_reader_.done() && client_.in().empty()) {
    client_.send_now("HTTP/1.1 100 Continue\r\n\r\n");
  }
  return absorb_body();
}

// Takes what is there of the body.
exchange::step exchange::absorb_body() {
  const client_settings& limits = settings_->client;
  const std::uint64_t most = endpoint_.upload ? limits.max_upload_body : limits.max_request_body;
  bool stored = true;
  const std::size_t used = body_reader_.feed(client_.in().bytes(), [&](std::string_view content) {
    if (!endpoint_.upload && !request_scanner_.done()) scan_body(content);
    stored = stored && body_.append(content);
  });
  client_.in().consume(used);
  if (body_reader_.status() == http::body_reader::state::bad) {
    return refuse(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST",
                  "Malformed HTTP request: bad chunked body.");
  }
  if (body_reader_.announced_bytes() > most) return refuse_body(most);
  if (!stored && body_.lacks_room()) {
    const step refused =
        refuse(503, "UNAVAILABLE", "NO_ROOM_FOR_BODY",
               fmt::format("There is no room for the request's body at the moment: {} "
                           "(limits.replay_memory_total).",
                           body_.problem()));
    refusal_.retry_after = room_pause;
    return refused;
  }
  if (!stored) {
    return refuse(500, "INTERNAL", "NO_ROOM_FOR_BODY",
                  fmt::format("The request's body could not be kept: {} (free some space, set "
                              "TMPDIR, or raise limits.replay_memory).",
                              body_.problem()));
  }
  if (!body_reader_.done()) return step::more;
  fate_ = after_body_;
  if (endpoint_.model_in_body) {
    model_ = request_scanner_.model();
    if (request_scanner_.stream()) endpoint_.form = gemini::answer_form::sse;
  }
  return step::go_on;
}

// A compressed one is inflated for this alone, as far as a plain one might be long, and goes on as
// it came.
void exchange::scan_body(std::string_view content) {
  if (body_coding_ == gemini::content_coding::identity) [[likely]]
    return request_scanner_.feed(content);
  if (inflated_ > settings_->client.max_request_body) return;
  body_decoder_->feed(content, [this](std::string_view text) {
    inflated_ += text.size();
    if (!request_scanner_.done()) request_scanner_.feed(text);
  });
}

awaitable<exchange::step> exchange::await_body() {
  const steady_time began = std::chrono::steady_clock::now();
  step next = step::more;
  while (next == step::more) {
    wake_.expire_after(settings_->client.body_timeout);
    const io_result got = co_await client_.fill();
    if (got == io_result::ok) {
      next = absorb_body();
      continue;
    }
    fate_ = fate::close;
    if (got != io_result::timed_out) co_return step::gone;
    co_return refuse(408, "DEADLINE_EXCEEDED", "BODY_TIMEOUT",
                     "The request's body did not arrive in time (proxy.body_timeout).");
  }
  receiving_ = since(began);
  co_return next;
}

exchange::step exchange::refuse_body(std::uint64_t most) {
  return refuse(
      413, "INVALID_ARGUMENT", "BODY_TOO_LARGE",
      fmt::format("The request's body is larger than {} bytes ({}).", most,
                  endpoint_.upload ? "limits.max_upload_body" : "limits.max_request_body"));
}

}  // namespace gemkeeper::proxy
