#include "price_text.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace gemkeeper::pool {
namespace {

using test::in;
using test::model_text;
using test::november_24;
using test::table_of;

struct asked {
  std::string_view version;
  std::string_view requested;
  token_usage usage;
  service_tier service = service_tier::standard;
  pool::tier tier = pool::tier::paid;
  time_point when = november_24();
};

cost_estimate ask(const price_table& table, const asked& a) {
  return table.cost({a.version, a.requested, a.usage, a.service, a.tier, a.when});
}

// Micro-dollars, or -1 where the cost is not known.
std::int64_t cost_of(const price_table& table, const token_usage& usage) {
  return ask(table, {.version = "m", .requested = "", .usage = usage})
      .cost.value_or(micro_usd{-1})
      .value;
}

// Prices in whole dollars per million, that is in micro-dollars per token.
price_table simple() {
  return table_of(
      model_text(R"(["m"])",
                 R"({"input": {"text": "2", "audio": "5"}, "cached": {"text": "1", "audio": "3"},
          "output": {"text": "10", "image": "100"},
          "above": {"prompt_tokens": 1000, "input": "4", "cached": "2", "output": "20"}})"));
}

BOOST_AUTO_TEST_SUITE(cost)

BOOST_AUTO_TEST_CASE(prompt_and_candidates_cost_their_prices) {
  BOOST_TEST(cost_of(simple(), {.prompt = 100, .candidates = 7}) == 270);
}

BOOST_AUTO_TEST_CASE(an_exchange_that_reported_no_usage_has_an_unknown_cost) {
  const auto table = simple();
  const auto estimate = ask(table, {"m", "", {}});
  BOOST_TEST(!estimate.cost);
  BOOST_TEST((estimate.basis == cost_basis::no_usage));
  BOOST_TEST(ask(table, {"m", "", {}, service_tier::standard, tier::free}).cost->value == 0);
  // Where the request itself has a price, that is the cost.
  const auto song = table_of(model_text(R"(["m"])", R"({"input": "0", "request": "0.08"})"));
  BOOST_TEST(cost_of(song, {}) == 80'000);
}

BOOST_AUTO_TEST_CASE(cached_tokens_are_part_of_the_prompt_at_their_own_price) {
  BOOST_TEST(cost_of(simple(), {.prompt = 100, .cached = 40}) == 60 * 2 + 40 * 1);
  BOOST_TEST(cost_of(simple(), {.prompt = 100, .cached = 100}) == 100);
}

BOOST_AUTO_TEST_CASE(thoughts_are_priced_as_output_and_are_no_part_of_the_candidates) {
  BOOST_TEST(cost_of(simple(), {.candidates = 5, .thoughts = 3}) == 80);
}

BOOST_AUTO_TEST_CASE(thoughts_have_a_price_of_their_own_where_one_is_given) {
  const auto table = table_of(
      model_text(R"(["m"])", R"({"input": "1", "output": {"image": "9"}, "thinking": "4"})"));
  BOOST_TEST(cost_of(table, {.thoughts = 3}) == 12);
}

BOOST_AUTO_TEST_CASE(tool_use_is_priced_as_input_on_top_of_the_prompt) {
  token_usage usage{.prompt = 10, .tool_use = 30};
  usage.tool_use_by[in(modality::audio)] = 20;
  BOOST_TEST(cost_of(simple(), usage) == 10 * 2 + 10 * 2 + 20 * 5);
}

BOOST_AUTO_TEST_CASE(modalities_have_their_prices_and_the_rest_is_text) {
  token_usage usage{.prompt = 100, .candidates = 10};
  usage.prompt_by[in(modality::audio)] = 60;
  usage.candidates_by[in(modality::image)] = 4;
  BOOST_TEST(cost_of(simple(), usage) == 60 * 5 + 40 * 2 + 4 * 100 + 6 * 10);
  usage.prompt_by[in(modality::text)] = 10;
  BOOST_TEST(cost_of(simple(), usage) == 60 * 5 + 40 * 2 + 4 * 100 + 6 * 10);
}

BOOST_AUTO_TEST_CASE(cached_modalities_are_taken_from_those_of_the_prompt) {
  token_usage usage{.prompt = 100, .cached = 50};
  usage.prompt_by[in(modality::audio)] = 60;
  usage.cached_by[in(modality::audio)] = 50;
  BOOST_TEST(cost_of(simple(), usage) == 50 * 3 + 10 * 5 + 40 * 2);
}

BOOST_AUTO_TEST_CASE(cached_tokens_of_no_stated_modality_are_text_as_far_as_the_prompt_has_text) {
  token_usage usage{.prompt = 100, .cached = 50};
  usage.prompt_by[in(modality::audio)] = 60;
  BOOST_TEST(cost_of(simple(), usage) == 40 * 1 + 10 * 3 + 50 * 5);
}

BOOST_AUTO_TEST_CASE(a_prompt_longer_than_the_threshold_raises_all_prices) {
  BOOST_TEST(cost_of(simple(), {.prompt = 1000, .cached = 400, .candidates = 1}) ==
             600 * 2 + 400 * 1 + 10);
  BOOST_TEST(cost_of(simple(), {.prompt = 1001, .cached = 401, .candidates = 1, .thoughts = 1}) ==
             600 * 4 + 401 * 2 + 20 + 20);
  // Tool use is no part of the prompt.
  BOOST_TEST(cost_of(simple(), {.prompt = 1000, .tool_use = 500}) == 1500 * 2);
}

BOOST_AUTO_TEST_CASE(a_modality_without_a_price_makes_the_cost_unknown) {
  token_usage usage{.prompt = 10};
  usage.prompt_by[in(modality::video)] = 1;
  const auto table = simple();
  const auto estimate = ask(table, {.version = "m", .requested = "", .usage = usage});
  BOOST_TEST(!estimate.cost);
  BOOST_TEST((estimate.basis == cost_basis::unknown_tokens));
  BOOST_TEST(estimate.model == &table.models()[0]);
  BOOST_TEST(estimate.period == &table.models()[0].periods[0]);
}

BOOST_AUTO_TEST_CASE(others_cost_as_much_as_text_where_the_entry_says_so) {
  const auto table = table_of(model_text(
      R"(["m"])", R"({"input": {"text": "2", "audio": "5", "others": "text"}, "output": "7"})"));
  token_usage usage{.prompt = 10, .candidates = 2};
  usage.prompt_by[in(modality::video)] = 4;
  usage.prompt_by[in(modality::audio)] = 1;
  usage.candidates_by[in(modality::audio)] = 1;
  BOOST_TEST(cost_of(table, usage) == 9 * 2 + 5 + 2 * 7);
}

BOOST_AUTO_TEST_CASE(cached_or_output_tokens_without_a_price_make_the_cost_unknown) {
  const auto table = table_of(model_text(R"(["m"])", R"({"input": "2"})"));
  BOOST_TEST(cost_of(table, {.prompt = 5}) == 10);
  BOOST_TEST(cost_of(table, {.prompt = 5, .cached = 1}) == -1);
  BOOST_TEST(cost_of(table, {.prompt = 5, .candidates = 1}) == -1);
  BOOST_TEST(cost_of(table, {.prompt = 5, .thoughts = 1}) == -1);
}

BOOST_AUTO_TEST_CASE(a_request_may_have_a_price_on_top) {
  const auto table =
      table_of(model_text(R"(["m"])", R"({"input": "1", "output": "0", "request": "0.08"})"));
  BOOST_TEST(cost_of(table, {.prompt = 3, .candidates = 1000}) == 80'003);
}

BOOST_AUTO_TEST_CASE(the_sum_is_exact_and_rounded_half_up_once) {
  const auto table = table_of(model_text(R"(["m"])", R"({"input": "0.000001", "output": "0.4"})"));
  BOOST_TEST(cost_of(table, {.prompt = 499'999}) == 0);
  BOOST_TEST(cost_of(table, {.prompt = 500'000}) == 1);
  BOOST_TEST(cost_of(table, {.candidates = 1}) == 0);
  BOOST_TEST(cost_of(table, {.prompt = 100'000, .candidates = 1}) == 1);
  BOOST_TEST(cost_of(table, {.candidates = 1, .thoughts = 1}) == 1);
}

BOOST_AUTO_TEST_CASE(what_exceeds_the_type_is_its_maximum) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  token_usage usage{.prompt = most, .cached = most, .tool_use = most, .candidates = most};
  usage.prompt_by.fill(most);
  usage.cached_by.fill(most);
  const auto table = table_of(
      model_text(R"(["m"])", R"({"input": "1000000", "cached": "1000000", "output": "1000000"})"));
  BOOST_TEST(cost_of(table, usage) == std::numeric_limits<std::int64_t>::max());
}

BOOST_AUTO_TEST_CASE(of_counts_that_contradict_each_other_the_larger_is_believed) {
  token_usage usage{.prompt = 10};
  usage.prompt_by[in(modality::audio)] = 30;
  BOOST_TEST(cost_of(simple(), usage) == 30 * 5);
  BOOST_TEST(cost_of(simple(), {.prompt = 10, .cached = 30}) == 30 * 1);
}

BOOST_AUTO_TEST_CASE(the_version_that_answered_goes_before_the_name_that_was_asked_for) {
  const auto table = table_of(model_text(R"(["a"])", R"({"input": "1"})") + "," +
                              model_text(R"(["b"])", R"({"input": "2"})"));
  const token_usage one{.prompt = 1};
  BOOST_TEST(ask(table, {"a", "b", one}).cost->value == 1);
  BOOST_TEST(ask(table, {"models/b", "a", one}).cost->value == 2);
  BOOST_TEST(ask(table, {"c", "models/b", one}).cost->value == 2);
  BOOST_TEST(ask(table, {"", "b", one}).cost->value == 2);
}

BOOST_AUTO_TEST_CASE(a_model_that_is_not_in_the_table_has_an_unknown_cost) {
  for (const asked& a : {asked{"c", "d", {.prompt = 1}}, asked{"", "", {}}}) {
    const auto estimate = ask(simple(), a);
    BOOST_TEST(!estimate.cost);
    BOOST_TEST((estimate.basis == cost_basis::unknown_model));
    BOOST_TEST(!estimate.model);
  }
}

BOOST_AUTO_TEST_CASE(a_free_tier_costs_nothing_and_an_undeclared_one_what_a_paid_one_does) {
  const token_usage one{.prompt = 1};
  const auto free =
      ask(simple(), {.version = "c", .requested = "c", .usage = one, .tier = tier::free});
  BOOST_TEST(free.cost->value == 0);
  BOOST_TEST((free.basis == cost_basis::free_tier));
  const auto unknown = ask(simple(), {"m", "", one, service_tier::standard, tier::unknown});
  BOOST_TEST(unknown.cost->value == 2);
  BOOST_TEST((unknown.basis == cost_basis::list_price));
}

BOOST_AUTO_TEST_CASE(a_service_without_prices_has_an_unknown_cost) {
  const auto table = table_of(
      R"({"names": ["m"], "prices": [{"from": "2026-01-01", "sources": ["us"],
          "standard": {"input": "2"}, "batch": {"input": "1"}}]})");
  const token_usage one{.prompt = 1};
  BOOST_TEST(ask(table, {"m", "", one, service_tier::batch}).cost->value == 1);
  const auto flex = ask(table, {"m", "", one, service_tier::flex});
  BOOST_TEST(!flex.cost);
  BOOST_TEST((flex.basis == cost_basis::unknown_service));
}

BOOST_AUTO_TEST_CASE(prices_change_at_midnight_in_los_angeles) {
  using namespace std::chrono;
  const auto table = table_of(
      R"({"names": ["m"], "prices": [
          {"from": "2026-06-01", "until": "2026-07-01", "sources": ["us"], "standard": {"input": "1"}},
          {"from": "2026-12-01", "sources": ["us"], "standard": {"input": "2"}}]})");
  const auto on = [&](sys_seconds when) {
    const auto estimate =
        ask(table, {"m", "", {.prompt = 1}, service_tier::standard, tier::paid, when});
    BOOST_TEST((estimate.cost ? estimate.basis == cost_basis::list_price
                              : estimate.basis == cost_basis::unknown_date));
    return estimate.cost.value_or(micro_usd{-1}).value;
  };
  const sys_seconds june = sys_days(2026y / June / 1) + 7h;  // daylight saving time
  const sys_seconds july = sys_days(2026y / July / 1) + 7h;
  const sys_seconds december = sys_days(2026y / December / 1) + 8h;  // standard time
  BOOST_TEST(on(june - 1s) == -1);
  BOOST_TEST(on(june) == 1);
  BOOST_TEST(on(july - 1s) == 1);
  BOOST_TEST(on(july) == -1);
  BOOST_TEST(on(december - 1s) == -1);
  BOOST_TEST(on(december) == 2);
  BOOST_TEST(on(december + years(10)) == 2);
}

BOOST_AUTO_TEST_CASE(words_stand_for_service_tiers) {
  BOOST_TEST((parse_service_tier("flex") == service_tier::flex));
  BOOST_TEST((parse_service_tier("standard") == service_tier::standard));
  BOOST_TEST(!parse_service_tier("FLEX").has_value());
  BOOST_TEST(to_string(service_tier::priority) == "priority");
  BOOST_TEST(!parse_service_tier("other").has_value());
  BOOST_TEST(to_string(cost_basis::unknown_date) == "unknown_date");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::pool
