#include "json_place.hpp"
#include "values.hpp"

#include <rapidjson/error/en.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace gemkeeper::pool {
namespace {

using prices::json_place;

constexpr std::size_t largest_file = std::size_t{4} << 20;
constexpr std::array<std::string_view, modality_count> modality_names{"text", "image", "audio",
                                                                      "video", "document"};
constexpr auto text_index = static_cast<std::size_t>(modality::text);

using source_table = std::unordered_map<std::string_view, price_source>;

std::vector<price_source> named_sources(const json_place& at, const source_table& sources) {
  std::vector<price_source> read;
  at.each_element(1, [&](const json_place& source) {
    const auto found = sources.find(source.text());
    if (found == sources.end()) {
      source.refuse("there is no such source; describe it in the file's \"sources\"");
    }
    read.push_back(found->second);
  });
  return read;
}

pico_usd token_price(const json_place& at) {
  if (at.value->IsString()) {
    if (const auto price = prices::parse_token_price(at.text())) return *price;
  }
  at.refuse(
      "is no price; write dollars per million tokens as a string with at most six decimals, such "
      "as \"0.30\"");
}

// One price for all modalities, or an object of them.
prices_by_modality modality_prices(const json_place& at) {
  prices_by_modality read;
  if (at.value->IsString()) {
    read.fill(token_price(at));
    return read;
  }
  if (!at.value->IsObject()) {
    at.refuse(
        "must be a price, \"0.30\", or an object of prices by modality, {\"text\": \"0.30\"}");
  }
  at.expect_members({"text", "image", "audio", "video", "document", "others"});
  if (at.value->MemberCount() == 0) at.refuse("is empty; give the price of a modality");
  for (std::size_t m = 0; m < modality_count; ++m) {
    if (const auto price = at.find(modality_names[m])) read[m] = token_price(*price);
  }
  if (const auto others = at.find("others")) {
    if (others->text() != "text") {
      others->refuse("must be \"text\": the modalities without a price of their own cost the same");
    }
    if (!read[text_index]) at.refuse("has \"others\" but lacks \"text\"; add its price");
    for (auto& price : read) {
      if (!price) price = read[text_index];
    }
  }
  return read;
}

token_rates read_rates(const json_place& at) {
  token_rates read;
  if (const auto input = at.find("input")) read.input = modality_prices(*input);
  if (const auto cached = at.find("cached")) read.cached = modality_prices(*cached);
  if (const auto output = at.find("output")) read.output = modality_prices(*output);
  read.thoughts = read.output[text_index];
  if (const auto thinking = at.find("thinking")) read.thoughts = token_price(*thinking);
  return read;
}

service_prices read_service(const json_place& at, const source_table& sources) {
  at.expect_members(
      {"sources", "note", "input", "cached", "output", "thinking", "request", "above"});
  static_cast<void>(at.require("input"));
  service_prices read;
  if (const auto named = at.find("sources")) read.sources = named_sources(*named, sources);
  if (const auto note = at.find("note")) static_cast<void>(note->text());
  read.rates = read_rates(at);
  if (const auto request = at.find("request")) {
    const auto price = request->value->IsString() ? prices::parse_request_price(request->text())
                                                  : std::optional<pico_usd>();
    if (!price) {
      request->refuse(
          "is no price; write dollars per request as a string with at most six decimals, such as "
          "\"0.08\"");
    }
    read.request = *price;
  }
  if (const auto above = at.find("above")) {
    above->expect_members({"prompt_tokens", "input", "cached", "output", "thinking"});
    for (const std::string_view part : {"input", "cached", "output", "thinking"}) {
      if (at.find(part)) static_cast<void>(above->require(part));
    }
    read.beyond = service_prices::long_prompt{above->require("prompt_tokens").positive_number(),
                                              read_rates(*above)};
  }
  return read;
}

std::chrono::sys_days read_day(const json_place& at) {
  if (const auto day = prices::parse_day(at.text())) return *day;
  at.refuse("is no day; write it as YYYY-MM-DD");
}

price_period read_period(const json_place& at, const source_table& sources) {
  at.expect_members({"from", "until", "sources", "note", "standard", "batch", "flex", "priority"});
  price_period read;
  read.from = read_day(at.require("from"));
  if (const auto until = at.find("until")) {
    read.until = read_day(*until);
    if (*read.until <= read.from) {
      until->refuse("must be later than from: it is the first day without these prices");
    }
  }
  read.sources = named_sources(at.require("sources"), sources);
  if (const auto note = at.find("note")) static_cast<void>(note->text());
  bool any = false;
  for (std::size_t s = 0; s < service_tier_count; ++s) {
    const auto service = at.find(to_string(static_cast<service_tier>(s)));
    if (!service) continue;
    read.services[s] = read_service(*service, sources);
    any = true;
  }
  if (!any) at.refuse("has no prices; add \"standard\", \"batch\", \"flex\" or \"priority\"");
  return read;
}

std::string read_name(const json_place& at) {
  const std::string_view name = at.text();
  if (name.starts_with("models/")) at.refuse("write it without \"models/\"");
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._/:").find(c) != std::string_view::npos;
  });
  if (!plain) at.refuse("is no model name; write it as it stands in the API's paths");
  return std::string(name);
}

model_prices read_model(const json_place& at, const source_table& sources,
                        std::unordered_set<std::string>& names_taken) {
  at.expect_members({"names", "suffixes", "note", "prices"});
  model_prices read;
  at.require("names").each_element(1, [&](const json_place& name) {
    read.names.push_back(read_name(name));
    if (!names_taken.insert(read.names.back()).second) {
      name.refuse("\"" + read.names.back() + "\" is listed twice in this file; remove one");
    }
  });
  if (const auto suffixes = at.find("suffixes")) {
    read.suffixes.emplace();
    suffixes->each_element(0, [&read](const json_place& suffix) {
      if (!prices::is_suffix_pattern(suffix.text())) {
        suffix.refuse(
            "is no suffix; write a hyphen and what follows it, with # for a digit: "
            "\"-###\"");
      }
      read.suffixes->emplace_back(suffix.text());
    });
  }
  if (const auto note = at.find("note")) static_cast<void>(note->text());
  at.require("prices").each_element(1, [&](const json_place& period) {
    price_period next = read_period(period, sources);
    if (!read.periods.empty()) {
      const price_period& last = read.periods.back();
      if (next.from < last.from)
        period.refuse("begins before the one above it; order them by from");
      if (!last.until || next.from < *last.until) {
        period.refuse(
            "overlaps the one above it; give that one an \"until\" no later than this "
            "one's from");
      }
    }
    read.periods.push_back(std::move(next));
  });
  return read;
}

source_table read_sources(const json_place& at) {
  source_table read;
  at.each_member([&read](std::string_view name, const json_place& source) {
    source.expect_members({"url", "date", "note"});
    const json_place date = source.require("date");
    static_cast<void>(read_day(date));
    if (const auto note = source.find("note")) static_cast<void>(note->text());
    read.emplace(name, price_source{std::string(name), std::string(source.require("url").text()),
                                    std::string(date.text())});
  });
  return read;
}

std::size_t line_of(std::string_view json, std::size_t offset) {
  const std::string_view before = json.substr(0, std::min(offset, json.size()));
  return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
}

}  // namespace

price_table price_table::parse(std::string_view json, std::string_view origin) {
  json_place root{nullptr, std::string(origin) + ": "};
  if (json.size() > largest_file) {
    throw price_error(std::string(origin) + ": has more than 4 MiB; that is no price file");
  }
  // Iterative: a hostile depth must not exhaust the stack.
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  rapidjson::Document document;
  document.Parse<flags>(json.data(), json.size());
  if (document.HasParseError()) {
    throw price_error(std::string(origin) + ":" +
                      std::to_string(line_of(json, document.GetErrorOffset())) +
                      ": is not JSON: " + rapidjson::GetParseError_En(document.GetParseError()));
  }
  root.value = &document;
  root.expect_members({"schema", "currency", "updated", "note", "sources", "models"});
  if (const json_place schema = root.require("schema"); schema.positive_number() != 1) {
    schema.refuse("must be 1, the version that this program reads");
  }
  if (const json_place currency = root.require("currency"); currency.text() != "USD") {
    currency.refuse("must be \"USD\"; convert the prices");
  }
  if (const auto updated = root.find("updated")) static_cast<void>(read_day(*updated));
  if (const auto note = root.find("note")) static_cast<void>(note->text());

  const source_table sources = read_sources(root.require("sources"));
  std::vector<model_prices> models;
  std::unordered_set<std::string> names_taken;
  root.require("models").each_element(0, [&](const json_place& model) {
    models.push_back(read_model(model, sources, names_taken));
  });
  return price_table(std::move(models));
}

}  // namespace gemkeeper::pool
