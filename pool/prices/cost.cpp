#include "../pacific_day.hpp"
#include <gemkeeper/pool/prices.hpp>

#include <algorithm>
#include <limits>

namespace gemkeeper::pool {
namespace {

__extension__ using wide = unsigned __int128;  // a cost in picodollars: token counts are 64 bits

constexpr auto text = static_cast<std::size_t>(modality::text);

void add(std::uint64_t& to, std::uint64_t more) {
  to = more > std::numeric_limits<std::uint64_t>::max() - to
           ? std::numeric_limits<std::uint64_t>::max()
           : to + more;
}

std::uint64_t sum(const tokens_by_modality& tokens) {
  std::uint64_t total = 0;
  for (const std::uint64_t count : tokens)
    add(total, count);
  return total;
}

// What is of no stated modality is text.
tokens_by_modality complete(std::uint64_t total, tokens_by_modality by) {
  const std::uint64_t stated = sum(by);
  if (total > stated) add(by[text], total - stated);
  return by;
}

struct prompt_tokens {
  tokens_by_modality fresh;
  tokens_by_modality cached;
};

// Cached tokens whose modality was not stated were taken for text; where the prompt has less text
// than that, they are of its other modalities.
prompt_tokens split_prompt(const token_usage& usage) {
  prompt_tokens split{complete(usage.prompt, usage.prompt_by),
                      complete(usage.cached, usage.cached_by)};
  auto& [fresh, cached] = split;
  tokens_by_modality excess{};
  for (std::size_t m = 0; m < modality_count; ++m) {
    const std::uint64_t both = std::min(fresh[m], cached[m]);
    fresh[m] -= both;
    excess[m] = cached[m] - both;
  }
  for (std::size_t from = 0; from < modality_count; ++from) {
    for (std::size_t to = 0; to < modality_count; ++to) {
      const std::uint64_t moved = std::min(excess[from], fresh[to]);
      excess[from] -= moved;
      cached[from] -= moved;
      fresh[to] -= moved;
      cached[to] += moved;
    }
  }
  return split;
}

// Adds up prices, and remembers whether one was missing.
struct bill {
  wide pico = 0;
  bool empty = true;
  bool complete = true;

  void add(std::uint64_t tokens, const std::optional<pico_usd>& price) {
    if (tokens == 0) return;
    empty = false;
    if (!price) {
      complete = false;
      return;
    }
    pico += static_cast<wide>(tokens) * price->value;
  }

  void add(const tokens_by_modality& tokens, const prices_by_modality& prices) {
    for (std::size_t m = 0; m < modality_count; ++m)
      add(tokens[m], prices[m]);
  }

  [[nodiscard]] micro_usd rounded() const {
    constexpr wide pico_per_micro = 1'000'000;
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const wide micro = (pico + pico_per_micro / 2) / pico_per_micro;
    return {micro > static_cast<wide>(most) ? most : static_cast<std::int64_t>(micro)};
  }
};

bill add_up(const token_usage& usage, const service_prices& prices) {
  const prompt_tokens prompt = split_prompt(usage);
  std::uint64_t prompt_size = sum(prompt.fresh);
  add(prompt_size, sum(prompt.cached));
  const bool beyond = prices.beyond && prompt_size > prices.beyond->above;
  const token_rates& rates = beyond ? prices.beyond->rates : prices.rates;

  bill made{.pico = prices.request.value, .empty = prices.request.value == 0};
  made.add(prompt.fresh, rates.input);
  made.add(prompt.cached, rates.cached);
  made.add(complete(usage.tool_use, usage.tool_use_by), rates.input);
  made.add(complete(usage.candidates, usage.candidates_by), rates.output);
  made.add(usage.thoughts, rates.thoughts);
  return made;
}

std::chrono::sys_days pacific_day(time_point when) {
  // The calendar costs more than all the rest, and a day begins with an hour: a thread works an
  // hour out but once.
  struct hour_of_day {
    std::chrono::sys_time<std::chrono::hours> hour{std::chrono::hours::min()};
    std::chrono::sys_days day;
  };
  thread_local hour_of_day last;
  const auto hour = std::chrono::floor<std::chrono::hours>(when);
  if (hour != last.hour) {
    // That midnight is at 7:00 or 8:00 UTC of the day after.
    last = {hour, std::chrono::floor<std::chrono::days>(next_pacific_midnight(when) -
                                                        std::chrono::hours(12))};
  }
  return last.day;
}

const price_period* find_period(const model_prices& model, time_point when) {
  const std::chrono::sys_days day = pacific_day(when);
  const auto found = std::ranges::find_if(model.periods, [day](const price_period& period) {
    return period.from <= day && (!period.until || day < *period.until);
  });
  return found == model.periods.end() ? nullptr : &*found;
}

}  // namespace

cost_estimate price_table::cost(const billed_exchange& exchange) const noexcept {
  if (exchange.tier == tier::free) return {micro_usd{0}, cost_basis::free_tier};

  cost_estimate estimate;
  estimate.model = find(exchange.model_version);
  if (!estimate.model) estimate.model = find(exchange.requested_model);
  if (!estimate.model) return estimate;

  estimate.basis = cost_basis::unknown_date;
  estimate.period = find_period(*estimate.model, exchange.when);
  if (!estimate.period) return estimate;

  estimate.basis = cost_basis::unknown_service;
  if (exchange.service == service_tier::other) return estimate;
  const auto& prices = estimate.period->services[static_cast<std::size_t>(exchange.service)];
  if (!prices) return estimate;

  const bill made = add_up(exchange.usage, *prices);
  estimate.basis = made.empty ? cost_basis::no_usage : cost_basis::unknown_tokens;
  if (made.empty || !made.complete) return estimate;

  estimate.basis = cost_basis::list_price;
  estimate.cost = made.rounded();
  return estimate;
}

}  // namespace gemkeeper::pool
