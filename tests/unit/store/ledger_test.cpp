#include "fixture.hpp"
#include "store/migrations.hpp"
#include "store/usage_batch.hpp"
#include <gemkeeper/store/ledger.hpp>

using namespace gemkeeper;
using namespace gemkeeper::store;
using namespace gemkeeper::store::test;

BOOST_AUTO_TEST_SUITE(ledger)

namespace {

struct books {
  books() { migrate(s); }
  void add(pool::time_point time, const std::string& key, const std::string& model,
           std::uint64_t tokens, const std::string& client = "c") {
    const auto minute = std::chrono::floor<std::chrono::minutes>(time.time_since_epoch());
    usage_batch batch;
    usage_sums sums;
    sums.calls = 1;
    sums.tokens.total = tokens;
    sums.cost_micros = static_cast<std::int64_t>(tokens);
    transaction t(s);
    batch.add({std::chrono::seconds(minute).count(), names.id_of(s, key), names.id_of(s, "p"),
               names.id_of(s, model), names.id_of(s, client)},
              sums, to_micros(time));
    batch.apply(s);
    t.commit();
  }
  std::uint64_t calls(std::chrono::seconds step) {
    std::uint64_t calls = 0;
    const usage_query all{.from = noon - 24h * 300, .to = noon + 24h * 300, .step = step};
    for (const usage_row& row : usage(s, all).rows)
      calls += row.sums.calls;
    return calls;
  }

  session s{":memory:", session::access::write, 1s};
  name_table names;
};

}  // namespace

BOOST_AUTO_TEST_CASE(minutes_hours_and_days_agree_and_late_rows_find_their_place) {
  books b;
  b.add(noon, "k1", "m1", 1);
  b.add(noon + 59s, "k1", "m1", 2);
  b.add(noon + 61s, "k2", "m1", 4);
  b.add(noon + 90min, "k1", "m2", 8);
  b.add(noon + 10s, "k1", "m1", 16);  // late
  b.add(noon - 24h, "k1", "m1", 32);  // the clock was set back
  const usage_query minutes{.from = noon, .to = noon + 2h, .step = 60s};
  const auto rows = usage(b.s, minutes).rows;
  BOOST_REQUIRE(rows.size() == 3U);
  BOOST_TEST((rows[0].start == noon));
  BOOST_TEST(rows[0].sums.tokens.total == 19U);
  BOOST_TEST((rows[1].start == noon + 1min));
  BOOST_TEST(rows[2].sums.tokens.total == 8U);
  for (const std::chrono::seconds step : {60s, 300s, 3600s, 7200s, 86'400s})
    BOOST_TEST(b.calls(step) == 6U);
  const auto days = usage(b.s, {.from = noon - 48h, .to = noon + 1h}).rows;
  BOOST_REQUIRE(days.size() == 2U);
  BOOST_TEST(days[0].sums.tokens.total == 32U);
  BOOST_TEST(days[1].sums.tokens.total == 31U);
  BOOST_TEST(totals(b.s).all.tokens.total == 63U);
}

BOOST_AUTO_TEST_CASE(series_are_grouped_and_filtered) {
  books b;
  b.add(noon, "k1", "m1", 1);
  b.add(noon, "k1", "m2", 2);
  b.add(noon, "k2", "m1", 4, "d");
  usage_query q{.from = noon, .to = noon + 1h, .step = 3600s};
  q.group_by = {dimension::model, dimension::key};
  auto rows = usage(b.s, q).rows;
  BOOST_REQUIRE(rows.size() == 3U);
  BOOST_TEST(rows[0].model == "m1");
  BOOST_TEST(rows[0].key == "k1");
  BOOST_TEST(rows[1].key == "k2");
  BOOST_TEST(rows[2].model == "m2");
  BOOST_TEST(rows[2].client == "");
  q.key = "k1";
  q.model = "m2";
  rows = usage(b.s, q).rows;
  BOOST_REQUIRE(rows.size() == 1U);
  BOOST_TEST(rows[0].sums.tokens.total == 2U);
  q.client = "nobody";
  BOOST_TEST(usage(b.s, q).rows.empty());
}

BOOST_AUTO_TEST_CASE(months_are_those_of_the_calendar) {
  using namespace std::chrono;
  books b;
  b.add(sys_days(2027y / 1 / 31) + 23h + 59min, "k1", "m", 1);
  b.add(sys_days(2027y / 2 / 1), "k1", "m", 2);
  b.add(sys_days(2027y / 2 / 28) + 23h, "k2", "m", 4);
  b.add(sys_days(2027y / 3 / 1), "k2", "m", 8);
  usage_query q{.from = sys_days(2027y / 2 / 14), .to = sys_days(2027y / 3 / 1)};
  q.unit = step_unit::months;
  auto rows = usage(b.s, q).rows;
  BOOST_REQUIRE(rows.size() == 1U);
  BOOST_TEST((rows[0].start == sys_days(2027y / 2 / 1)));
  BOOST_TEST(rows[0].sums.tokens.total == 6U);
  q.from = sys_days(2027y / 1 / 31);
  q.to += 1s;
  q.group_by = {dimension::key};
  rows = usage(b.s, q).rows;
  BOOST_REQUIRE(rows.size() == 4U);
  BOOST_TEST((rows[0].start == sys_days(2027y / 1 / 1)));
  BOOST_TEST((rows[3].start == sys_days(2027y / 3 / 1)));
  BOOST_TEST(rows[3].sums.tokens.total == 8U);
}

BOOST_AUTO_TEST_CASE(totals_begin_but_once) {
  books b;
  BOOST_TEST(!totals(b.s).since.has_value());
  begin_totals(b.s, noon);
  begin_totals(b.s, noon + 1h);
  BOOST_TEST((totals(b.s).since == noon));
}

BOOST_AUTO_TEST_CASE(senseless_questions_are_refused) {
  books b;
  b.add(noon, "k1", "m1", 1);
  b.add(noon + 1min, "k1", "m1", 1);
  const usage_query good{.from = noon, .to = noon + 1h, .step = 60s};
  usage_query q = good;
  q.step = 90s;
  BOOST_TEST((fault_of([&] { usage(b.s, q); }) == fault::input));
  q = good;
  q.to = q.from;
  BOOST_TEST((fault_of([&] { usage(b.s, q); }) == fault::input));
  q = good;
  q.max_rows = 1;
  BOOST_TEST((fault_of([&] { usage(b.s, q); }) == fault::input));
  BOOST_TEST(usage(b.s, good).rows.size() == 2U);
}

BOOST_AUTO_TEST_CASE(totals_reset_for_all_or_one_key_while_history_stays) {
  books b;
  b.add(noon, "000000000001", "m1", 1);
  b.add(noon, "000000000001", "m2", 2);
  b.add(noon + 1s, "000000000002", "m1", 4);
  {
    transaction t(b.s);
    reset_totals(b.s, key_number(1), noon + 1min);
    t.commit();
  }
  usage_totals t = totals(b.s);
  BOOST_TEST(t.all.calls == 1U);
  BOOST_TEST(t.all.tokens.total == 4U);
  BOOST_TEST(t.by_key.size() == 1U);
  BOOST_TEST(t.by_model.size() == 1U);
  BOOST_TEST(of(t.by_model, "m1").tokens.total == 4U);
  BOOST_TEST(!t.since.has_value());
  const auto times_of = [&b](int n) {
    const auto all = times_of_keys(b.s);
    BOOST_REQUIRE(all.size() == 2U);
    return *std::ranges::find(all, key_number(n).view(), &key_times::key);
  };
  BOOST_TEST((times_of(1).since == noon + 1min));
  BOOST_TEST((times_of(1).last_used == noon));
  BOOST_TEST(!times_of(2).since.has_value());

  b.add(noon + 2min, "000000000001", "m1", 8);
  BOOST_TEST(totals(b.s).all.tokens.total == 12U);
  reset_totals(b.s, noon + 3min);
  t = totals(b.s);
  BOOST_TEST(t.all.calls == 0U);
  BOOST_TEST((t.since == noon + 3min));
  BOOST_TEST(b.calls(60s) == 4U);
  BOOST_TEST(!times_of(1).since.has_value());
  BOOST_TEST((times_of(1).last_used == noon + 2min));
}

BOOST_AUTO_TEST_CASE(each_precision_is_kept_for_its_span) {
  books b;
  for (int day = 0; day < 100; ++day)
    b.add(noon - 24h * day, "k", "m", 1);
  const retention_settings r{.minutes = 24h * 7, .hours = 24h * 30, .days = 24h * 60};
  BOOST_TEST(apply_retention(b.s, r, noon) > 0U);
  BOOST_TEST(b.calls(60s) == 8U);
  BOOST_TEST(b.calls(3600s) == 31U);
  BOOST_TEST(b.calls(86'400s) == 61U);
  BOOST_TEST(totals(b.s).all.calls == 100U);
  BOOST_TEST(apply_retention(b.s, r, noon) == 0U);
  // Set back, the clock removes nothing more, and what is gone is still told.
  BOOST_TEST(apply_retention(b.s, r, noon - 24h * 50) == 0U);
  const usage_query q{.from = noon - 24h * 20, .to = noon, .step = 60s};
  BOOST_TEST((usage(b.s, q).kept_from == noon - 24h * 7));
  const usage_query hours{.from = noon - 24h * 20, .to = noon, .step = 3600s};
  BOOST_TEST(!usage(b.s, hours).kept_from.has_value());
}

BOOST_AUTO_TEST_CASE(a_bound_on_size_takes_the_oldest_minutes_first) {
  books b;
  for (int i = 0; i < 3000; ++i)
    b.add(noon + 1min * i, fmt::format("k{}", i % 50), "m", 1);
  retention_settings r{.max_bytes = 400'000};
  BOOST_TEST(apply_retention(b.s, r, noon + 3000min) > 0U);
  BOOST_TEST(b.calls(60s) < 3000U);
  BOOST_TEST(b.calls(86'400s) == 3000U);
  const auto used = b.s.number("PRAGMA page_count") - b.s.number("PRAGMA freelist_count");
  BOOST_TEST(used * b.s.number("PRAGMA page_size") <= 400'000);
  BOOST_TEST(totals(b.s).all.calls == 3000U);
}

BOOST_AUTO_TEST_CASE(csv_quotes_what_needs_it) {
  books b;
  b.add(noon, "k", "a,\"b\"\nc", 5);
  const std::vector<dimension> by{dimension::model, dimension::client};
  const auto series = usage(b.s, {.from = noon, .to = noon + 1h, .step = 3600s, .group_by = by});
  const std::string csv = to_csv(series, by);
  BOOST_TEST(csv.starts_with("start,model,client,calls,errors,"));
  BOOST_TEST(csv.find("\r\n2026-11-26T12:00:00Z,\"a,\"\"b\"\"\nc\",c,1,0,0,0,0,5,0,") !=
             std::string::npos);
  BOOST_TEST(csv.ends_with("\r\n"));
}

BOOST_AUTO_TEST_CASE(no_name_in_csv_is_a_formula_to_a_spreadsheet) {
  books b;
  const std::vector<std::pair<std::string, std::string>> names{{"=1+1", "'=1+1"},
                                                               {"+1", "'+1"},
                                                               {"-1", "'-1"},
                                                               {"@sum", "'@sum"},
                                                               {"\tx", "'\tx"},
                                                               {"\rx", "\"'\rx\""},
                                                               {"=\"a\"", "\"'=\"\"a\"\"\""},
                                                               {"a=1-2", "a=1-2"}};
  for (const auto& [name, cell] : names)
    b.add(noon, "k", name, 1);
  const std::vector<dimension> by{dimension::model};
  const std::string csv =
      to_csv(usage(b.s, {.from = noon, .to = noon + 1h, .step = 3600s, .group_by = by}), by);
  for (const auto& [name, cell] : names)
    BOOST_TEST(csv.find("Z," + cell + ",1,") != std::string::npos, csv);
}

BOOST_AUTO_TEST_SUITE_END()
