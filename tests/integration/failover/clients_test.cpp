// Client tokens, in each slot where a client may put one, and the limits of clients.
#include "expect.hpp"

#include <fmt/format.h>

#include <atomic>
#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

constexpr std::string_view token = "gk_token-of-the-first-client-0123456789";
constexpr std::string_view other_token = "gk_token-of-another-client-9876543210";

pool::client_spec client_of(std::string_view name, std::string_view secret,
                            const pool::limit_set& limits = {}) {
  return {fmt::format("id-of-{}", name), std::string(name), pool::hash_token(secret), limits, true};
}

rig_setup two_clients(const pool::limit_set& limits = {}) {
  rig_setup s;
  s.keys = {key("one"), key("two")};
  s.clients = {client_of("app", token, limits), client_of("other", other_token)};
  s.proxy.client.token_required = true;
  return s;
}

fields bearing(std::string_view secret) {
  return {{"x-goog-api-key", std::string(secret)}};
}

api_call with_query(const api_call& what, std::string& target, std::string_view query) {
  target = std::string(what.target) + (what.target.find('?') == what.target.npos ? "?" : "&") +
           std::string(query);
  return {what.name, target, what.body};
}

// No token in what the upstream saw.
void expect_no_token(rig& r) {
  for (const sandbox::recorded_request& request : r.upstream().requests()) {
    BOOST_TEST(request.target.find("gk_") == std::string::npos);
    BOOST_TEST(request.credential.find("gk_") == std::string::npos);
    for (const auto& [name, value] : request.headers) {
      BOOST_TEST(value.find("gk_") == std::string::npos, name);
      BOOST_TEST(value.find("Basic") == std::string::npos, name);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_tokens)

BOOST_AUTO_TEST_CASE(a_token_is_taken_from_every_slot_of_an_api_key) {
  rig r(two_clients());
  std::string target;
  const std::string text(token);
  BOOST_TEST(r.call(generate, bearing(token)).result_int() == 200U);
  BOOST_TEST(r.call(generate, {{"Authorization", "Bearer " + text}}).result_int() == 200U);
  BOOST_TEST(r.call(generate, {{"authorization", "bearer  " + text}}).result_int() == 200U);
  BOOST_TEST(r.call(chat, {{"Authorization", "Bearer " + text}}).result_int() == 200U);
  BOOST_TEST(r.call(with_query(generate, target, "key=" + text)).result_int() == 200U);
  BOOST_TEST(r.call(with_query(stream_sse, target, "key=" + text)).result_int() == 200U);
  BOOST_TEST(r.call(with_query(generate, target, "access_token=" + text)).result_int() == 200U);
  // The placeholder of an SDK beside the real one.
  BOOST_TEST(r.call(generate, {{"x-goog-api-key", "anything"}, {"Authorization", "Bearer " + text}})
                 .result_int() == 200U);
  // "client:" and the token, and the token as the user, in base64.
  BOOST_TEST(
      r.call(generate, {{"Proxy-Authorization",
                         "Basic Y2xpZW50OmdrX3Rva2VuLW9mLXRoZS1maXJzdC1jbGllbnQtMDEyMzQ1Njc4OQ=="}})
          .result_int() == 200U);
  BOOST_TEST(r.call(generate, {{"Proxy-Authorization",
                                "Basic Z2tfdG9rZW4tb2YtdGhlLWZpcnN0LWNsaWVudC0wMTIzNDU2Nzg5Og=="}})
                 .result_int() == 200U);
  for (const finished_request& request : r.requests().wait_for(10)) {
    BOOST_TEST(request.client == "id-of-app");
    BOOST_TEST(request.client_name == "app");
  }
  expect_no_token(r);
}

BOOST_AUTO_TEST_CASE(who_bears_none_or_another_is_refused_before_anything_is_spent) {
  rig r(two_clients());
  for (const api_call& call : all_calls) {
    const response none = r.call(call);
    expect_own_error(none, 401, "UNAUTHENTICATED", "CLIENT_TOKEN_MISSING");
    BOOST_TEST(header(none, "www-authenticate") == "Bearer realm=\"gemkeeper\"");
    BOOST_TEST(mentions(none, "GEMINI_API_KEY"), none.body());
    const bool openai = call.target.find("/openai/") != std::string_view::npos;
    BOOST_TEST(none.body().starts_with('[') == openai, none.body());
  }
  const std::string most(token.substr(0, token.size() - 1));
  for (const std::string& wrong : {std::string("AIzaSomething"), most, most + "0", most + "99"}) {
    const response unknown = r.call(generate, bearing(wrong));
    expect_own_error(unknown, 401, "UNAUTHENTICATED", "CLIENT_TOKEN_UNKNOWN");
    BOOST_TEST(!mentions(unknown, wrong));
  }
  for (const char* odd : {"Basic", "Basic ", "Basic !!!!", "Basic Og==", "Basic Z2s=", "Bearer ",
                          "Basic Z2tf", "Negotiate abc"}) {
    const response answer = r.call(generate, {{"Proxy-Authorization", odd}});
    BOOST_TEST(answer.result_int() == 401U, odd << ": " << answer.result_int());
  }
  BOOST_TEST(r.upstream().requests().empty());
}

BOOST_AUTO_TEST_CASE(where_none_is_required_a_known_token_says_whose_it_is_and_others_pass) {
  rig_setup s = two_clients();
  s.proxy.client.token_required = false;
  rig r(std::move(s));
  BOOST_TEST(r.call(generate).result_int() == 200U);
  BOOST_TEST(r.call(generate, bearing("AIzaSomething")).result_int() == 200U);
  BOOST_TEST(r.call(generate, bearing(other_token)).result_int() == 200U);
  const auto done = r.requests().wait_for(3);
  BOOST_TEST(done.at(0).client == "");
  BOOST_TEST(done.at(1).client == "");
  BOOST_TEST(done.at(2).client_name == "other");
  expect_no_token(r);
}

BOOST_AUTO_TEST_CASE(a_token_is_revoked_at_once_on_connections_that_are_open) {
  rig r(two_clients());
  client app(r.port());
  BOOST_TEST(app.call(generate.target, generate.body, bearing(token)).result_int() == 200U);
  pool::client_spec disabled = client_of("app", token);
  disabled.enabled = false;
  r.clients().apply({disabled});
  const response no = app.call(generate.target, generate.body, bearing(token));
  expect_own_error(no, 401, "UNAUTHENTICATED", "CLIENT_DISABLED");
  client again(r.port());
  r.clients().apply({client_of("app", other_token)});
  BOOST_TEST(again.call(generate.target, generate.body, bearing(other_token)).result_int() == 200U);
  const response old = again.call(generate.target, generate.body, bearing(token));
  expect_own_error(old, 401, "UNAUTHENTICATED", "CLIENT_TOKEN_UNKNOWN");
}

BOOST_AUTO_TEST_CASE(a_disabled_client_is_refused_where_no_token_is_required_too) {
  rig_setup s = two_clients();
  s.proxy.client.token_required = false;
  s.clients[0].enabled = false;
  rig r(std::move(s));
  expect_own_error(r.call(generate, bearing(token)), 401, "UNAUTHENTICATED", "CLIENT_DISABLED");
}

BOOST_AUTO_TEST_CASE(a_client_over_its_limit_gets_429_with_the_limit_and_the_others_are_served) {
  rig r(two_clients({.requests_per_day = 2}));
  BOOST_TEST(r.call(generate, bearing(token)).result_int() == 200U);
  BOOST_TEST(r.call(chat, bearing(token)).result_int() == 200U);
  for (const api_call& call : all_calls) {
    const response no = r.call(call, bearing(token));
    expect_own_error(no, 429, "RESOURCE_EXHAUSTED", "CLIENT_LIMIT_REACHED");
    BOOST_TEST(mentions(no, "requests_per_day"), no.body());
    BOOST_TEST(mentions(no, "google.rpc.RetryInfo"), no.body());
    BOOST_TEST(!header(no, "retry-after").empty());
  }
  BOOST_TEST(r.call(generate, bearing(other_token)).result_int() == 200U);
  BOOST_TEST(r.upstream().requests().size() == 3U);
}

BOOST_AUTO_TEST_CASE(tokens_of_answers_count_and_what_is_held_is_given_back) {
  rig r(two_clients({.tokens_per_day = 100'000}));
  for (const api_call& call : all_calls)
    BOOST_TEST(r.call(call, bearing(token)).result_int() == 200U);
  std::uint64_t sum = 0;
  for (const finished_request& request : r.requests().wait_for(all_calls.size()))
    sum += request.usage.all();
  BOOST_TEST(sum > 0U);
  const pool::client_view view = r.clients().clients(std::chrono::system_clock::now()).at(0);
  BOOST_TEST(view.name == "app");
  BOOST_TEST(view.limits.at(0).used == sum);
  BOOST_TEST(view.limits.at(0).reserved == 0U);
  BOOST_TEST(view.in_flight == 0U);
}

BOOST_AUTO_TEST_CASE(fifty_requests_at_once_on_a_limit_of_ten_admit_just_ten) {
  rig_setup s = two_clients({.requests_per_minute = 10});
  s.proxy.workers = 2;
  rig r(std::move(s));
  std::atomic<int> served{0}, refused{0};
  std::vector<std::thread> apps;
  for (int i = 0; i < 50; ++i) {
    apps.emplace_back([&] {
      const auto status = r.call(generate, bearing(token)).result_int();
      ++(status == 200 ? served : refused);
    });
  }
  for (std::thread& app : apps)
    app.join();
  BOOST_TEST(served == 10);
  BOOST_TEST(refused == 40);
  BOOST_TEST(r.upstream().requests().size() == 10U);
}

BOOST_AUTO_TEST_SUITE_END()
