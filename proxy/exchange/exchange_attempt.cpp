// The upstream's half of an exchange: a key, a connection, the request, and what the answer means.
#include "exchange/exchange.hpp"
#include "exchange/key_wait.hpp"
#include "exchange/repeatable.hpp"
#include "worker.hpp"
#include <gemkeeper/gemini/judge.hpp>

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::size_t max_held_error = 1024 * 1024;
constexpr unsigned max_egress_faults = 3;
constexpr milliseconds first_event_patience{2'000};

}  // namespace

awaitable<exchange::step> exchange::acquire_key() {
  pool::key_pool& keys = worker_.shared().keys;
  traits_.model = model_;
  auto got = keys.acquire(traits_, std::chrono::system_clock::now());
  if (std::holds_alternative<pool::no_key>(got) && traits_.only_untried_projects) {
    // Every project was tried: what is left is another key of one, or the first to recover.
    traits_.only_untried_projects = false;
    got = keys.acquire(traits_, std::chrono::system_clock::now());
  }
  const milliseconds max_wait = settings_->retry.max_wait;
  if (const auto* none = std::get_if<pool::no_key>(&got)) {
    const bool waiting_helps = none->reason == pool::no_key_reason::all_cooling ||
                               none->reason == pool::no_key_reason::queued_behind;
    if (!waiting_helps || max_wait <= milliseconds::zero()) co_return without_key(*none);
    const auto until =
        std::chrono::steady_clock::now() + std::min(max_wait, deadline_left().value_or(max_wait));
    got = co_await wait_for_key(worker_, wake_, traits_, until);
    if (const auto* still = std::get_if<pool::no_key>(&got)) {
      const io_result why = wake_.interrupted();
      co_return why == io_result::cancelled ? step::gone : without_key(*still);
    }
  }
  lease_ = std::get<pool::lease>(std::move(got));
  last_key_ = lease_.id();
  last_key_name_ = lease_.key_name();
  co_return step::go_on;
}

// What the client is told when no key can serve it: the recovery to wait for if there is one, else
// what Google said last.
exchange::step exchange::without_key(const pool::no_key& why) {
  using reason = pool::no_key_reason;
  const bool cooling = why.reason == reason::all_cooling || why.reason == reason::queued_behind;
  const bool of_one_key = last_verdict_.kind == pool::outcome::key_fault ||
                          last_verdict_.kind == pool::outcome::quota ||
                          last_verdict_.kind == pool::outcome::quota_unknown ||
                          last_verdict_.kind == pool::outcome::project_exhausted;
  if (held_ && !(cooling && of_one_key)) return step::answered;
  if (cooling) {
    const auto now = std::chrono::system_clock::now();
    refuse(429, "RESOURCE_EXHAUSTED", "ALL_KEYS_COOLING",
           "Every key that could serve this request is out of quota for now.");
    if (why.earliest) {
      refusal_.retry_after =
          std::max(milliseconds(1), std::chrono::ceil<milliseconds>(*why.earliest - now));
      refusal_.message +=
          fmt::format(" Please retry in {}s.",
                      std::chrono::ceil<std::chrono::seconds>(*why.earliest - now).count());
    }
    refusal_.until_day_end = why.until_day_end;
    return step::refused;
  }
  if (attempts_ != 0) return spent();
  if (why.reason == reason::no_keys) {
    return refuse(503, "UNAVAILABLE", "NO_KEY_CONFIGURED",
                  "gemkeeper has no API key: set GEMINI_API_KEYS, or [[keys]] or pool.keys_dir in "
                  "its configuration.");
  }
  return refuse(503, "UNAVAILABLE", "NO_USABLE_KEY",
                "No key of gemkeeper can serve this request: each is rejected by Google, disabled, "
                "or not meant for this model. Its log says why.");
}

// Sends the request with the leased key and says what the answer means. A success is ready to be
// relayed; of an error, everything is held.
awaitable<pool::verdict> exchange::ask_upstream() {
  ++attempts_;
  held_ = false;
  drop_upstream();  // an answer that was not wanted may still be on its way there
  connection_pool& connections = worker_.upstream();
  upstream_started_ = std::chrono::steady_clock::now();
  upstream_ = connections.take_idle(upstream_started_);
  for (;;) {
    request_sent_ = false;
    if (upstream_ == nullptr) {
      open_result opened = co_await connections.open(wake_);
      if (opened.status == io_result::cancelled) co_return gone_verdict();
      if (opened.connection == nullptr) {
        co_return egress_fault("unreachable", std::move(opened.problem));
      }
      upstream_ = std::move(opened.connection);
    }
    upstream_->io->attach(&wake_);
    const bool may_be_stale = upstream_->reused;
    io_result got = co_await send_request();
    if (got == io_result::ok) got = co_await read_answer_head();
    if (got == io_result::ok) break;
    const bool silent = upstream_->io->in().empty();
    drop_upstream();
    if (got == io_result::cancelled) co_return gone_verdict();
    if (got == io_result::timed_out) co_return egress_fault("timeout", "no answer in time");
    // The upstream closed a connection that idled, while the request was on its way.
    if (may_be_stale && silent && may_repeat()) continue;
    co_return egress_fault(silent ? "reset" : "bad_answer",
                           silent
                               ? "connection closed before an answer"
                               : std::string("malformed answer: ") + std::string(answer_.problem));
  }
  co_return co_await judge_answer();
}

awaitable<io_result> exchange::send_request() {
  std::optional<std::uint64_t> length;
  if (framing_.body == http::body_kind::chunked) length = body_.size();
  const std::string_view head =
      image_.for_attempt(endpoint_.family, lease_.secret(), length, deadline_left());
  wait_at_most(settings_->upstream.idle_timeout);
  stream& to = *upstream_->io;
  request_sent_ = true;
  if (body_.in_memory()) {
    const io_result sent = to.try_send(head, body_.memory());
    if (sent == io_result::blocked) co_return co_await to.flush();
    co_return sent;
  }
  std::string scratch;
  io_result sent = co_await to.send(head);
  std::uint64_t offset = 0;
  while (sent == io_result::ok && offset < body_.size()) {
    const std::string_view piece = body_.read(offset, scratch);
    if (piece.empty()) co_return io_result::failed;
    wait_at_most(settings_->upstream.idle_timeout);
    sent = co_await to.send(piece);
    offset += piece.size();
  }
  co_return sent;
}

// The head of the final answer; interim ones go on to the client as they come.
awaitable<io_result> exchange::read_answer_head() {
  read_buffer& in = upstream_->io->in();
  http::head_scanner scanner;
  const http::head_limits limits{256 * 1024, 256};
  answer_.problem = {};
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
    if (found != http::head_status::complete || answer_.status == 101) co_return io_result::failed;
    in.consume(scanner.size());
    if (answer_.status >= 200) break;
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
  fed_ = 0;
  const http::field* coding = answer_.find("Content-Encoding");
  const bool readable = endpoint_.form != gemini::answer_form::opaque;
  meter_.reset(endpoint_.form, coding != nullptr ? gemini::parse_content_coding(coding->value)
                                                 : gemini::content_coding::identity);
  first_event_.reset(readable ? endpoint_.form : gemini::answer_form::json);
  co_return io_result::ok;
}

awaitable<pool::verdict> exchange::judge_answer() {
  if (answer_.status < 400) {
    const bool streamed = endpoint_.form == gemini::answer_form::sse ||
                          endpoint_.form == gemini::answer_form::json_array;
    if (answer_.status == 200 && streamed && !to_head_) co_return co_await judge_first_event();
    co_return served();
  }
  const io_result whole = co_await hold_error(settings_->upstream.idle_timeout);
  if (whole == io_result::cancelled) co_return gone_verdict();
  if (whole != io_result::ok) {
    drop_upstream();
    co_return egress_fault("cut_short", "an error answer ended early");
  }
  keep_upstream();
  held_ = true;
  std::string decoded;
  const http::field* coding = answer_.find("Content-Encoding");
  gemini::content_decoder decoder(coding != nullptr ? gemini::parse_content_coding(coding->value)
                                                    : gemini::content_coding::identity);
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
      });
    });
    const bool more = answer_reader_.status() == http::body_reader::state::more;
    if (!more && seen == state::undecided) seen = first_event_.finish();
    // A full buffer cannot wait for more.
    const bool full = fed_ + 1024 > stream::piece_size || meter_.blind();
    const bool decided = seen == state::data || (seen == state::error && first_event_.complete());
    if (decided || full || !more) break;
    const io_result got = co_await from.fill();
    if (got == io_result::cancelled) co_return gone_verdict();
    if (got != io_result::ok) break;  // `relay` meets it again
  }
  if (seen != state::error) co_return served();
  pool::verdict verdict = gemini::judge_first_event(first_event_.error_json(), endpoint_);
  // Kept whole like any error: the client gets it when no other key does better. It is the last of
  // its stream; one that goes on regardless is not waited for.
  answer_reader_.start(answer_framing_);
  fed_ = 0;
  if (co_await hold_error(first_event_patience) == io_result::ok) keep_upstream();
  held_ = true;
  co_return verdict;
}

// An answer that is the client's, whatever it says.
pool::verdict exchange::served() const {
  pool::verdict verdict = gemini::judge({answer_.status, {}, {}, {}}, endpoint_);
  verdict.next = pool::next_step::relay;
  return verdict;
}

// The content of an error answer, whole.
awaitable<io_result> exchange::hold_error(milliseconds patience) {
  stream& from = *upstream_->io;
  held_body_.clear();
  for (;;) {
    const std::size_t used = answer_reader_.feed(
        from.in().bytes(), [&](std::string_view content) { held_body_ += content; });
    from.in().consume(used);
    if (answer_reader_.done()) co_return io_result::ok;
    const bool bad = answer_reader_.status() == http::body_reader::state::bad;
    if (bad || held_body_.size() > max_held_error) co_return io_result::failed;
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
  verdict.next = pool::next_step::same_again;
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

bool exchange::may_repeat() const {
  return is_repeatable(method_, endpoint_.route);
}

// Whether another attempt is allowed, and with what.
bool exchange::may_go_on(const pool::verdict& what) {
  using next = pool::next_step;
  if (what.next == next::pass_on || what.next == next::relay) return false;
  if (attempts_ >= settings_->retry.max_attempts) return false;
  if (const auto left = deadline_left(); left && *left <= milliseconds::zero()) return false;
  const auto now = std::chrono::system_clock::now();
  shared_state& shared = worker_.shared();
  switch (what.next) {
    case next::next_key:
      traits_.tried_keys.push_back(last_key_);
      break;
    case next::next_project:
      traits_.only_untried_projects = true;
      break;
    case next::other_tier:
      if (traits_.excluded_tier == pool::tier::unknown) return false;
      break;
    case next::backoff:
      traits_.may_repeat_key = true;
      if (answer_.status != 503 && !may_repeat()) return false;
      if (!shared.model_breaker.allows_retry(model_, now)) return false;
      break;
    case next::same_again:
      traits_.may_repeat_key = true;
      if (egress_faults_ >= max_egress_faults || what.reason == "bad_answer") return false;
      if (what.reason == "timeout" || (request_sent_ && !may_repeat())) return false;
      if (!shared.route_breaker.allows_retry(settings_->upstream.host, now)) return false;
      break;
    default:
      return false;
  }
  return shared.budget.withdraw();
}

awaitable<exchange::step> exchange::back_off() {
  const bool wait = last_verdict_.next == pool::next_step::backoff ||
                    last_verdict_.next == pool::next_step::same_again;
  if (!wait) co_return step::go_on;
  const milliseconds pause = pool::full_jitter(attempts_ - 1, worker_.random_unit());
  if (const auto left = deadline_left(); left && *left <= pause) {
    const step last = spent();
    co_return last == step::answered ? co_await send_held() : last;
  }
  wake_.expire_after(pause);
  for (;;) {
    const io_result why = wake_.interrupted();
    if (why == io_result::timed_out) break;
    if (why == io_result::cancelled) co_return step::gone;
    co_await wake_.wait();
  }
  co_return step::go_on;
}

// Nothing more is tried: Google's last answer if there is one, else what went wrong on the way.
exchange::step exchange::spent() {
  if (held_) return step::answered;
  const auto left = deadline_left();
  const bool late = (left && *left <= milliseconds::zero()) || last_verdict_.reason == "timeout";
  if (late) {
    return refuse(504, "DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT",
                  fmt::format("{} did not answer in time.", settings_->upstream.host));
  }
  return refuse(
      502, "UNAVAILABLE", "UPSTREAM_UNREACHABLE",
      fmt::format("{} cannot be reached: {}.", settings_->upstream.host, egress_problem_));
}

}  // namespace gemkeeper::proxy
