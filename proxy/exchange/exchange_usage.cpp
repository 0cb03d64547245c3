// What a request has used and what that costs: as its answer tells it, once however often it is
// told, and turn by turn where a session goes on for long.
#include "exchange/exchange.hpp"
#include "exchange/live_session.hpp"
#include "worker.hpp"
#include <gemkeeper/proxy/request_record.hpp>

#include <algorithm>
#include <utility>

namespace gemkeeper::proxy {

// The usage of a batch stands in its results.
void exchange::begin_results() {
  if (answer_.status != 200 || !endpoint_.results) {
    if (results_.begun()) results_.release();
    return;
  }
  results_.begin(
      answer_coding(), [this](const pool::token_usage& usage, std::string_view model_version) {
        return worker_.prices().cost({model_version, model_, usage, pool::service_tier::batch,
                                      last_tier_, std::chrono::system_clock::now()});
      });
}

exchange::told_usage exchange::told() const {
  told_usage all;
  if (left_out_) return all;
  if (results_.begun()) {
    all.metered = results_.seen();
    all.usage = results_.usage();
    all.service = pool::service_tier::batch;
    all.model_version = results_.model_version();
    if (all.metered) all.cost = results_.cost();
    return all;
  }
  if (live_ != nullptr) {
    if (!live_->of_server) return all;
    const gemini::live_messages& said = live_->of_server->messages();
    all.metered = said.metered();
    all.usage = said.usage();
    all.service = said.service();
    all.model_version = said.model_version();
    return all;
  }
  const gemini::usage_scanner& said = meter_.result();
  all.metered = said.seen();
  all.usage = said.usage();
  all.service = said.service();
  all.model_version = said.model_version();
  return all;
}

// What a batch or an interaction has used is told each time it is asked for. Results that the
// client did not get whole it will ask for again, and an interaction that is not done has not used
// all yet.
void exchange::count_once(bool whole) {
  switch (endpoint_.usage) {
    case gemini::usage_of::request:
      return;
    case gemini::usage_of::nothing:
      left_out_ = true;
      return;
    case gemini::usage_of::earlier:
      break;
  }
  if (!told().metered) return;
  const bool complete = results_.begun() ? whole : !meter_.result().running();
  std::string_view name = made_;
  if (name.empty() && !named_.empty()) name = named_[0];
  left_out_ = !complete || (!name.empty() && !worker_.shared().counted.first_time(name));
}

// What Google will bill for it, as far as the answer tells. What was cut short may cost as well.
pool::cost_estimate exchange::price(pool::usage_kind kind, const told_usage& told,
                                    pool::time_point now) const {
  constexpr pool::cost_estimate nothing{pool::micro_usd{0}, pool::cost_basis::not_billed};
  if (kind == pool::usage_kind::error) return nothing;
  if (told.cost) return *told.cost;
  // Of a batch, and of an interaction in the background, it comes with the results.
  const bool comes_later = endpoint_.batch || endpoint_.usage == gemini::usage_of::earlier;
  if (!told.metered && (!endpoint_.spends_quota || (comes_later && !meter_.blind()))) {
    return nothing;
  }
  const auto service = endpoint_.batch ? pool::service_tier::batch
                       : told.metered  ? told.service
                                       : pool::service_tier::standard;
  return worker_.prices().cost({told.metered ? told.model_version : std::string_view{}, model_,
                                told.usage, service, last_tier_, now});
}

// Google has agreed to what will go on for a while: whoever waits to see whether it does need not
// wait for the end.
void exchange::confirm_key() {
  shared_state& shared = worker_.shared();
  if (lease_.chosen().trial) shared.keys.confirm(lease_, std::chrono::system_clock::now());
  breaker_of_models().success(model_);
  shared.route_breaker.success(route_->name());
}

// Of a Live session: at once, so that limits know of it, and the end of this process loses none.
void exchange::count_turn(const pool::token_usage& turn) {
  const auto now = std::chrono::system_clock::now();
  told_usage said = told();
  said.usage = turn;
  request_record part;
  part.ended = now;
  part.worker = worker_.number();
  part.kind = pool::usage_kind::success;
  const pool::cost_estimate cost = price(part.kind, said, now);
  part.cost_basis = cost.basis;
  part.cost_micros = cost.cost ? std::optional<std::int64_t>(cost.cost->value) : std::nullopt;
  part.usage = turn;
  part.metered = true;
  part.model = model_;
  part.key_id = last_key_.view();
  part.project = last_project_;
  if (caller_ != nullptr) part.client = caller_->id();
  const unsigned calls = live_->turns++ == 0 ? 1 : 0;
  worker_.usage().record(last_slot_, last_key_, model_, part.kind, turn, part.cost_micros, calls);
  worker_.shared().observer.used(part, calls);

  std::optional<std::uint64_t> spent;
  if (part.cost_micros)
    spent = static_cast<std::uint64_t>(std::max<std::int64_t>(*part.cost_micros, 0));
  worker_.shared().keys.charge(lease_, turn, spent, now);
  if (caller_ != nullptr) pass_.charge(turn.all(), spent, now);

  if (live_->turns == 1) {
    live_->cost = cost;
  } else if (!cost.cost) {
    live_->cost = cost;
  } else if (live_->cost.cost) {
    *live_->cost.cost += *cost.cost;
  }
}

}  // namespace gemkeeper::proxy
