#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gemkeeper::test {
namespace {

using admin::answer;
using admin::client_error;

const std::string clients = "/api/v1/clients";

bool holds(const answer& made, std::string_view text) {
  return made.body.find(text) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(client_endpoints)

BOOST_AUTO_TEST_CASE(a_token_is_told_once_and_never_again) {
  api one;
  const auto made =
      one.json("POST", clients,
               R"({"name":"app","limits":{"usd_per_month":12.5,"requests_per_day":3}})", 201);
  BOOST_TEST(made["token"].GetString() == "gk_the-token-of-a-client");
  BOOST_TEST(made["name"].GetString() == "app");
  BOOST_TEST(made["state"].GetString() == "active");
  BOOST_TEST(made["limits"]["usd_per_month"].GetDouble() == 12.5);
  BOOST_TEST(one.behind.edited.limits->usd_per_month == 12'500'000U);
  BOOST_TEST(one.behind.edited.limits->requests_per_day == 3U);
  for (const std::string& path : {clients, clients + "/c0ffee"}) {
    const answer shown = one.call("GET", path);
    BOOST_TEST(shown.status == 200);
    BOOST_TEST(!holds(shown, "gk_"));
    BOOST_TEST(holds(shown, "c0ffee"));
  }
  BOOST_TEST(one.json("POST", clients + "/c0ffee/rotate")["token"].GetString() ==
             "gk_another-token");
  const answer changed = one.call("PATCH", clients + "/c0ffee", R"({"enabled":false})");
  BOOST_TEST(changed.status == 200);
  BOOST_TEST(!holds(changed, "gk_"));
  BOOST_TEST(one.behind.edited.enabled.value() == false);
  BOOST_TEST(one.call("DELETE", clients + "/c0ffee").status == 204);
  for (const std::string& note : one.behind.notes)
    BOOST_TEST(note.find("gk_") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_its_field) {
  api one;
  const auto wrong = [&](std::string_view body) { return one.error("POST", clients, body); };
  BOOST_TEST(wrong("{}") == "422 missing_field name");
  BOOST_TEST(wrong(R"({"name":""})") == "422 invalid_field name");
  BOOST_TEST(wrong(R"({"name":"a\nb"})") == "422 invalid_field name");
  BOOST_TEST(wrong(R"({"name":7})") == "422 invalid_field name");
  BOOST_TEST(wrong(R"({"name":"a","token":"gk_mine"})") == "422 unknown_field token");
  BOOST_TEST(wrong(R"({"name":"a","limits":{"per_day":1}})") == "422 unknown_field limits.per_day");
  BOOST_TEST(wrong(R"({"name":"a","limits":{"tokens_per_day":-1}})") ==
             "422 invalid_field limits.tokens_per_day");
  BOOST_TEST(wrong(R"({"name":"a","limits":{"tokens_per_day":1.5}})") ==
             "422 invalid_field limits.tokens_per_day");
  BOOST_TEST(wrong(R"({"name":"a","limits":{"usd_per_day":"1"}})") ==
             "422 invalid_field limits.usd_per_day");
  BOOST_TEST(wrong(R"({"name":"a","limits":{"usd_per_day":-0.01}})") ==
             "422 invalid_field limits.usd_per_day");
  BOOST_TEST(wrong(R"({"name":"a","limits":{"usd_per_day":1e99}})") ==
             "422 invalid_field limits.usd_per_day");
  BOOST_TEST(one.behind.all_clients.empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_told_with_the_right_status) {
  api one;
  one.json("POST", clients, R"({"name":"app"})", 201);
  const std::string path = clients + "/c0ffee";
  one.behind.client_error = client_error::duplicate_name;
  BOOST_TEST(one.error("POST", clients, R"({"name":"app"})") == "409 duplicate_name name");
  one.behind.client_error = client_error::configured;
  BOOST_TEST(one.error("DELETE", path) == "409 configured_client");
  BOOST_TEST(holds(one.call("DELETE", path), "clients.toml"));
  one.behind.client_error = client_error::too_many;
  BOOST_TEST(one.error("POST", clients, R"({"name":"b"})") == "409 too_many_clients");
  one.behind.client_error = client_error::not_stored;
  BOOST_TEST(one.error("PATCH", path, "{}") == "503 not_stored");
  BOOST_TEST(holds(one.call("POST", path + "/rotate"), "the disk is full"));
  one.behind.client_error = client_error::unknown;
  BOOST_TEST(one.error("DELETE", clients + "/nobody") == "404 no_such_client");
  BOOST_TEST(one.error("GET", clients + "/nobody") == "404 no_such_client");
  BOOST_TEST(one.error("PATCH", clients + "/nobody", "{}") == "404 no_such_client");
}

BOOST_AUTO_TEST_CASE(a_project_is_limited_by_its_name_or_googles) {
  api one;
  const auto made =
      one.json("PATCH", "/api/v1/projects/projects%2f7",
               R"({"limits":{"requests_per_minute":5},"quota":{"tokens_per_minute":9}})");
  BOOST_TEST(made["name"].GetString() == "projects/7");
  BOOST_TEST(made["limits"]["requests_per_minute"].GetInt() == 5);
  BOOST_TEST(made["quota"]["tokens_per_minute"].GetInt() == 9);
  BOOST_TEST(one.json("GET", "/api/v1/projects")["projects"].Size() == 1U);
  BOOST_TEST(one.error("PATCH", "/api/v1/projects/p", R"({"quota":{"rpm":1}})") ==
             "422 unknown_field quota.rpm");
  BOOST_TEST(one.error("PATCH", "/api/v1/projects/%0a", "{}") == "422 invalid_field");
  BOOST_TEST(one.error("PATCH", "/api/v1/projects/%", "{}") == "422 invalid_field");
  // Not taken for "p".
  BOOST_TEST(one.error("PATCH", "/api/v1/projects/p%zz", "{}") == "422 invalid_field");
  one.behind.client_error = client_error::configured;
  BOOST_TEST(one.error("PATCH", "/api/v1/projects/p", "{}") == "409 configured_project");
}

BOOST_AUTO_TEST_CASE(credits_and_status_show_how_limits_stand) {
  api one;
  admin::key_info key;
  key.view.id = id_of("k");
  key.view.name = "k";
  key.view.state = pool::key_state::exhausted;
  key.view.exhausted_until = std::chrono::system_clock::time_point(std::chrono::hours(500'000));
  key.view.limits = {
      {pool::limit_kind::usd_per_day, 2'000'000, 1'000'000, 500'000, key.view.exhausted_until}};
  one.behind.all.push_back(key);
  one.behind.counted.exhausted = 1;
  const auto credits = one.json("GET", "/api/v1/credits");
  BOOST_REQUIRE(credits["limits"].Size() == 1U);
  const auto& row = credits["limits"][0];
  BOOST_TEST(row["scope"].GetString() == "key");
  BOOST_TEST(row["which"].GetString() == "usd_per_day");
  BOOST_TEST(row["limit"].GetDouble() == 2.0);
  BOOST_TEST(row["used"].GetDouble() == 1.0);
  BOOST_TEST(row["reserved"].GetDouble() == 0.5);
  BOOST_TEST(row["share"].GetDouble() == 0.5);
  BOOST_TEST(row["resets_at"].IsString());
  const auto status = one.json("GET", "/api/v1/api-keys/status");
  BOOST_TEST(status["exhausted"].GetInt() == 1);
  BOOST_TEST(status["api_key_usage"]["k"]["state"].GetString() == "exhausted");
  BOOST_TEST(status["api_key_usage"]["k"]["exhausted_until"].IsString());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::test
