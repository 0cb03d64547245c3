// GET and PUT /prices.
#include "json_input.hpp"
#include "json_output.hpp"
#include "router.hpp"

#include <fmt/format.h>

#include <array>

namespace gemkeeper::admin {
namespace {

// Picodollars as an exact decimal number of `unit` picodollars.
std::string decimal(std::uint64_t pico, std::uint64_t unit, int decimals) {
  std::string text = fmt::format("{}.{:0{}}", pico / unit, pico % unit, decimals);
  while (text.ends_with('0'))
    text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

// Dollars per million tokens, as in a price file.
std::string token_price(pool::pico_usd of_one) {
  return decimal(of_one.value, 1'000'000, 6);
}

void write_by_modality(json_output& json, std::string_view name,
                       const pool::prices_by_modality& prices) {
  constexpr std::array<std::string_view, pool::modality_count> modalities{"text", "image", "audio",
                                                                          "video", "document"};
  json.key(name).begin_object();
  for (std::size_t m = 0; m < prices.size(); ++m) {
    if (prices[m]) json.member(modalities[m], token_price(*prices[m]));
  }
  json.end_object();
}

void write_rates(json_output& json, const pool::token_rates& rates) {
  write_by_modality(json, "input", rates.input);
  write_by_modality(json, "cached", rates.cached);
  write_by_modality(json, "output", rates.output);
  json.key("thinking");
  rates.thoughts ? json.value(token_price(*rates.thoughts)) : json.null();
}

void write_sources(json_output& json, const std::vector<pool::price_source>& sources) {
  json.key("sources").begin_array();
  for (const pool::price_source& source : sources) {
    json.begin_object();
    json.member("name", source.name);
    json.member("url", source.url);
    json.member("date", source.date);
    json.end_object();
  }
  json.end_array();
}

void write_service(json_output& json, const pool::service_prices& prices) {
  json.begin_object();
  if (!prices.sources.empty()) write_sources(json, prices.sources);
  write_rates(json, prices.rates);
  if (prices.request.value != 0) {
    json.member("request", decimal(prices.request.value, 1'000'000'000'000, 12));
  }
  if (prices.beyond) {
    json.key("above").begin_object();
    json.member("prompt_tokens", prices.beyond->above);
    write_rates(json, prices.beyond->rates);
    json.end_object();
  }
  json.end_object();
}

std::string day(std::chrono::sys_days of) {
  return timestamp(of).substr(0, 10);
}

void write_model(json_output& json, const pool::model_prices& model, const std::string& origin) {
  json.begin_object();
  json.key("names").begin_array();
  for (const std::string& name : model.names)
    json.value(name);
  json.end_array();
  json.member("origin", origin);
  json.member("overridden", origin != "built-in");
  json.key("suffixes").begin_array();
  if (model.suffixes) {
    for (const std::string& suffix : *model.suffixes)
      json.value(suffix);
  }
  json.end_array();
  json.key("prices").begin_array();
  for (const pool::price_period& period : model.periods) {
    json.begin_object();
    json.member("from", day(period.from));
    json.key("until");
    period.until ? json.value(day(*period.until)) : json.null();
    write_sources(json, period.sources);
    for (std::size_t s = 0; s < period.services.size(); ++s) {
      if (!period.services[s]) continue;
      json.key(pool::to_string(static_cast<pool::service_tier>(s)));
      write_service(json, *period.services[s]);
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

// "models.0.prices.1" of "prices: models.0.prices.1: overlaps the one above it".
std::string place_in(std::string_view message) {
  const std::size_t begin = message.find(": ");
  if (begin == message.npos) return {};
  const std::string_view rest = message.substr(begin + 2);
  const std::string_view place = rest.substr(0, rest.find(": "));
  return place.size() == rest.size() || place.find(' ') != place.npos ? std::string()
                                                                      : std::string(place);
}

}  // namespace

answer show_prices(context& in, const request&) {
  const price_list list = in.behind.prices();
  json_output json;
  json.begin_object();
  json.member("currency", "USD");
  json.member("unit", "million tokens");
  json.key("overrides");
  list.overrides.empty() ? json.null() : json.raw(list.overrides);
  json.key("models").begin_array();
  const auto models = list.table->models();
  for (std::size_t i = 0; i < models.size(); ++i)
    write_model(json, models[i], list.origins[i]);
  json.end_array();
  json.end_object();
  return to_answer(json);
}

answer put_prices(context& in, const request& asked) {
  static_cast<void>(parse_object(asked.body));  // 400 for what is no JSON
  try {
    in.behind.put_prices(std::string(asked.body));
  } catch (const pool::price_error& wrong) {
    throw refusal(422, "invalid_prices", wrong.what(), place_in(wrong.what()));
  }
  note(in, asked, "prices_changed", "prices were overridden by the admin API");
  return show_prices(in, asked);
}

}  // namespace gemkeeper::admin
