#include <gemkeeper/pool/usage_table.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

using namespace gemkeeper::pool;

BOOST_AUTO_TEST_SUITE(usage)

BOOST_AUTO_TEST_CASE(usage_adds_field_by_field) {
  token_usage sum{
      .prompt = 1, .cached = 2, .tool_use = 3, .candidates = 4, .thoughts = 5, .total = 6};
  sum.prompt_by[1] = 7;
  sum.candidates_by[4] = 8;
  sum += sum;
  token_usage twice{
      .prompt = 2, .cached = 4, .tool_use = 6, .candidates = 8, .thoughts = 10, .total = 12};
  twice.prompt_by[1] = 14;
  twice.candidates_by[4] = 16;
  BOOST_TEST((sum == twice));
  BOOST_TEST(!sum.empty());
  BOOST_TEST(token_usage().empty());
}

BOOST_AUTO_TEST_CASE(calls_are_counted_by_key_and_model_and_summed_over_workers) {
  const key_id a = make_key_id("k", "a");
  const key_id b = make_key_id("k", "b");
  const token_usage ten{.prompt = 4, .candidates = 6, .total = 10};
  usage_table first, second;
  first.record(0, a, "m", usage_kind::success, ten, 0);
  first.record(0, a, "m", usage_kind::error, {}, 0);
  first.record(0, a, "n", usage_kind::unmetered, {}, 0);
  second.record(0, a, "m", usage_kind::cancelled, ten, 0);
  second.record(7, b, "m", usage_kind::success, ten, 0);

  const std::array<const usage_table*, 2> tables{&first, &second};
  auto sum = usage_table::total(tables);
  BOOST_TEST(sum.size() == 3U);
  const usage_counts& counts = sum[{a, model_name("m")}];
  BOOST_TEST(counts.calls == 3U);
  BOOST_TEST(counts.errors == 1U);
  BOOST_TEST(counts.cancelled == 1U);
  BOOST_TEST(counts.unmetered == 0U);
  BOOST_TEST(counts.tokens.total == 20U);
  BOOST_TEST((sum[{a, model_name("n")}].unmetered == 1U));
  BOOST_TEST((sum[{b, model_name("m")}].tokens.prompt == 4U));
  BOOST_TEST(first.read().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_key_that_takes_the_slot_of_another_leaves_its_counts_alone) {
  const key_id a = make_key_id("k", "a");
  const key_id b = make_key_id("k", "b");
  usage_table table;
  table.record(3, a, "m", usage_kind::success, {.total = 1}, 0);
  table.record(3, a, "n", usage_kind::error, {.total = 2}, 0);
  table.record(3, b, "m", usage_kind::success, {.total = 4}, 0);
  table.record(3, a, "m", usage_kind::success, {.total = 8}, 0);
  auto rows = table.read();
  BOOST_TEST(rows.size() == 3U);
  BOOST_TEST((rows[{a, model_name("m")}].tokens.total == 9U));
  BOOST_TEST((rows[{a, model_name("n")}].tokens.total == 2U));
  BOOST_TEST((rows[{b, model_name("m")}].tokens.total == 4U));
}

BOOST_AUTO_TEST_CASE(models_past_the_most_fold_into_other) {
  usage_table table;
  const key_id key = make_key_id("k", "a");
  for (int i = 0; i < 1'000; ++i) {
    table.record(0, key, "model-" + std::to_string(i), usage_kind::success, {}, 0);
  }
  auto rows = table.read();
  BOOST_TEST(rows.size() == usage_table::max_models);
  BOOST_TEST((rows[{key, model_name("other")}].calls == 1'000 - 255U));
  BOOST_TEST((rows[{key, model_name("model-254")}].calls == 1U));
}

BOOST_AUTO_TEST_SUITE_END()
