// Vertex AI in express mode: its requests get its keys, at its origin, and no others do.
#include "expect.hpp"

#include <array>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

constexpr api_call express{"generateContent at Vertex AI",
                           "/v1/publishers/google/models/gemini-3.6-flash:generateContent",
                           generate.body};
constexpr api_call express_stream{
    "SSE stream at Vertex AI",
    "/v1beta1/publishers/google/models/gemini-3.6-flash:streamGenerateContent?alt=sse",
    generate.body};
constexpr std::array express_calls{express, express_stream};

pool::key_spec vertex_key(std::string_view name, std::string_view project = {}) {
  pool::key_spec made = key(name, project);
  made.service = pool::service::vertex;
  return made;
}

rig_setup with(std::vector<pool::key_spec> keys) {
  rig_setup s;
  s.keys = std::move(keys);
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vertex)

BOOST_AUTO_TEST_CASE(each_service_gets_its_own_keys_whatever_their_order) {
  rig r(with({key("g1"), vertex_key("v1"), key("g2"), vertex_key("v2")}));
  for (int i = 0; i < 2; ++i) {
    for (const api_call& call : express_calls)
      expect_success(r, r.call(call));
    expect_success(r, r.call(generate));
    expect_success(r, r.call(chat));
  }
  expect_tried(r, {"v1", "v2", "g1", "g2", "v1", "v2", "g1", "g2"});
  for (const sandbox::recorded_request& request : r.upstream().requests()) {
    const bool at_vertex = request.target.find("/publishers/") != std::string::npos;
    BOOST_TEST(request.header("Host").starts_with(at_vertex ? "localhost:" : "127.0.0.1:"));
  }
}

BOOST_AUTO_TEST_CASE(a_client_key_in_the_address_goes_no_further) {
  rig r(with({vertex_key("v")}));
  const std::string target = std::string(express.target) + "?key=of-the-client";
  expect_success(r, r.ask("POST", target, express.body, {{"Authorization", "Bearer theirs"}}));
  const auto seen = r.upstream().requests().at(0);
  BOOST_TEST(seen.target == express.target);
  BOOST_TEST(seen.header("x-goog-api-key") == secret_of("v"));
  BOOST_TEST(seen.header("Authorization").empty());
}

BOOST_AUTO_TEST_CASE(a_used_up_quota_moves_to_the_next_project_of_vertex_ai_and_no_further) {
  rig_setup s = with({vertex_key("v1"), key("g"), vertex_key("v2")});
  s.faults = {fault_of("v1", "vertex_429")};
  rig r(std::move(s));
  expect_success(r, r.call(express));
  expect_success(r, r.call(express));
  expect_tried(r, {"v1", "v2", "v2"});
  BOOST_TEST(r.key_state("v1").state == key_state::cooling);

  r.set_faults({fault_of("v1", "vertex_429"), fault_of("v2", "vertex_429")});
  expect_own_error(r.call(express), 429, "RESOURCE_EXHAUSTED", "ALL_KEYS_COOLING");
  BOOST_TEST(r.key_state("g").state == key_state::healthy);
  expect_success(r, r.call(generate));
}

BOOST_AUTO_TEST_CASE(a_project_with_keys_of_both_cools_for_each_by_itself) {
  rig_setup s = with({key("g", "shared"), vertex_key("v", "shared")});
  s.upstream.quotas.emplace_back().requests_per_minute = 1;
  rig r(std::move(s));
  expect_success(r, r.call(express));
  expect_success(r, r.call(generate));
  expect_own_error(r.call(express), 429, "RESOURCE_EXHAUSTED", "ALL_KEYS_COOLING");
  BOOST_TEST(r.key_state("v").state == key_state::cooling);
  BOOST_TEST(r.key_state("g").state == key_state::healthy);
}

BOOST_AUTO_TEST_CASE(a_key_of_the_gemini_api_that_is_declared_as_vertex_ais_is_set_aside) {
  rig r(with({key("g"), vertex_key("v")}));
  std::vector<pool::key_spec> wrong{key("g"), vertex_key("v"), key("other")};
  r.set_keys(wrong);
  wrong.back().service = pool::service::vertex;
  r.keys().apply(wrong, std::chrono::system_clock::now());
  for (int i = 0; i < 2; ++i)
    expect_success(r, r.call(express));
  BOOST_TEST(r.key_state("other").state == key_state::quarantined);
  BOOST_TEST(r.key_state("other").reason == "API_KEY_SERVICE_BLOCKED");
}

BOOST_AUTO_TEST_CASE(a_quarantined_key_is_probed_at_vertex_ai) {
  rig_setup s = with({vertex_key("v"), vertex_key("w")});
  s.pool.probe_interval_min = 1ms;
  s.pool.probe_interval_max = 1ms;
  s.faults = {fault_of("v", "suspended")};
  s.faults.back().nth = 1;
  rig r(std::move(s));
  expect_success(r, r.call(express));
  BOOST_TEST(r.wait_until([&] { return r.key_state("v").state == key_state::healthy; }));
  const auto asked = r.upstream().requests();
  BOOST_REQUIRE(asked.size() >= 3U);
  BOOST_TEST(asked.back().target.ends_with(":countTokens"));
  BOOST_TEST(asked.back().credential == secret_of("v"));
}

BOOST_AUTO_TEST_CASE(usage_is_counted_with_its_model) {
  rig r(with({vertex_key("v")}));
  for (const api_call& call : express_calls)
    r.call(call);
  for (const finished_request& one : r.requests().wait_for(2)) {
    BOOST_TEST(one.model == model);
    BOOST_TEST(one.key_name == "v");
    BOOST_TEST(one.metered);
    BOOST_TEST(one.usage.total != 0U);
  }
}

BOOST_AUTO_TEST_CASE(without_a_key_of_vertex_ai_the_answer_says_what_to_add) {
  rig r(with({key("g")}));
  const response answer = r.call(express);
  expect_own_error(answer, 503, "UNAVAILABLE", "NO_VERTEX_KEY_CONFIGURED");
  BOOST_TEST(mentions(answer, "VERTEX_API_KEYS"), answer.body());
  BOOST_TEST(r.upstream().requests().empty());
}

BOOST_AUTO_TEST_CASE(what_is_below_a_project_takes_oauth_and_is_refused_untouched) {
  rig r(with({key("g"), vertex_key("v")}));
  const response answer =
      r.ask("POST", "/v1/projects/p/locations/global/publishers/google/models/m:generateContent",
            express.body, {{"Authorization", "Bearer ya29.theirs"}});
  expect_own_error(answer, 403, "PERMISSION_DENIED", "VERTEX_EXPRESS_ONLY");
  BOOST_TEST(!mentions(answer, "ya29"), answer.body());
  BOOST_TEST(r.upstream().requests().empty());
}

BOOST_AUTO_TEST_CASE(googles_word_on_a_model_that_it_does_not_have_is_the_clients) {
  rig r(with({vertex_key("v")}));
  const api_call unknown{"an unknown model", "/v1/publishers/google/models/none:generateContent",
                         generate.body};
  expect_unchanged(r.call(unknown), r.call_upstream(unknown, "v"));
  BOOST_TEST(r.key_state("v").state == key_state::healthy);
}

BOOST_AUTO_TEST_CASE(a_file_that_belongs_to_a_project_of_the_gemini_api_does_not_pin_it) {
  rig r(with({key("g"), vertex_key("v")}));
  const auto now = std::chrono::system_clock::now();
  r.affinity().learn("files/abc", *r.keys().project_of(r.key_state("g").id), now + 1h, now);
  const response answer = r.ask(
      "POST", express.target,
      R"({"contents":[{"parts":[{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}}]}]})");
  BOOST_TEST(!mentions(answer, "OWNER"), answer.body());
  expect_tried(r, {"v"});
}

BOOST_AUTO_TEST_SUITE_END()
