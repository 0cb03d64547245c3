#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace gemkeeper::admin {
namespace {

using said = key_answer::answer;
using test::api;
using test::id_of;

constexpr const char* add = "/api/v1/api-keys/add";
constexpr const char* validate = "/api/v1/api-keys/validate";

std::string path_of(std::string_view secret, std::string_view more = {}) {
  return fmt::format("/api/v1/api-keys/{}{}", id_of(secret).view(), more);
}

BOOST_AUTO_TEST_SUITE(endpoints)

BOOST_AUTO_TEST_CASE(a_key_is_added_with_all_that_was_said_of_it) {
  api one;
  const auto made =
      one.json("POST", add,
               R"({"api_key":"AIza-secret-one","name":"a","project":"p","weight":2,"priority":-1,)"
               R"("models":["gemini-*"],"limits":{"requests_per_day":9}})",
               201);
  BOOST_TEST(made["id"].GetString() == id_of("AIza-secret-one").view());
  BOOST_TEST(made["name"].GetString() == "a");
  BOOST_TEST(made["state"].GetString() == "healthy");
  BOOST_TEST(made["durable"].GetBool() == true);
  BOOST_TEST(one.behind.added.weight == 2U);
  BOOST_TEST(one.behind.added.priority == -1);
  BOOST_TEST(one.behind.added.project.value == "p");
  BOOST_TEST(one.behind.added.models.at(0).value == "gemini-*");
  BOOST_TEST(one.behind.added.limits.requests_per_day == 9U);
  BOOST_TEST(one.behind.notes == std::vector<std::string>{"key_added"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_key_of_vertex_ai_is_asked_about_there_and_shown_as_such) {
  api one;
  one.json("POST", add, R"({"api_key":"AIza-secret-one","name":"v","service":"vertex"})", 201);
  BOOST_TEST((one.behind.validated == pool::service::vertex));
  BOOST_TEST((one.behind.added.service == pool::service::vertex));
  BOOST_TEST(one.json("GET", path_of("AIza-secret-one"))["service"].GetString() == "vertex");

  one.json("POST", add, R"({"api_key":"AIza-secret-two","name":"g"})", 201);
  BOOST_TEST(one.json("GET", path_of("AIza-secret-two"))["service"].GetString() == "gemini");
  BOOST_TEST((one.behind.validated == pool::service::gemini));
  one.behind.google.models.reset();  // it lists none
  const auto said = one.json("POST", validate, R"({"api_key":"other","service":"vertex"})");
  BOOST_TEST((one.behind.validated == pool::service::vertex));
  BOOST_TEST(said["valid"].GetBool());
  BOOST_TEST(said["models"].IsNull());
  BOOST_TEST(one.error("POST", add, R"({"api_key":"k","service":"openai"})") ==
             "422 invalid_field service");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_added_is_refused_with_the_field) {
  api one;
  BOOST_TEST(one.error("POST", add, "{}") == "422 missing_field api_key");
  BOOST_TEST(one.error("POST", add, "") == "400 malformed_json");
  BOOST_TEST(one.error("POST", add, R"({"api_key":1})") == "422 invalid_field api_key");
  for (const char* bad : {"", "two words", "line\\nfeed", "cr\\r\\nlf", "nul\\u0000", "tab\\t",
                          "caf\xc3\xa9", "del\\u007f"}) {
    BOOST_TEST(one.error("POST", add, fmt::format(R"({{"api_key":"{}"}})", bad)) ==
                   "422 invalid_api_key api_key",
               bad);
  }
  BOOST_TEST(one.error("POST", add, R"({"api_key":"k","weight":0})") == "422 invalid_field weight");
  BOOST_TEST(one.error("POST", add, R"({"api_key":"k","nmae":"a"})") == "422 unknown_field nmae");
  BOOST_TEST(one.error("POST", add, R"({"api_key":"k","name":"a\nb"})") ==
             "422 invalid_field name");
  BOOST_TEST(one.behind.all.empty());
}

BOOST_AUTO_TEST_CASE(duplicates_are_409) {
  api one;
  one.json("POST", add, R"({"api_key":"AIza-secret","name":"a"})", 201);
  BOOST_TEST(one.error("POST", add, R"({"api_key":"AIza-secret"})") == "409 duplicate_key api_key");
  BOOST_TEST(one.error("POST", add, R"({"api_key":"AIza-other","name":"a"})") ==
             "409 duplicate_name name");
}

BOOST_AUTO_TEST_CASE(google_has_a_word_in_it) {
  api one;
  one.behind.google = {said::invalid, "API_KEY_INVALID", "Google rejects it", 0};
  BOOST_TEST(one.error("POST", add, R"({"api_key":"AIza-bad"})") == "422 key_rejected api_key");
  const answer told = one.call("POST", add, R"({"api_key":"AIza-bad"})");
  BOOST_TEST((told.body.find(R"("reason":"API_KEY_INVALID")") != std::string::npos));
  BOOST_TEST((told.body.find("AIza-bad") == std::string::npos));
  const auto answered = one.json("POST", validate, R"({"api_key":"AIza-bad"})");
  BOOST_TEST(answered["valid"].GetBool() == false);
  BOOST_TEST(answered["reason"].GetString() == "API_KEY_INVALID");

  one.behind.google = {said::unknown, "unreachable", "no way to the upstream", 0};
  BOOST_TEST(one.error("POST", add, R"({"api_key":"AIza-x"})") == "502 google_unreachable");
  BOOST_TEST(one.error("POST", validate, R"({"api_key":"AIza-x"})") == "502 google_unreachable");
  BOOST_TEST(one.behind.all.empty());
  const auto unproven = one.json("POST", add, R"({"api_key":"AIza-x","validate":false})", 201);
  BOOST_TEST(unproven["validated"].GetBool() == false);
}

BOOST_AUTO_TEST_CASE(a_valid_key_is_told_with_its_models_and_stored_nowhere) {
  api one;
  const auto made = one.json("POST", validate, R"({"api_key":"AIza-good"})");
  BOOST_TEST(made["valid"].GetBool());
  BOOST_TEST(made["reason"].IsNull());
  BOOST_TEST(made["models"].GetInt() == 7);
  BOOST_TEST(one.behind.all.empty());
}

BOOST_AUTO_TEST_CASE(a_key_is_shown_changed_rotated_probed_reset_and_removed) {
  api one;
  one.json("POST", add, R"({"api_key":"AIza-secret","name":"a"})", 201);
  const std::string path = path_of("AIza-secret");
  BOOST_TEST(one.json("GET", path)["name"].GetString() == "a");
  BOOST_TEST(one.json("GET", "/api/v1/api-keys")["api_keys"].Size() == 1U);
  one.json("PATCH", path, R"({"enabled":false,"weight":5,"project":"","limits":{}})");
  BOOST_TEST(one.behind.changed.enabled.value() == false);
  BOOST_TEST(one.behind.changed.weight.value() == 5U);
  BOOST_TEST(one.behind.changed.project.value() == "");
  BOOST_TEST(one.error("PATCH", path, R"({"name":"b"})") == "422 unknown_field name");
  one.json("POST", path + "/rotate", R"({"api_key":"AIza-new"})");
  BOOST_TEST(one.error("POST", path + "/rotate", R"({"api_key":"AIza-new"})") ==
             "409 duplicate_key api_key");
  BOOST_TEST(one.json("POST", path + "/probe")["valid"].GetBool());
  one.json("POST", path + "/reset", "{}");
  BOOST_TEST(one.error("POST", path + "/reset", R"({"x":1})") == "422 unknown_field x");
  BOOST_TEST(one.call("DELETE", path).status == 204);
  for (const char* gone : {"", "/rotate", "/probe", "/reset"}) {
    const std::string body = std::string_view(gone) == "/rotate" ? R"({"api_key":"k"})" : "";
    BOOST_TEST(one.error(*gone == 0 ? "GET" : "POST", path + gone, body) == "404 no_such_key");
  }
  BOOST_TEST(one.error("GET", "/api/v1/api-keys/AIza-secret") == "404 no_such_key");
}

BOOST_AUTO_TEST_CASE(a_configured_key_is_not_removed_but_its_place_is_told) {
  api one;
  admin::key_info key;
  key.view.id = id_of("k");
  key.origin = "$GEMINI_API_KEYS";
  one.behind.all.push_back(key);
  const answer made = one.call("DELETE", path_of("k"));
  BOOST_TEST(made.status == 409);
  BOOST_TEST((made.body.find("$GEMINI_API_KEYS") != std::string::npos), made.body);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_stored_is_503) {
  api one;
  one.behind.storage_works = false;
  BOOST_TEST(one.error("POST", add, R"({"api_key":"AIza-secret"})") == "503 storage_failed");
  BOOST_TEST(one.behind.notes.empty());
  one.behind.counted.total = one.behind.counted.healthy = 1;
  const answer ready = one.call("GET", "/readyz");
  BOOST_TEST(ready.status == 503);
  BOOST_TEST((ready.body.find("storage") != std::string::npos), ready.body);
}

BOOST_AUTO_TEST_CASE(the_audit_trail_is_told_page_by_page) {
  api one;
  one.json("POST", add, R"({"api_key":"AIza-secret-one","name":"a"})", 201);
  one.json("PATCH", path_of("AIza-secret-one"), R"({"weight":2})");
  one.json("POST", "/api/v1/credits/reset");
  const auto page = one.json("GET", "/api/v1/audit?limit=2");
  BOOST_TEST(page["audit"].Size() == 2U);
  BOOST_TEST(page["audit"][0]["action"].GetString() == "credits_reset");
  BOOST_TEST(page["audit"][0]["subject"].IsNull());
  BOOST_TEST(page["audit"][1]["action"].GetString() == "key_changed");
  BOOST_TEST(page["audit"][1]["subject"].GetString() == id_of("AIza-secret-one").view());
  const auto rest =
      one.json("GET", fmt::format("/api/v1/audit?limit=2&before={}", page["next"].GetInt64()));
  BOOST_TEST(rest["audit"].Size() == 1U);
  BOOST_TEST(rest["audit"][0]["action"].GetString() == "key_added");
  BOOST_TEST(rest["next"].IsNull());
  BOOST_TEST(one.error("GET", "/api/v1/audit?limit=0") == "400 invalid_field limit");
  BOOST_TEST(one.error("GET", "/api/v1/audit?before=x") == "400 invalid_field before");
}

BOOST_AUTO_TEST_CASE(readiness_needs_a_usable_key) {
  api one;
  BOOST_TEST(one.call("GET", "/readyz").status == 503);
  one.behind.counted.total = 1;
  BOOST_TEST(one.call("GET", "/readyz").status == 503);
  one.behind.counted.healthy = 1;
  BOOST_TEST(one.call("GET", "/readyz").status == 200);
  one.behind.draining = true;
  BOOST_TEST(one.call("GET", "/readyz").status == 503);
  BOOST_TEST(one.call("GET", "/livez").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
