#include "price_text.hpp"

#include <boost/test/unit_test.hpp>

namespace gemkeeper::pool {
namespace {

using test::model_text;
using test::table_of;

std::string own_name(const price_table& table, std::string_view name) {
  const model_prices* const found = table.find(name);
  return found ? found->names.front() : "-";
}

std::int64_t input_price(const price_table& table, std::string_view name) {
  const token_usage one{.prompt = 1};
  const auto estimate =
      table.cost({name, "", one, service_tier::standard, tier::paid, test::november_24()});
  return estimate.cost.value_or(micro_usd{-1}).value;
}

BOOST_AUTO_TEST_SUITE(names_of_models)

BOOST_AUTO_TEST_CASE(a_name_is_found_exactly_or_with_a_suffix_that_the_model_allows) {
  const auto table = table_of(
      model_text(R"(["flash", "flash-latest"])", R"({"input": "1"})",
                 R"(, "suffixes": ["-###", "-preview-##-####"])") +
      "," + model_text(R"(["flash-lite"])", R"({"input": "2"})", R"(, "suffixes": ["-###"])"));
  BOOST_TEST(own_name(table, "flash") == "flash");
  BOOST_TEST(own_name(table, "models/flash") == "flash");
  BOOST_TEST(own_name(table, "flash-latest") == "flash");
  BOOST_TEST(own_name(table, "flash-001") == "flash");
  BOOST_TEST(own_name(table, "flash-preview-09-2025") == "flash");
  BOOST_TEST(own_name(table, "flash-lite-002") == "flash-lite");
}

BOOST_AUTO_TEST_CASE(no_family_is_guessed) {
  const auto table = table_of(model_text(R"(["flash"])", R"({"input": "1"})",
                                         R"(, "suffixes": ["-###", "-preview-##-####"])"));
  for (const char* const name :
       {"flash-lite", "flash-image", "flash-tts-001", "flash-0001", "flash-01", "flash-00a",
        "flash-preview", "flash-preview-09-25", "flas", "2-flash", "Flash", "flash-", "-001", "",
        "models/", "models/models/flash"}) {
    BOOST_TEST_CONTEXT(name) BOOST_TEST(own_name(table, name) == "-");
  }
}

BOOST_AUTO_TEST_CASE(the_longest_name_wins) {
  const auto table = table_of(
      model_text(R"(["m"])", R"({"input": "1"})", R"(, "suffixes": ["-###", "-###-###"])") + "," +
      model_text(R"(["m-001"])", R"({"input": "2"})", R"(, "suffixes": ["-###"])") + "," +
      model_text(R"(["m-003"])", R"({"input": "3"})"));
  BOOST_TEST(own_name(table, "m-001") == "m-001");
  BOOST_TEST(own_name(table, "m-002") == "m");
  BOOST_TEST(own_name(table, "m-001-002") == "m-001");
  BOOST_TEST(own_name(table, "m-002-002") == "m");
  // m-003 allows no suffix.
  BOOST_TEST(own_name(table, "m-003-002") == "m");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(overriding_prices)

BOOST_AUTO_TEST_CASE(models_are_replaced_one_by_one) {
  const auto base = table_of(model_text(R"(["a"])", R"({"input": "1"})") + "," +
                             model_text(R"(["b"])", R"({"input": "2"})"));
  const auto mine = table_of(model_text(R"(["b"])", R"({"input": "20"})") + "," +
                             model_text(R"(["c"])", R"({"input": "30"})"));
  const auto merged = base.overridden_by(mine);
  BOOST_TEST(input_price(merged, "a") == 1);
  BOOST_TEST(input_price(merged, "b") == 20);
  BOOST_TEST(input_price(merged, "c") == 30);
  BOOST_TEST(merged.models().size() == 3U);
  BOOST_TEST(input_price(base, "b") == 2);
}

BOOST_AUTO_TEST_CASE(a_replaced_model_keeps_its_aliases_and_suffixes_if_none_are_given) {
  const auto base =
      table_of(model_text(R"(["a", "latest"])", R"({"input": "1"})", R"(, "suffixes": ["-###"])"));
  const auto merged = base.overridden_by(table_of(model_text(R"(["a"])", R"({"input": "5"})")));
  BOOST_TEST(input_price(merged, "latest") == 5);
  BOOST_TEST(input_price(merged, "a-001") == 5);
  const auto without = base.overridden_by(
      table_of(model_text(R"(["a"])", R"({"input": "5"})", R"(, "suffixes": [])")));
  BOOST_TEST(input_price(without, "a-001") == -1);
}

BOOST_AUTO_TEST_CASE(an_alias_can_be_taken_from_its_model) {
  const auto base = table_of(model_text(R"(["a", "latest"])", R"({"input": "1"})"));
  const auto merged =
      base.overridden_by(table_of(model_text(R"(["b", "latest"])", R"({"input": "5"})")));
  BOOST_TEST(input_price(merged, "latest") == 5);
  BOOST_TEST(input_price(merged, "a") == 1);
}

BOOST_AUTO_TEST_CASE(one_model_can_replace_two_while_another_takes_an_alias) {
  const auto base = table_of(model_text(R"(["a", "x"])", R"({"input": "1"})") + "," +
                             model_text(R"(["b", "y"])", R"({"input": "2"})"));
  const auto merged =
      base.overridden_by(table_of(model_text(R"(["b", "a"])", R"({"input": "5"})") + "," +
                                  model_text(R"(["c", "y"])", R"({"input": "7"})")));
  BOOST_TEST(merged.models().size() == 2U);
  for (const char* const name : {"a", "b", "x"})
    BOOST_TEST(input_price(merged, name) == 5);
  BOOST_TEST(input_price(merged, "y") == 7);
}

BOOST_AUTO_TEST_CASE(an_empty_table_changes_nothing_and_knows_nothing) {
  const auto base = table_of(model_text(R"(["a"])", R"({"input": "1"})"));
  BOOST_TEST(input_price(base.overridden_by(price_table()), "a") == 1);
  BOOST_TEST(input_price(price_table().overridden_by(base), "a") == 1);
  BOOST_TEST(input_price(price_table(), "a") == -1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::pool
