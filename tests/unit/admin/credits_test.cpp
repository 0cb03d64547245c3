#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>

namespace gemkeeper::admin {
namespace {

using test::api;
using test::id_of;

pool::usage_counts counts(std::uint64_t calls, std::uint64_t tokens) {
  pool::usage_counts made;
  made.calls = calls;
  made.tokens.total = tokens;
  made.tokens.prompt = tokens;
  made.cost_micros = static_cast<std::int64_t>(tokens) * 10;
  return made;
}

struct two_keys : api {
  two_keys() {
    behind.add(test::key_of("one", "first"));
    behind.add(test::key_of("two", "second"));
    use("one", "flash", 2, 20);
    use("one", "pro", 1, 100);
    use("two", "flash", 3, 30);
  }
  void use(const char* secret, const char* model, std::uint64_t calls, std::uint64_t tokens) {
    behind.used[{id_of(secret), pool::model_name(model)}] += counts(calls, tokens);
  }
};

BOOST_FIXTURE_TEST_SUITE(credits, two_keys)

BOOST_AUTO_TEST_CASE(usage_is_summed_by_key_and_by_model) {
  const auto made = json("GET", "/api/v1/credits");
  BOOST_TEST(made["since"].GetString() == "1970-01-01T01:00:00.000Z");
  BOOST_TEST(made["total_calls"].GetUint64() == 6U);
  BOOST_TEST(made["total_tokens"].GetUint64() == 150U);
  BOOST_TEST(made["per_key"]["first"]["total_tokens"].GetUint64() == 120U);
  BOOST_TEST(made["per_model"]["flash"]["total_calls"].GetUint64() == 5U);
  BOOST_TEST(made["estimated_cost_usd"].GetDouble() == 0.0015);
  BOOST_TEST(made["calls_of_unknown_cost"].GetUint64() == 0U);
  BOOST_TEST(made["per_client"].ObjectEmpty());
  BOOST_TEST(made["limits"].Empty());
  BOOST_TEST(made["alerts"].Empty());
}

BOOST_AUTO_TEST_CASE(a_reset_starts_anew_and_later_usage_counts) {
  BOOST_TEST(json("POST", "/api/v1/credits/reset")["reset"].GetBool());
  BOOST_TEST(json("GET", "/api/v1/credits")["total_calls"].GetUint64() == 0U);
  use("two", "flash", 1, 7);
  const auto made = json("GET", "/api/v1/credits");
  BOOST_TEST(made["total_tokens"].GetUint64() == 7U);
  BOOST_TEST(made["per_key"].MemberCount() == 1U);
}

BOOST_AUTO_TEST_CASE(one_key_can_be_reset_alone) {
  const std::string body = R"({"key":")" + std::string(id_of("one").view()) + "\"}";
  json("POST", "/api/v1/credits/reset", body);
  const auto made = json("GET", "/api/v1/credits");
  BOOST_TEST(made["total_calls"].GetUint64() == 3U);
  BOOST_TEST(!made["per_key"].HasMember("first"));
  BOOST_TEST(error("POST", "/api/v1/credits/reset", R"({"key":"nobody"})") ==
             "404 no_such_key key");
  BOOST_TEST(error("POST", "/api/v1/credits/reset", R"({"key":7})") == "422 invalid_field key");
}

BOOST_AUTO_TEST_CASE(status_names_every_key) {
  behind.counted.total = 2;
  behind.counted.healthy = 1;
  behind.counted.cooling = 1;
  const auto made = json("GET", "/api/v1/api-keys/status");
  BOOST_TEST(made["total_api_keys"].GetUint64() == 2U);
  BOOST_TEST(made["cooling"].GetUint64() == 1U);
  BOOST_TEST(made["exhausted"].GetUint64() == 0U);
  BOOST_TEST(made["next_recovery"].IsNull());
  const auto& first = made["api_key_usage"]["first"];
  BOOST_TEST(first["tokens_used"].GetUint64() == 120U);
  BOOST_TEST(first["last_used"].IsNull());
  BOOST_TEST(first["cooldowns"].Empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_cost_is_said_and_is_not_zero) {
  pool::usage_counts unknown = counts(2, 5);
  unknown.cost_micros = 0;
  unknown.unpriced = 2;
  behind.used[{id_of("two"), pool::model_name("nobody-knows")}] = unknown;
  const auto made = json("GET", "/api/v1/credits");
  BOOST_TEST(made["calls_of_unknown_cost"].GetUint64() == 2U);
  BOOST_TEST(made["estimated_cost_usd"].GetDouble() == 0.0015);
  BOOST_TEST(made["per_model"]["nobody-knows"]["estimated_cost_usd"].IsNull());
  BOOST_TEST(made["per_key"]["second"]["estimated_cost_usd"].GetDouble() == 0.0003);
}

BOOST_AUTO_TEST_CASE(a_key_that_was_removed_stays_in_the_history_by_its_id) {
  use("gone", "flash", 1, 1);
  const auto made = json("GET", "/api/v1/credits");
  BOOST_TEST(made["per_key"].HasMember(std::string(id_of("gone").view()).c_str()));
}

BOOST_AUTO_TEST_CASE(a_store_that_fails_is_said) {
  behind.problem = "storage \"x\": disk full";
  BOOST_TEST(error("GET", "/api/v1/credits") == "503 storage_failed");
  BOOST_TEST(error("GET", "/api/v1/api-keys/status") == "503 storage_failed");
}

BOOST_AUTO_TEST_CASE(names_that_are_no_utf_8_do_not_break_the_answer) {
  behind.all[0].view.name = "caf\xe9 \x01 \xe2\x82";
  const auto made = json("GET", "/api/v1/api-keys/status");
  BOOST_TEST(made["api_key_usage"].HasMember("caf\xef\xbf\xbd \x01 \xef\xbf\xbd\xef\xbf\xbd"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
