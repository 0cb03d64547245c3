// The upstream's half of an exchange: a key, a connection, the request, and what the answer means.
#include "exchange/exchange.hpp"
#include "exchange/live_session.hpp"
#include "exchange/repeatable.hpp"
#include "worker.hpp"
#include <gemkeeper/gemini/judge.hpp>
#include <gemkeeper/proxy/request_record.hpp>

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::size_t max_held_error = 1024 * 1024;
constexpr milliseconds first_event_patience{2'000};

}  // namespace

// Sends the request with the leased key and says what the answer means. A success is ready to be
// relayed; of an error, everything is held.
awaitable<pool::verdict> exchange::ask_upstream() {
  ++attempts_;
  held_ = false;
  if (live_ != nullptr) live_->refused.reset();
  drop_upstream();  // an answer that was not wanted may still be on its way there
  route_ = worker_.routes(endpoint_.service).of(lease_.proxy());
  upstream_started_ = std::chrono::steady_clock::now();
  note_attempt();
  upstream_ = streaming_ ? idle_for_upload() : route_->take_idle(upstream_started_);
  for (;;) {
    request_sent_ = false;
    if (upstream_ == nullptr) {
      if (route_rests()) co_return egress_fault(resting_route, route_->why_broken());
      open_result opened = co_await route_->open(wake_);
      if (opened.status == io_result::cancelled) co_return gone_verdict();
      tell_of_route();
      if (opened.connection == nullptr) {
        co_return egress_fault(opened.failed == leg::proxy ? broken_proxy : "unreachable",
                               std::move(opened.problem));
      }
      upstream_ = std::move(opened.connection);
    }
    upstream_->io->attach(&wake_);
    const bool may_be_stale = upstream_->reused;
    trail_.last().over =
        may_be_stale ? pool::attempt::connection::reused : pool::attempt::connection::fresh;
    io_result got = start_request();
    if (got == io_result::blocked) got = co_await finish_request();
    // Who answers before the request is through has its reasons, and takes no more of it.
    const bool cut = got == io_result::blocked || got == io_result::failed;
    if (got == io_result::ok || cut) got = co_await read_answer_head();
    if (cut) answer_framing_.keep_alive = false;
    if (got == io_result::ok) break;
    const bool silent = upstream_->io->in().empty();
    drop_upstream();
    if (got == io_result::cancelled) co_return gone_verdict();
    if (got == io_result::timed_out) co_return egress_fault("timeout", "no answer in time");
    // The upstream closed a connection that idled, while the request was on its way.
    if (may_be_stale && silent && may_repeat() && !streaming_) continue;
    co_return egress_fault(silent ? "reset" : "bad_answer",
                           silent
                               ? "connection closed before an answer"
                               : std::string("malformed answer: ") + std::string(answer_.problem));
  }
  trail_.last().status = static_cast<std::uint16_t>(answer_.status);
  lease_.fetch_ahead();
  worker_.usage().fetch_ahead(last_slot_);
  if (answer_.status >= 400) co_return co_await judge_error();
  if (answer_.status == 101 && live_ != nullptr) co_return co_await set_up_live();
  if (answer_.status == 101) co_return upgraded();
  const bool streamed = endpoint_.form == gemini::answer_form::sse ||
                        endpoint_.form == gemini::answer_form::json_array;
  if (answer_.status == 200 && streamed && !to_head_) co_return co_await judge_first_event();
  co_return served();
}

// What is known of an attempt when it begins.
void exchange::note_attempt() {
  if (attempts_ > 1 && trail_.last().key != last_key_) {
    ++worker_.load().rotations[static_cast<std::size_t>(trail_.last().kind)];
  }
  pool::attempt& one = trail_.add();
  one.key = last_key_;
  one.chosen = lease_.chosen();
  one.queued = std::exchange(queued_, false);
  if (attempts_ > 1) one.after = last_verdict_.next;
  one.began = std::chrono::duration_cast<std::chrono::microseconds>(upstream_started_ - started_);
  one.waited = std::exchange(waiting_, {});
  if (route_->via() != nullptr) one.route = route_->label();
}

// And what is when it has ended.
void exchange::note_end(const pool::verdict& what, const pool::consequence& effect,
                        std::chrono::microseconds duration) {
  pool::attempt& one = trail_.last();
  one.kind = what.kind;
  one.reason = what.reason;
  one.effect = effect;
  one.duration = duration;
  for (const pool::quota_mark& mark : what.marks) {
    if (mark.quota_id.empty() || one.quotas.size() == pool::attempt::max_quotas) continue;
    one.quotas.emplace_back(mark.quota_id, 0, pool::attempt::max_quota_id);
  }
}

// Where keys differ in their way out, one that failed again and again is left alone, but for one
// request at a time: other keys may come through at once.
bool exchange::route_rests() {
  if (!worker_.routes(endpoint_.service).several() || route_->via() == nullptr) return false;
  pool::circuit_breaker& breaker = worker_.shared().route_breaker;
  return !breaker.allows_retry(route_->name(), std::chrono::system_clock::now());
}

void exchange::tell_of_route() {
  if (!route_->has_news(std::chrono::steady_clock::now())) return;
  route_record news;
  news.route = route_->label();
  news.problem = route_->last_problem();
  worker_.shared().observer.route_changed(news);
}

// Most requests leave at once. `blocked`: `finish_request` sends the rest.
io_result exchange::start_request() {
  std::optional<std::uint64_t> length;
  if (framing_.body == http::body_kind::chunked) length = body_.size();
  // The address of an upload is all that Google asks for.
  const std::string_view secret = upload_key_ ? std::string_view{} : lease_.secret();
  const std::string_view head =
      live_ != nullptr && !live_->token_field.empty()
          ? image_.for_attempt(live_->token_field, length, deadline_left())
          : image_.for_attempt(endpoint_.family, secret, length, deadline_left());
  wait_at_most(settings_->upstream.idle_timeout);
  request_sent_ = true;
  const io_result sent = upstream_->io->try_send(head, body_.memory());
  const bool more = streaming_ || !body_.in_memory();
  return sent == io_result::ok && more ? io_result::blocked : sent;
}

// `blocked` once more: the upstream answers already, or has ended.
awaitable<io_result> exchange::finish_request() {
  if (streaming_) co_return co_await stream_body();
  stream& to = *upstream_->io;
  std::string scratch;
  std::uint64_t offset = body_.memory().size();
  io_result sent = io_result::blocked;
  for (;;) {
    while (sent == io_result::blocked && !final_answer_began())
      sent = co_await to.flush_while_quiet();
    if (sent != io_result::ok || offset >= body_.size()) co_return sent;
    const std::string_view piece = body_.read(offset, scratch);
    // Nothing but the end tells the upstream that no more will come.
    if (piece.empty()) to.shutdown_send();
    if (piece.empty()) co_return io_result::failed;
    wait_at_most(settings_->upstream.idle_timeout);
    sent = to.try_send(piece);
    offset += piece.size();
  }
}

// Interim answers do not keep the rest of the request from being sent.
bool exchange::final_answer_began() const {
  const std::string_view bytes = upstream_->io->in().bytes();
  constexpr std::string_view interim = "HTTP/1.1 1";
  return upstream_->io->ended() != io_result::ok ||
         (bytes.size() >= interim.size() && !bytes.starts_with(interim));
}

// The head of the final answer; interim ones go on to the client as they come.
awaitable<io_result> exchange::read_answer_head() {
  read_buffer& in = upstream_->io->in();
  http::head_scanner scanner;
  const http::head_limits limits{256 * 1024, 256};
  answer_.problem = "no HTTP/1.1, or no whole head";  // unless the parser knows better
  wait_at_most(settings_->upstream.first_byte_timeout);
  for (;;) {
    http::head_status found = http::head_status::incomplete;
    if (!in.empty()) found = scanner.scan(in.bytes(), limits);
    if (found == http::head_status::incomplete) {
      const io_result got = co_await upstream_->io->fill();
      if (got != io_result::ok) co_return got;
      continue;
    }
    answer_head_.assign(in.bytes().substr(0, scanner.size()));
    if (found == http::head_status::complete) {
      found = http::parse_response(answer_head_, limits, answer_);
    }
    if (found == http::head_status::complete && answer_.status == 101 && !is_websocket_now()) {
      answer_.problem = "a change of protocols that nobody asked for";
      co_return io_result::failed;
    }
    if (found != http::head_status::complete) co_return io_result::failed;
    in.consume(scanner.size());
    if (answer_.status >= 200 || answer_.status == 101) break;
    // 100 answers an expectation that was not sent.
    if (answer_.status != 100 && !http10_) {
      if (const io_result sent = co_await client_.send(answer_head_); sent != io_result::ok) {
        co_return io_result::cancelled;
      }
    }
    scanner.reset();
  }
  answer_framing_ =
      http::frame_response(answer_, to_head_ ? http::answers_head::yes : http::answers_head::no);
  if (!answer_framing_.problem.empty()) {
    answer_.problem = answer_framing_.problem;
    co_return io_result::failed;
  }
  answer_reader_.start(answer_framing_);
  if (!answer_framing_.keep_alive) upstream_->io->expect_end();
  fed_ = 0;
  const bool readable = endpoint_.form != gemini::answer_form::opaque;
  guard_.reset();
  meter_.reset(endpoint_.form, answer_coding());
  first_event_.reset(readable ? endpoint_.form : gemini::answer_form::json);
  begin_lesson();
  begin_results();
  co_return io_result::ok;
}

awaitable<pool::verdict> exchange::judge_error() {
  const io_result whole = co_await hold_answer(settings_->upstream.idle_timeout, max_held_error);
  if (whole == io_result::cancelled) co_return gone_verdict();
  if (whole != io_result::ok) {
    drop_upstream();
    co_return egress_fault("cut_short", "an error answer ended early");
  }
  keep_upstream();
  held_ = true;
  std::string decoded;
  gemini::content_decoder decoder(answer_coding());
  decoder.feed(held_body_, [&](std::string_view text) {
    if (decoded.size() < gemini::first_event::max_error) decoded += text;
  });
  const auto value_of = [&](std::string_view name) {
    const http::field* f = answer_.find(name);
    return f != nullptr ? f->value : std::string_view{};
  };
  const gemini::answer facts{answer_.status, value_of("Content-Type"), value_of("Retry-After"),
                             decoded};
  co_return gemini::judge(facts, endpoint_);
}

// Reads until the first event shows whether it is an error. What was read stays where it is.
awaitable<pool::verdict> exchange::judge_first_event() {
  using state = gemini::first_event::state;
  stream& from = *upstream_->io;
  state seen = state::undecided;
  for (;;) {
    const std::string_view fresh = from.in().bytes().substr(fed_);
    fed_ += answer_reader_.feed(fresh, [&](std::string_view content) {
      meter_.feed(content, [&](std::string_view text) {
        const bool wanted =
            seen == state::undecided || (seen == state::error && !first_event_.complete());
        if (wanted) seen = first_event_.feed(text);
        read_along(text);
      });
    });
    const bool more = answer_reader_.status() == http::body_reader::state::more;
    if (!more && seen == state::undecided) seen = first_event_.finish();
    // A full buffer cannot wait for more.
    const bool full = fed_ + 1024 > stream::piece_size || meter_.blind();
    const bool decided = seen == state::data || (seen == state::error && first_event_.complete());
    if (decided || full || !more) break;
    const io_result got = co_await from.fill();
    if (got == io_result::ok) continue;
    if (got == io_result::cancelled) co_return gone_verdict();
    if (got == io_result::eof && answer_reader_.finish()) break;
    // The client has seen nothing of it yet.
    if (got == io_result::timed_out) co_return egress_fault("timeout", "no event in time");
    co_return egress_fault("cut_short", "the stream ended before its first event");
  }
  if (seen != state::error) co_return served();
  pool::verdict verdict = gemini::judge_first_event(first_event_.error_json(), endpoint_);
  // Kept whole like any error: the client gets it when no other key does better. It is the last of
  // its stream; one that goes on regardless is not waited for.
  answer_reader_.start(answer_framing_);
  fed_ = 0;
  if (co_await hold_answer(first_event_patience, max_held_error) == io_result::ok) keep_upstream();
  held_ = true;
  co_return verdict;
}

// An answer that is the client's, whatever it says.
pool::verdict exchange::served() const {
  pool::verdict verdict = gemini::judge({answer_.status, {}, {}, {}}, endpoint_);
  verdict.next = pool::next_step::relay;
  return verdict;
}

// The content of an answer, whole.
awaitable<io_result> exchange::hold_answer(milliseconds patience, std::size_t most) {
  stream& from = *upstream_->io;
  held_body_.clear();
  for (;;) {
    const std::size_t used = answer_reader_.feed(
        from.in().bytes(), [&](std::string_view content) { held_body_ += content; });
    from.in().consume(used);
    if (answer_reader_.done()) co_return io_result::ok;
    const bool bad = answer_reader_.status() == http::body_reader::state::bad;
    if (bad || held_body_.size() > most) co_return io_result::failed;
    wait_at_most(patience);
    const io_result got = co_await from.fill();
    if (got == io_result::ok) continue;
    if (got == io_result::cancelled) co_return got;
    if (got == io_result::eof && answer_reader_.finish()) co_return io_result::ok;
    co_return io_result::failed;
  }
}

pool::verdict exchange::egress_fault(std::string_view reason, std::string problem) {
  drop_upstream();
  egress_problem_ = std::move(problem);
  ++egress_faults_;
  pool::verdict verdict;
  verdict.kind = pool::outcome::egress_fault;
  const bool of_the_proxy = reason == broken_proxy || reason == resting_route;
  verdict.next = of_the_proxy && worker_.routes(endpoint_.service).several()
                     ? pool::next_step::next_key
                     : pool::next_step::same_again;
  verdict.reason = reason;
  return verdict;
}

pool::verdict exchange::gone_verdict() const {
  pool::verdict verdict;
  verdict.kind = pool::outcome::cancelled;
  verdict.next = pool::next_step::pass_on;
  verdict.reason = "client_gone";
  return verdict;
}

}  // namespace gemkeeper::proxy
