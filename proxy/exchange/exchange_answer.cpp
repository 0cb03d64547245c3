// What the client gets: the upstream's answer as it comes, one that was held, or one of our own.
#include "exchange/exchange.hpp"
#include "exchange/live_session.hpp"
#include "worker.hpp"
#include <gemkeeper/gemini/redact.hpp>
#include <gemkeeper/proxy/request_record.hpp>

#include <utility>

namespace gemkeeper::proxy {

answer_marks exchange::marks(bool close) const {
  answer_marks result;
  result.request_id = {request_id_.data(), request_id_.size()};
  if (attempts_ != 0) result.key_id = last_key_.view();
  result.attempts = attempts_;
  result.connection = close     ? connection_note::close
                      : http10_ ? connection_note::keep_alive
                                : connection_note::none;
  return result;
}

gemini::content_coding exchange::answer_coding() const {
  const http::field* coding = answer_.find("Content-Encoding");
  return coding != nullptr ? gemini::parse_content_coding(coding->value)
                           : gemini::content_coding::identity;
}

// Passes the answer on piece by piece as it arrives, its framing included, and reads along.
awaitable<exchange::step> exchange::relay() {
  if (live_ != nullptr && answer_.status == 101) co_return co_await relay_live();
  if (answer_.status == 101) co_return co_await relay_websocket();
  stream& from = *upstream_->io;
  const bool content_only = http10_ && answer_framing_.body == http::body_kind::chunked;
  commit(content_only ? body_form::until_close : body_form::as_framed);

  std::optional<counted> streaming;
  if (endpoint_.form == gemini::answer_form::sse ||
      endpoint_.form == gemini::answer_form::json_array) {
    streaming.emplace(worker_.load().streams);
  }
  std::string content;  // of a chunked answer to a client that knows no chunks
  io_result client_got = io_result::ok;
  io_result upstream_got = io_result::ok;
  for (;;) {
    const std::string_view bytes = from.in().bytes();
    std::size_t mine = fed_;
    if (content_only && fed_ != 0) {
      // What the first event took is read again, for its content alone.
      answer_reader_.start(answer_framing_);
      answer_reader_.feed(bytes.substr(0, fed_), [&](std::string_view piece) { content += piece; });
    }
    mine += answer_reader_.feed(bytes.substr(fed_), [&](std::string_view piece) {
      if (content_only) content += piece;
      if (endpoint_.form == gemini::answer_form::opaque) {
        results_.feed_coded(piece);
        return lesson_.feed_coded(piece);
      }
      meter_.feed(piece, [&](std::string_view text) { read_along(text); });
    });
    fed_ = 0;
    // Before the client can make use of it.
    if (lesson_.begun()) learn_from_answer();
    std::optional<std::string_view> piece = content_only ? content : bytes.substr(0, mine);
    if (guard_) {
      const bool last = answer_reader_.done();
      piece = guard_->pass(*piece, last ? leak_guard::more::no : leak_guard::more::yes);
    }
    if (piece && (!out_.empty() || !piece->empty())) {
      wake_.expire_after(settings_->client.write_timeout);
      client_got = out_.empty() ? client_.try_send(*piece) : client_.try_send(out_, *piece);
      if (client_got == io_result::blocked) client_got = co_await client_.flush();
      if (!out_.empty()) first_byte_ = since(started_);
      out_.clear();
      bytes_out_ += piece->size();
    }
    from.in().consume(mine);
    content.clear();
    const bool bad = answer_reader_.status() == http::body_reader::state::bad;
    if (!piece || bad) upstream_got = io_result::failed;
    if (client_got != io_result::ok || !piece || bad || answer_reader_.done()) break;

    wake_.expire_after(settings_->upstream.idle_timeout);
    if (endpoint_.form != gemini::answer_form::json) from.trim();
    upstream_got = co_await from.fill();
    if (upstream_got == io_result::ok) continue;
    if (upstream_got != io_result::eof || !answer_reader_.finish()) break;
  }
  co_return end_relay(client_got, upstream_got);
}

// From here on the answer is the client's, and nothing can be tried again.
void exchange::commit(body_form form) {
  phase_ = phase::answering;
  const bool framed =
      form == body_form::as_framed && answer_framing_.body != http::body_kind::until_close;
  if (!framed || worker_.draining()) fate_ = fate::close;
  own_upload_address();
  out_.clear();
  append_answer_head(out_, answer_, form, std::nullopt, marks(fate_ != fate::keep_alive));
  status_sent_ = answer_.status;
  body_.clear();
  if (answer_.status < 300) learn_from_success();
  if (answer_.status < 300 && lease_.chosen().trial) confirm_key();
}

void exchange::read_along(std::string_view text) {
  if (lesson_.begun()) lesson_.feed(text);
  if (results_.begun()) results_.feed(text);
  if (!meter_.result().error_seen()) return;
  if (!guard_) {
    const bool plain = answer_coding() == gemini::content_coding::identity;
    guard_.emplace(lease_.secret(),
                   plain ? leak_guard::text_form::plain : leak_guard::text_form::coded);
  }
  guard_->read(text);
}

exchange::step exchange::end_relay(io_result client_got, io_result upstream_got) {
  const bool whole =
      client_got == io_result::ok && upstream_got != io_result::failed && answer_reader_.done();
  const bool left = client_got != io_result::ok || upstream_got == io_result::cancelled;
  if (left && !whole) {
    last_verdict_ = gone_verdict();
  } else if (!whole) {
    last_verdict_.kind = pool::outcome::egress_fault;
    last_verdict_.reason = "cut_short";
  }
  if (lesson_.begun()) {
    lesson_.finish();
    learn_from_answer();
  }
  count_once(whole);
  settle(last_verdict_);
  if (whole) {
    keep_upstream();
    return step::answered;
  }
  drop_upstream();
  fate_ = fate::abort;
  return left ? step::gone : step::answered;
}

// An error answer of Google's, unchanged but for the injected key, which Google echoes.
awaitable<exchange::step> exchange::send_held() {
  if (live_ != nullptr) co_return co_await close_live_as_told();
  phase_ = phase::answering;
  const gemini::redactor mask(last_secret_);
  bool decoded = false;
  const gemini::content_coding coding = answer_coding();
  if (coding != gemini::content_coding::identity) {
    gemini::content_decoder decoder(coding);
    std::string text;
    const bool readable = decoder.feed(held_body_, [&](std::string_view piece) { text += piece; });
    if (!readable || mask.redact(text) != 0) {
      // It cannot be masked where it is. Unreadable bytes could hide it, so they do not go on.
      held_body_ = readable ? std::move(text) : std::string();
      decoded = true;
    }
  } else {
    mask.redact(held_body_);
  }
  mask.redact(answer_head_.data(), answer_head_.size());
  if (decoded) {
    std::erase_if(answer_.fields,
                  [](const http::field& f) { return http::iequals(f.name, "Content-Encoding"); });
  }
  if (worker_.draining()) fate_ = fate::close;
  out_.clear();
  const bool whole = !to_head_ && answer_framing_.body != http::body_kind::none;
  append_answer_head(out_, answer_, whole ? body_form::whole : body_form::as_framed,
                     whole ? std::optional<std::uint64_t>(held_body_.size()) : std::nullopt,
                     marks(fate_ != fate::keep_alive));
  status_sent_ = answer_.status;
  bytes_out_ = held_body_.size();
  first_byte_ = since(started_);
  wake_.expire_after(settings_->client.write_timeout);
  const io_result sent = co_await client_.send(out_, whole ? held_body_ : std::string_view{});
  if (sent != io_result::ok) fate_ = fate::close;
  co_return sent == io_result::ok ? step::answered : step::gone;
}

awaitable<void> exchange::send_refusal() {
  if (live_ != nullptr && status_sent_ != 0) {
    co_await close_live_as_refused();
    co_return;
  }
  phase_ = phase::answering;
  if (worker_.draining() && fate_ == fate::keep_alive) fate_ = fate::close;
  out_.clear();
  append_own_answer(out_, refusal_, endpoint_.family, to_head_ ? with_body::no : with_body::yes,
                    marks(fate_ != fate::keep_alive));
  status_sent_ = refusal_.http_status;
  wake_.expire_after(settings_->client.write_timeout);
  const io_result sent = co_await client_.send(out_);
  if (sent != io_result::ok) fate_ = fate::close;
}

void exchange::drop_upstream() {
  upstream_.reset();
}

void exchange::keep_upstream() {
  if (upstream_ == nullptr) return;
  if (!answer_framing_.keep_alive) {
    drop_upstream();
    return;
  }
  route_->put_back(std::move(upstream_), std::chrono::steady_clock::now());
}

// Tells the pool what the attempt taught, once.
void exchange::settle(const pool::verdict& what) {
  const std::chrono::microseconds took = since(upstream_started_);
  upstream_time_ += took;
  shared_state& shared = worker_.shared();
  const auto wall = std::chrono::system_clock::now();
  // Who looks for an owner passes over the projects that denied it, and no others.
  if (!searching() || note_denial(what)) traits_.tried_projects.push_back(lease_.project());
  if (what.next == pool::next_step::other_tier) traits_.excluded_tier = lease_.project_tier();
  if (what.kind == pool::outcome::model_fault) breaker_of_models().failure(model_, wall);
  if (what.kind == pool::outcome::success) breaker_of_models().success(model_);
  const bool unreachable = what.kind == pool::outcome::egress_fault && !committed();
  if (what.reason == resting_route) {
    // Nothing was asked, nothing learned.
  } else if (unreachable) {
    shared.route_breaker.failure(route_->name(), wall);
  } else if (what.kind != pool::outcome::cancelled) {
    shared.route_breaker.success(route_->name());
  }
  if (held_) last_secret_ = lease_.secret();
  image_.forget_secret();
  const pool::token_usage used = committed() ? told().usage : pool::token_usage{};
  const pool::consequence effect = shared.keys.settle(std::move(lease_), what, used, wall);
  note_end(what, effect, took);
}

bool exchange::committed() const {
  return live_ != nullptr ? live_->of_server.has_value() : status_sent_ != 0;
}

// The request is over: count it, log it, and let go of what it held.
void exchange::finish(step how) {
  const bool served = attempts_ != 0;
  if (how == step::gone && phase_ == phase::idle) return;
  if (how == step::tunnelled) return;  // told at its end (serve_tunnel)
  if (how == step::secured) return;    // each request that comes through it is told
  const bool websocket = status_sent_ == 101;
  const bool succeeded = websocket ? committed() : status_sent_ >= 200 && status_sent_ < 400;
  told_usage said;
  if (succeeded) said = told();
  const bool metered = said.metered;
  if (!metered) said.usage = {};
  const pool::token_usage& usage = said.usage;
  const bool counted = live_ != nullptr && live_->turns != 0;  // turn by turn
  // What asks for results need not say whose they are.
  const std::string_view model =
      model_.empty() && metered ? said.model_version : std::string_view(model_);
  std::optional<std::uint64_t> spent;  // 10^-6 USD
  request_record record;
  record.ended = std::chrono::system_clock::now();
  record.worker = worker_.number();
  if (served) {
    pool::usage_kind kind = pool::usage_kind::error;
    if (how == step::gone) {
      kind = pool::usage_kind::cancelled;
    } else if (succeeded) {
      const bool lost = endpoint_.spends_quota && !metered && (meter_.blind() || websocket);
      kind = lost ? pool::usage_kind::unmetered : pool::usage_kind::success;
    }
    const pool::cost_estimate cost = counted ? live_->cost : price(kind, said, record.ended);
    record.kind = kind;
    record.cost_basis = cost.basis;
    record.cost_micros = cost.cost ? std::optional<std::int64_t>(cost.cost->value) : std::nullopt;
    record.counted = counted;
    if (!counted) {
      worker_.usage().record(last_slot_, last_key_, model, kind, usage, record.cost_micros);
    }
  }
  if (record.cost_micros && !counted) {
    const auto micro_usd =
        static_cast<std::uint64_t>(std::max<std::int64_t>(*record.cost_micros, 0));
    worker_.shared().keys.charge(last_key_, micro_usd, record.ended);
    spent = micro_usd;
  }
  settle_caller(counted ? pool::token_usage{} : usage, spent);
  if (caller_ != nullptr) {
    record.client = caller_->id();
    record.client_name = caller_->name();
  }
  record.request_id = {request_id_.data(), request_id_.size()};
  record.method = method_;
  record.route = endpoint_.route;
  record.model = model;
  if (served) {
    record.key_id = last_key_.view();
    record.key_name = last_key_name_;
    record.project = last_project_;
    if (metered) record.model_version = said.model_version;
    record.outcome = pool::to_string(last_verdict_.kind);
    record.reason = last_verdict_.reason;
  }
  if (how == step::refused) {
    record.outcome = "refused";
    record.reason = refusal_.reason;
  }
  record.attempts = attempts_;
  record.status = status_sent_;
  record.cancelled = how == step::gone;
  record.metered = metered;
  record.usage = usage;
  record.bytes_in = live_ != nullptr ? live_->bytes_in : body_reader_.content_bytes();
  record.bytes_out = bytes_out_;
  record.total = since(started_);
  record.upstream = upstream_time_;
  record.first_byte = first_byte_;
  record.receiving = receiving_;
  record.waited = waited_;
  record.attempts_told = trail_.all();
  record.attempts_left_out = trail_.left_out();
  record.trace_id = trace_id_;
  worker_.shared().observer.finished(record);

  drop_upstream();
  route_.reset();
  body_.clear();
  meter_.release();
  guard_.reset();
  lesson_.release();
  results_.release();
  if (body_decoder_) body_decoder_->release();
  list_.reset();
  page_ = {};
  held_ = false;
  held_body_.clear();
  if (!last_secret_.empty()) OPENSSL_cleanse(last_secret_.data(), last_secret_.size());
  last_secret_.clear();
  live_.reset();
  if (how == step::gone && fate_ == fate::keep_alive) fate_ = fate::close;
}

}  // namespace gemkeeper::proxy
