// The committed price list: that it reads, what it covers, and costs worked out by hand.
#include "price_text.hpp"
#include "sandbox/models.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <random>

namespace gemkeeper::pool {
namespace {

using test::in;

const price_table& table() {
  static const price_table read = built_in_prices();
  return read;
}

std::int64_t cost_of(std::string_view model, const token_usage& usage,
                     service_tier service = service_tier::standard,
                     time_point when = test::november_24()) {
  return table()
      .cost({model, "", usage, service, tier::paid, when})
      .cost.value_or(micro_usd{-1})
      .value;
}

BOOST_AUTO_TEST_SUITE(built_in_price_list)

BOOST_AUTO_TEST_CASE(it_is_the_file_in_conf) {
  std::ifstream file(GEMKEEPER_PRICES, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  BOOST_TEST((content == built_in_prices_text()));
  BOOST_TEST(price_table::parse(content, "prices.json").models().size() > 30U);
}

BOOST_AUTO_TEST_CASE(it_covers_the_models_of_the_sandbox) {
  const std::string page = sandbox::model_catalogue({}).list(1000, "").value();
  constexpr std::string_view before = "\"name\": \"models/";
  std::size_t count = 0;
  for (auto at = page.find(before); at != std::string::npos; at = page.find(before, at)) {
    at += before.size();
    const std::string name = page.substr(at, page.find('"', at) - at);
    // Billed by the image or the second: unknown, and never 0 (docs/prices.md).
    const bool by_token = !name.starts_with("imagen") && !name.starts_with("veo");
    BOOST_TEST_CONTEXT(name) {
      const std::int64_t cost = cost_of(name, {.prompt = 1'000'000});
      BOOST_TEST((by_token ? cost > 0 : cost == -1));
    }
    ++count;
  }
  BOOST_TEST(count == 13U);
}

BOOST_AUTO_TEST_CASE(it_covers_the_current_models_of_googles_price_page) {
  for (const char* const name : {"gemini-4-argon",
                                 "gemini-4-carbon",
                                 "gemini-4-hydrogen",
                                 "gemini-4-neon",
                                 "gemini-3.8-flash",
                                 "gemini-3.7-flash",
                                 "gemini-3.6-flash",
                                 "gemini-3.5-flash",
                                 "gemini-3.5-flash-lite",
                                 "gemini-3.1-pro-preview",
                                 "gemini-3-flash-preview",
                                 "gemini-3.1-flash-lite",
                                 "gemini-2.5-pro",
                                 "gemini-2.5-flash",
                                 "gemini-2.5-flash-lite",
                                 "gemini-3-pro-image",
                                 "gemini-3.1-flash-image",
                                 "gemini-3.1-flash-lite-image",
                                 "gemini-2.5-flash-image",
                                 "gemini-omni-1.1-flash",
                                 "gemini-3.1-flash-live-preview",
                                 "gemini-3.8-live",
                                 "gemini-2.5-flash-preview-tts",
                                 "gemini-2.5-pro-preview-tts",
                                 "gemini-3.8-flash-tts",
                                 "gemini-embedding-001",
                                 "gemini-embedding-2",
                                 "gemini-flash-latest",
                                 "gemini-flash-lite-latest",
                                 "gemini-pro-latest"}) {
    BOOST_TEST_CONTEXT(name) BOOST_TEST(cost_of(name, {.prompt = 1'000'000}) > 0);
  }
}

BOOST_AUTO_TEST_CASE(it_knows_nothing_of_what_is_billed_by_other_units_or_of_other_families) {
  for (const char* const name :
       {"veo-3.1-generate-001", "imagen-4.0-generate-001", "gemini-2.5-flash-preview-05-20",
        "gemini-2.5", "gemini", "gemini-9-flash", "gemini-3.8-flash-lite", "gpt-6"}) {
    BOOST_TEST_CONTEXT(name) BOOST_TEST(cost_of(name, {.prompt = 1}) == -1);
  }
}

BOOST_AUTO_TEST_CASE(costs_worked_out_by_hand) {
  // 1000 * 0.30 + 500 * 2.50
  BOOST_TEST(cost_of("gemini-2.5-flash", {.prompt = 1000, .candidates = 500}) == 1'550);

  // 1000 * 0.30 + 2000 audio * 1.00 + 100 * 2.50
  token_usage heard{.prompt = 3000, .candidates = 100};
  heard.prompt_by[in(modality::audio)] = 2000;
  BOOST_TEST(cost_of("gemini-2.5-flash", heard) == 2'550);

  // 3000 * 0.30 + 1000 * 0.03 + (100 + 200) * 2.50
  BOOST_TEST(cost_of("gemini-2.5-flash-001",
                     {.prompt = 4000, .cached = 1000, .candidates = 100, .thoughts = 200}) ==
             1'680);

  // 200,000 * 1.25 + 1000 * 10.00; one token more: 200,001 * 2.50 + 1000 * 15.00 = 515,002.5
  BOOST_TEST(cost_of("gemini-2.5-pro", {.prompt = 200'000, .candidates = 1000}) == 260'000);
  BOOST_TEST(cost_of("gemini-2.5-pro", {.prompt = 200'001, .candidates = 1000}) == 515'003);

  // 50,000 * 4.00 + 250,000 * 0.40 + 5000 * 18.00
  BOOST_TEST(
      cost_of("gemini-3.1-pro-preview",
              {.prompt = 300'000, .cached = 250'000, .candidates = 2000, .thoughts = 3000}) ==
      390'000);
  // 1000 * 1.00 + 100 * 6.00; 250,000 * 2.00 + 1000 * 9.00
  BOOST_TEST(cost_of("gemini-3.1-pro-preview", {.prompt = 1000, .candidates = 100},
                     service_tier::batch) == 1'600);
  BOOST_TEST(cost_of("gemini-3.1-pro-preview", {.prompt = 250'000, .candidates = 1000},
                     service_tier::batch) == 509'000);

  // 1000 * 2.70 + 100 * 16.20
  BOOST_TEST(cost_of("gemini-3.5-flash", {.prompt = 1000, .candidates = 100},
                     service_tier::priority) == 4'320);
  // 1000 * 0.15 + 10 * 1.25 = 162.5
  BOOST_TEST(cost_of("gemini-3.5-flash-lite", {.prompt = 1000, .candidates = 10},
                     service_tier::flex) == 163);

  // (10 + 400) * 0.75 + 10 * 3.75
  BOOST_TEST(cost_of("gemini-3.6-flash", {.prompt = 10, .tool_use = 400, .candidates = 10}) == 345);

  // An image of 1120 tokens: 100 * 2.00 + 1120 * 120.00 + 50 * 12.00
  token_usage drawn{.prompt = 100, .candidates = 1120, .thoughts = 50};
  drawn.candidates_by[in(modality::image)] = 1120;
  BOOST_TEST(cost_of("gemini-3-pro-image", drawn) == 135'200);

  // A turn of a conversation: 20 * 0.75 + 750 audio * 3.00 + 250 audio * 12.00
  token_usage spoken{.prompt = 770, .candidates = 250};
  spoken.prompt_by[in(modality::audio)] = 750;
  spoken.candidates_by[in(modality::audio)] = 250;
  BOOST_TEST(cost_of("gemini-3.1-flash-live-preview", spoken) == 5'265);

  // 100 * 0.50 + 500 * 10.00, of whichever modality they are said to be
  BOOST_TEST(cost_of("gemini-2.5-flash-preview-tts", {.prompt = 100, .candidates = 500}) == 5'050);

  // 100 * 0.20 + 258 image * 0.45 = 136.1
  token_usage seen{.prompt = 358};
  seen.prompt_by[in(modality::image)] = 258;
  BOOST_TEST(cost_of("gemini-embedding-2", seen) == 136);
  // 31 * 0.15 = 4.65; 31 * 0.075 = 2.325
  BOOST_TEST(cost_of("gemini-embedding-001", {.prompt = 31}) == 5);
  BOOST_TEST(cost_of("gemini-embedding-001", {.prompt = 31}, service_tier::batch) == 2);

  BOOST_TEST(cost_of("lyria-3.5", {.prompt = 20, .candidates = 1}) == 80'000);
  BOOST_TEST(cost_of("gemma-4-31b-it", {.prompt = 1000, .candidates = 1000}) == 0);
}

BOOST_AUTO_TEST_CASE(introductory_prices_end_on_their_day) {
  using namespace std::chrono;
  const token_usage usage{.prompt = 1000, .cached = 200, .candidates = 1000};
  const auto cost_at = [&usage](std::string_view model, sys_seconds when) {
    return cost_of(model, usage, service_tier::standard, when);
  };
  const sys_seconds new_year = sys_days(2027y / January / 1) + 8h;
  for (const char* const model : {"gemini-3.6-flash", "gemini-3.7-flash", "gemini-3.8-flash"}) {
    // 800 * 0.75 + 200 * 0.075 + 1000 * 3.75, then twice that
    BOOST_TEST(cost_at(model, new_year - 1s) == 4'365);
    BOOST_TEST(cost_at(model, new_year) == 8'730);
  }
  const sys_seconds december = sys_days(2026y / December / 1) + 8h;
  for (const char* const model : {"gemini-4-argon", "gemini-4-carbon"}) {
    // 800 * 2.00 + 200 * 0.10 + 1000 * 10.00, then twice that
    BOOST_TEST(cost_at(model, december - 1s) == 11'620);
    BOOST_TEST(cost_at(model, december) == 23'240);
  }
}

BOOST_AUTO_TEST_CASE(more_tokens_never_cost_less_and_cached_ones_never_more) {
  std::mt19937_64 random(20261124);
  const auto some = [&random](std::uint64_t most) { return random() % (most + 1); };
  std::size_t priced = 0;
  for (const model_prices& model : table().models()) {
    for (std::size_t s = 0; s < service_tier_count; ++s) {
      for (int round = 0; round < 50; ++round) {
        const auto cost = [&](const token_usage& usage) {
          return cost_of(model.names.front(), usage, static_cast<service_tier>(s));
        };
        // About the threshold, so that it is crossed.
        token_usage usage{.prompt = 199'000 + some(2000), .tool_use = some(500)};
        if (some(1)) usage.cached = some(usage.prompt);
        if (some(1)) usage.candidates = some(5000);
        if (some(1)) usage.thoughts = some(5000);
        usage.prompt_by[some(modality_count - 1)] = some(usage.prompt);
        usage.candidates_by[some(modality_count - 1)] = some(usage.candidates);
        const std::int64_t before = cost(usage);
        if (before < 0) continue;
        ++priced;
        BOOST_TEST_CONTEXT(model.names.front() << " service " << s << " round " << round) {
          const std::uint64_t more = 1 + some(1500);
          for (auto token_usage::*const count :
               {&token_usage::prompt, &token_usage::tool_use, &token_usage::candidates,
                &token_usage::thoughts, &token_usage::total}) {
            token_usage larger = usage;
            larger.*count += more;
            const std::int64_t after = cost(larger);
            BOOST_TEST((after < 0 || after >= before));
          }
          for (std::size_t m = 0; m < modality_count; ++m) {
            token_usage larger = usage;
            larger.prompt += more;
            larger.prompt_by[m] += more;
            const std::int64_t after = cost(larger);
            BOOST_TEST((after < 0 || after >= before));
          }
          token_usage cached = usage;
          cached.cached += some(usage.prompt - usage.cached);
          const std::int64_t after = cost(cached);
          BOOST_TEST((after < 0 || after <= before));
        }
      }
    }
  }
  BOOST_TEST(priced > 1000U);
}

BOOST_AUTO_TEST_CASE(each_price_names_its_sources_and_half_the_standard_price_is_that_of_batch) {
  for (const model_prices& model : table().models()) {
    for (const price_period& period : model.periods) {
      BOOST_TEST_CONTEXT(model.names.front()) {
        for (const price_source& source : period.sources)
          BOOST_TEST(source.url.starts_with("https://"));
        BOOST_TEST(period.services[0].has_value());
        for (const auto service : {service_tier::batch, service_tier::flex}) {
          const auto& half = period.services[static_cast<std::size_t>(service)];
          if (!half) continue;
          for (std::size_t m = 0; m < modality_count; ++m) {
            const auto twice = [](const std::optional<pico_usd>& price) {
              return price ? price->value * 2 : 0;
            };
            const auto whole = [](const std::optional<pico_usd>& price) {
              return price ? price->value : 0;
            };
            BOOST_TEST(twice(half->rates.input[m]) == whole(period.services[0]->rates.input[m]));
            BOOST_TEST(twice(half->rates.output[m]) == whole(period.services[0]->rates.output[m]));
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::pool
