// Which key is next, whether there is a next at all, and what the client is told when there is
// none.
#include "exchange/exchange.hpp"
#include "exchange/key_wait.hpp"
#include "exchange/repeatable.hpp"
#include "worker.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace gemkeeper::proxy {

namespace {

constexpr unsigned max_egress_faults = 3;
constexpr unsigned max_denials = 64;  // projects that are asked for one unknown resource

bool waiting_helps(const pool::no_key& why) {
  return why.reason == pool::no_key_reason::all_cooling ||
         why.reason == pool::no_key_reason::queued_behind;
}

}  // namespace

// Leases the next key if one is free, else says why none is.
std::optional<pool::no_key> exchange::take_key() {
  pool::key_pool& keys = worker_.shared().keys;
  traits_.model = model_;
  auto got = keys.acquire(traits_, std::chrono::system_clock::now());
  const bool all_denied = searching() && attempts_ != 0;
  if (std::holds_alternative<pool::no_key>(got) && traits_.only_untried_projects && !all_denied) {
    // Every project was tried: what is left is another key of one, or the first to recover.
    traits_.only_untried_projects = false;
    got = keys.acquire(traits_, std::chrono::system_clock::now());
  }
  if (const auto* none = std::get_if<pool::no_key>(&got)) return *none;
  take_lease(std::get<pool::lease>(std::move(got)));
  return std::nullopt;
}

void exchange::take_lease(pool::lease taken) {
  lease_ = std::move(taken);
  last_key_ = lease_.id();
  last_slot_ = lease_.slot();
  last_key_name_ = lease_.key_name();
  last_project_ = lease_.declared_project().value;
  last_tier_ = lease_.project_tier();
}

// Waits for a key as long as the operator and the client allow.
awaitable<std::optional<pool::no_key>> exchange::wait_in_queue(pool::no_key why) {
  const milliseconds most = settings_->retry.max_wait;
  if (!waiting_helps(why) || most <= milliseconds::zero()) co_return why;
  const auto until =
      std::chrono::steady_clock::now() + std::min(most, deadline_left().value_or(most));
  const steady_time began = std::chrono::steady_clock::now();
  auto got = co_await wait_for_key(worker_, wake_, traits_, until);
  queued_ = true;
  note_wait(began);
  if (const auto* still = std::get_if<pool::no_key>(&got)) co_return *still;
  take_lease(std::get<pool::lease>(std::move(got)));
  co_return std::nullopt;
}

// With the time to wait, where one is known.
exchange::step exchange::refuse_until_recovery(std::string_view reason, std::string message,
                                               const pool::no_key& why) {
  refuse(429, "RESOURCE_EXHAUSTED", reason, std::move(message));
  if (why.earliest) {
    const auto left = *why.earliest - std::chrono::system_clock::now();
    refusal_.retry_after = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(left));
    refusal_.message +=
        fmt::format(" Please retry in {}s.", std::chrono::ceil<std::chrono::seconds>(left).count());
  }
  refusal_.until_day_end = why.until_day_end;
  return step::refused;
}

// What the client is told when no key can serve it: the recovery to wait for if there is one, else
// what Google said last.
exchange::step exchange::without_key(const pool::no_key& why) {
  const bool cooling = waiting_helps(why);
  const bool of_one_key = last_verdict_.kind == pool::outcome::key_fault ||
                          last_verdict_.kind == pool::outcome::quota ||
                          last_verdict_.kind == pool::outcome::quota_unknown ||
                          last_verdict_.kind == pool::outcome::project_exhausted;
  if (held_ && !(cooling && (of_one_key || searching()))) return step::answered;
  if (traits_.pin) return without_owner(why);
  if (cooling) {
    std::string_view reason = "ALL_KEYS_COOLING";
    std::string message = "Every key that could serve this request is out of quota for now.";
    if (why.by_limit) {
      reason = "ALL_KEYS_EXHAUSTED";
      message =
          "Every key that could serve this request is over a limit that the operator of this "
          "gemkeeper set, or out of quota.";
    }
    if (searching() && denials_ != 0) {
      message = fmt::format(
          "{} is in none of the projects that could be asked; the others are out "
          "of quota for now.",
          first_named_);
    }
    return refuse_until_recovery(reason, std::move(message), why);
  }
  if (attempts_ != 0) return spent();
  if (why.reason == pool::no_key_reason::no_keys && endpoint_.service == pool::service::vertex) {
    return refuse(503, "UNAVAILABLE", "NO_VERTEX_KEY_CONFIGURED",
                  "gemkeeper has no API key for Vertex AI, where this request goes: set "
                  "VERTEX_API_KEYS, or service = \"vertex\" in [[keys]] of its configuration.");
  }
  if (why.reason == pool::no_key_reason::no_keys) {
    return refuse(503, "UNAVAILABLE", "NO_KEY_CONFIGURED",
                  "gemkeeper has no API key: set GEMINI_API_KEYS, or [[keys]] or pool.keys_dir in "
                  "its configuration.");
  }
  return refuse(503, "UNAVAILABLE", "NO_USABLE_KEY",
                "No key of gemkeeper can serve this request: each is rejected by Google, disabled, "
                "or not meant for this model. Its log says why.");
}

// Namesakes of two services fail apart.
pool::circuit_breaker& exchange::breaker_of_models() {
  return worker_.shared().model_breakers[static_cast<std::size_t>(endpoint_.service)];
}

bool exchange::may_repeat() const {
  return is_repeatable(method_, endpoint_.route);
}

// Whether another attempt is allowed, and with what.
bool exchange::may_go_on(const pool::verdict& what) {
  using next = pool::next_step;
  if (what.next == next::pass_on || what.next == next::relay) return false;
  if (attempts_ - uncounted_ >= settings_->retry.max_attempts) return false;
  if (denials_ >= max_denials) return false;
  if (streaming_ && request_sent_) return false;
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
      if (!breaker_of_models().allows_retry(model_, now)) return false;
      break;
    case next::same_again:
      traits_.may_repeat_key = true;
      if (egress_faults_ >= max_egress_faults || what.reason == "bad_answer") return false;
      if (what.reason == "timeout" || (request_sent_ && !may_repeat())) return false;
      if (!shared.route_breaker.allows_retry(route_->name(), now)) return false;
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
    if (last == step::answered) co_return co_await send_held();
    co_return last;
  }
  const steady_time began = std::chrono::steady_clock::now();
  step next = step::more;
  wake_.expire_after(pause);
  while (next == step::more) {
    const io_result why = wake_.interrupted();
    if (why == io_result::timed_out) next = step::go_on;
    if (why == io_result::cancelled) next = step::gone;
    if (next == step::more) co_await wake_.wait();
  }
  note_wait(began);
  co_return next;
}

void exchange::note_wait(steady_time began) {
  const std::chrono::microseconds took = since(began);
  waiting_ += took;
  waited_ += took;
}

// Nothing more is tried: Google's last answer if there is one, else what went wrong on the way.
exchange::step exchange::spent() {
  if (held_) return step::answered;
  const auto left = deadline_left();
  const bool late = (left && *left <= milliseconds::zero()) || last_verdict_.reason == "timeout";
  if (late) {
    return refuse(504, "DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT",
                  fmt::format("{} did not answer in time.", upstream_origin().host));
  }
  const bool of_the_proxy =
      last_verdict_.reason == broken_proxy || last_verdict_.reason == resting_route;
  return refuse(502, "UNAVAILABLE", of_the_proxy ? "UPSTREAM_PROXY_FAILED" : "UPSTREAM_UNREACHABLE",
                fmt::format("{} cannot be reached: {}.", upstream_origin().host, egress_problem_));
}

}  // namespace gemkeeper::proxy
