// What tokens cost: a table of list prices with source and date, and the cost of an exchange by it.
// docs/prices.md describes the file that it is read from.
#pragma once

#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/string_map.hpp>
#include <gemkeeper/pool/usage.hpp>

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::pool {

// Millionths of a US dollar.
struct micro_usd {
  std::int64_t value = 0;

  micro_usd& operator+=(micro_usd more) {
    value += more.value;
    return *this;
  }
  friend auto operator<=>(const micro_usd&, const micro_usd&) = default;
};

// 10^-12 US dollars. Prices have up to six decimals of a dollar per million tokens, so the price of
// one token is a whole number of these.
struct pico_usd {
  std::uint64_t value = 0;
  friend auto operator<=>(const pico_usd&, const pico_usd&) = default;
};

// For one token. Nothing: not known, which is not 0.
using prices_by_modality = std::array<std::optional<pico_usd>, modality_count>;

struct token_rates {
  prices_by_modality input;   // of the prompt without its cached part, and of tool use
  prices_by_modality cached;  // of the cached part of the prompt
  prices_by_modality output;  // of candidates
  std::optional<pico_usd> thoughts;
};

struct price_source {
  std::string name;  // in its file
  std::string url;
  std::string date;  // YYYY-MM-DD: when it was published or read
};

struct service_prices {
  std::vector<price_source> sources;  // empty: those of the period
  token_rates rates;
  // For all tokens of an exchange whose prompt, cached part included, has more than that many.
  struct long_prompt {
    std::uint64_t above = 0;
    token_rates rates;
  };
  std::optional<long_prompt> beyond;
  pico_usd request;  // for each exchange, on top of its tokens
};

// What holds between two days. Days begin at midnight in America/Los_Angeles.
struct price_period {
  std::chrono::sys_days from;
  std::optional<std::chrono::sys_days> until;  // the first day on which it holds no longer
  std::vector<price_source> sources;           // those that agree on its prices; at least one
  std::array<std::optional<service_prices>, service_tier_count> services;  // nothing: not known
};

struct model_prices {
  std::vector<std::string> names;  // at least one; the first is the model's own
  // What may follow a name without being another model: "-###" ('#' is a digit). Nothing: not said,
  // and in an override those of the model that it replaces.
  std::optional<std::vector<std::string>> suffixes;
  std::vector<price_period> periods;  // in order, none overlapping another
};

// What is wrong in a price file, where, and the remedy:
// "prices.json: models.0.prices.1.from: …".
struct price_error : std::runtime_error {
  using runtime_error::runtime_error;
};

// One successful exchange. Views need only live as long as the call.
struct billed_exchange {
  std::string_view model_version;    // as the answer names it; empty: it does not
  std::string_view requested_model;  // both with or without `models/`
  const token_usage& usage;
  service_tier service = service_tier::standard;
  pool::tier tier = pool::tier::unknown;
  time_point when;
};

enum class cost_basis : std::uint8_t {
  list_price,
  free_tier,        // costs nothing, whatever the model
  unknown_model,    // neither name is in the table
  unknown_date,     // the model has no price for that day
  unknown_service,  // … for that service tier
  unknown_tokens,   // … for some of the tokens: a modality, cached or output tokens
  no_usage,         // no token was reported, which is not to say that none was billed
  not_billed,       // costs nothing: an error, or a call that generates nothing
};
std::string_view to_string(cost_basis);

struct cost_estimate {
  std::optional<micro_usd> cost;  // nothing: not known
  cost_basis basis = cost_basis::unknown_model;
  // What was used, as far as it was found; owned by the table.
  const model_prices* model = nullptr;
  const price_period* period = nullptr;
};

// Immutable, and so safe to read from any thread; replaced as a whole on reload. A value: copies
// are independent, and cost_estimate points into the one that was asked.
class price_table {
 public:
  // An empty table knows no price.
  price_table() = default;

  // Reads a price file, strictly: throws price_error at the first member that is unknown, twice
  // there, missing or malformed. `origin` names the file in the error.
  static price_table parse(std::string_view json, std::string_view origin);

  // This table with the models of another in the place of its own. A model of `other` replaces the
  // one whose own name it lists, takes over that one's aliases, and takes any further name that it
  // lists from whichever model had it.
  [[nodiscard]] price_table overridden_by(const price_table& other) const;

  // By exact name, else by the longest name that one of its suffixes completes to `name`.
  [[nodiscard]] const model_prices* find(std::string_view name) const;

  // The price by model_version if the table has it, else by requested_model. Of the rest:
  //   cached tokens are part of the prompt, and priced as cached; tool use is priced as input,
  //   thoughts as output text unless they have a price; tokens of no stated modality as text;
  //   a declared free tier costs 0, one that was not declared is priced as paid.
  // Where the parts of a count exceed it, or cached the prompt, the larger number is believed.
  // Exact, rounded half up once at the end; a cost beyond micro_usd becomes its maximum.
  // Never throws, never allocates.
  [[nodiscard]] cost_estimate cost(const billed_exchange& exchange) const noexcept;

  [[nodiscard]] std::span<const model_prices> models() const { return models_; }

 private:
  explicit price_table(std::vector<model_prices> models);

  std::vector<model_prices> models_;
  string_map<std::size_t> by_name_;
  std::vector<std::string> suffixes_;  // of all models, each once, the shortest first
};

// conf/prices.json as it was when the program was built.
price_table built_in_prices();
std::string_view built_in_prices_text();

}  // namespace gemkeeper::pool
