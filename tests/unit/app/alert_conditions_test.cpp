#include "../../../app/alerts/conditions.hpp"

#include <boost/test/unit_test.hpp>

namespace gemkeeper::app {
namespace {

using namespace std::chrono_literals;
using admin::severity;

const alert_time noon{std::chrono::seconds(1'790'000'000)};
constexpr std::chrono::milliseconds quarter = 90 * 24h;

admin::key_info key(std::string name, pool::key_state state = pool::key_state::healthy) {
  admin::key_info one;
  one.view.id = pool::make_key_id("test", name);
  one.view.name = std::move(name);
  one.view.fingerprint = "AIza…9fQ2";
  one.view.state = state;
  one.origin = "$GEMINI_API_KEYS";
  return one;
}

pool::pool_counts counts(std::size_t healthy, std::size_t cooling, std::size_t quarantined) {
  pool::pool_counts c;
  c.healthy = healthy;
  c.cooling = cooling;
  c.quarantined = quarantined;
  c.total = healthy + cooling + quarantined;
  return c;
}

bool says(const condition& one, std::string_view text) {
  return one.message.find(text) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(alert_conditions)

BOOST_AUTO_TEST_CASE(a_rejected_key_is_told_with_googles_reason_and_the_remedy) {
  auto rejected = key("spare", pool::key_state::quarantined);
  rejected.view.reason = "API_KEY_INVALID";
  auto added = rejected;
  added.from_api = true;
  for (const auto& [one, remedy] :
       {std::pair(rejected, "$GEMINI_API_KEYS"), std::pair(added, "gemkeeper keys rotate")}) {
    const auto found = judge_keys(std::vector{key("fine"), one}, {}, quarter, noon);
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].kind == alert_kind::key_quarantined);
    BOOST_TEST(found[0].subject == one.view.id.view());
    BOOST_TEST(says(found[0], "API_KEY_INVALID"));
    BOOST_TEST(says(found[0], remedy), found[0].message);
  }
}

BOOST_AUTO_TEST_CASE(a_key_is_old_from_when_it_was_first_seen) {
  const auto one = key("k");
  const key_ages since{{one.view.id, noon - quarter}};
  BOOST_TEST(judge_keys(std::vector{one}, since, quarter + 1ms, noon).empty());
  const auto found = judge_keys(std::vector{one}, since, quarter, noon);
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found[0].kind == alert_kind::key_age);
  BOOST_TEST((found[0].level == severity::info));
  BOOST_TEST(says(found[0], "90 days"), found[0].message);
  BOOST_TEST(judge_keys(std::vector{one}, since, 0ms, noon).empty());
  BOOST_TEST(judge_keys(std::vector{one}, {}, quarter, noon).empty());
  const auto off = key("k", pool::key_state::disabled);
  BOOST_TEST(judge_keys(std::vector{off}, since, quarter, noon).empty());
}

BOOST_AUTO_TEST_CASE(a_project_without_credits_is_one_alert_for_all_its_keys) {
  std::vector<admin::key_info> keys{key("a"), key("b"), key("c")};
  for (auto& one : keys) {
    one.view.project = pool::project_name("p");
    one.view.cool_downs = {{pool::model_name("m"), "PerMinute", noon + 1min},
                           {pool::model_name(), "prepaid_credits", noon + 1h}};
  }
  keys[2].view.cool_downs.pop_back();  // a model's rest is no alert
  const auto found = judge_keys(keys, {}, quarter, noon);
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found[0].kind == alert_kind::project_exhausted);
  BOOST_TEST(found[0].subject == "p");
  BOOST_TEST(says(found[0], "prepaid_credits"));
  BOOST_TEST(says(found[0], "2 of its keys"), found[0].message);
}

BOOST_AUTO_TEST_CASE(thousands_of_rejected_keys_are_not_thousands_of_alerts) {
  std::vector<admin::key_info> keys;
  for (int i = 0; i < 10'000; ++i)
    keys.push_back(key(std::to_string(i), pool::key_state::quarantined));
  const auto found = judge_keys(keys, {}, quarter, noon);
  BOOST_TEST(found.size() == max_alerts_of_kind + 1);
  BOOST_TEST(found.back().subject == "others");
  BOOST_TEST(says(found.back(), "9950 more"), found.back().message);
}

BOOST_AUTO_TEST_CASE(a_pool_is_empty_or_low_or_neither) {
  BOOST_TEST(judge_counts(counts(1, 5, 5)).empty());
  const auto low = judge_counts(counts(0, 1, 5));
  BOOST_REQUIRE(low.size() == 1U);
  BOOST_TEST(low[0].kind == alert_kind::pool_low);
  BOOST_TEST((low[0].linger == 60s));
  for (const auto& none : {counts(0, 0, 3), counts(0, 0, 0)}) {
    const auto empty = judge_counts(none);
    BOOST_REQUIRE(empty.size() == 1U);
    BOOST_TEST(empty[0].kind == alert_kind::pool_empty);
    BOOST_TEST((empty[0].level == severity::critical));
  }
}

BOOST_AUTO_TEST_CASE(certificates_are_told_of_two_weeks_before_their_end) {
  BOOST_TEST(judge_certificate("admin.tls", noon + 14 * 24h, noon).empty());
  const auto soon = judge_certificate("admin.tls", noon + 14 * 24h - 1s, noon);
  BOOST_TEST((soon.at(0).level == severity::warning));
  const auto ended = judge_certificate("admin.tls", noon, noon);
  BOOST_TEST((ended.at(0).level == severity::critical));
  BOOST_TEST(says(ended[0], "admin.tls ended on 2026-09-21"), ended[0].message);
}

BOOST_AUTO_TEST_CASE(each_share_of_a_limit_is_an_alert_until_its_period_ends) {
  const auto half = limit_reached("client", "laptop", "tokens_per_day", 50, noon);
  const auto most = limit_reached("client", "laptop", "tokens_per_day", 80, noon);
  const auto all = limit_reached("client", "laptop", "tokens_per_day", 100, noon);
  BOOST_TEST((half.level == severity::info && most.level == severity::warning &&
              all.level == severity::critical));
  BOOST_TEST(half.subject == "client laptop tokens_per_day 50%");
  BOOST_TEST(half.subject != most.subject);
  BOOST_TEST((all.until == noon));
  alert_book book;
  BOOST_TEST((book.happened(half, 1, noon - 1h)->what == alert_change::step::raised));
  BOOST_TEST((book.happened(half, 1, noon - 1min)->what == alert_change::step::updated));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
