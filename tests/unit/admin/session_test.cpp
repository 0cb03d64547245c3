#include "session.hpp"

#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace gemkeeper::admin {
namespace {

using namespace std::chrono_literals;

std::string cookie_of(const answer& made) {
  for (const auto& [name, value] : made.fields) {
    if (name == "Set-Cookie") return value;
  }
  return {};
}

struct browser : test::api {
  browser() { in.needs_token = true; }

  answer ask(method how, std::string_view body = {}) {
    const found_route found = find_route(how, "/api/v1/session");
    request asked;
    asked.body = body;
    asked.cookie = cookie;
    asked.host = "localhost:8000";
    asked.https = https;
    answer made = handle(in, *found.at, asked);
    const std::string set = cookie_of(made);
    if (!set.empty()) cookie = set.substr(0, set.find(';'));
    return made;
  }

  std::string cookie;
  bool https = false;
};

BOOST_AUTO_TEST_SUITE(session)

BOOST_AUTO_TEST_CASE(a_session_is_known_by_its_name_until_it_is_closed) {
  session_store all;
  const session_store::time_point now{};
  const std::string one = all.open(now);
  const std::string other = all.open(now);
  BOOST_TEST(one.size() == 64U);
  BOOST_TEST(one != other);
  BOOST_TEST(all.holds(one, now));
  BOOST_TEST(!all.holds("", now));
  BOOST_TEST(!all.holds(one.substr(1), now));
  BOOST_TEST(!all.holds(std::string(64, '0'), now));
  all.close(one);
  BOOST_TEST(!all.holds(one, now));
  BOOST_TEST(all.holds(other, now));
}

BOOST_AUTO_TEST_CASE(a_session_ends_when_it_rests_or_is_old) {
  session_store all;
  session_store::time_point now{};
  const std::string name = all.open(now);
  for (auto age = 0h; age < session_store::age_limit; age += 11h) {
    BOOST_TEST(all.holds(name, now + age));
  }
  BOOST_TEST(!all.holds(name, now + session_store::age_limit));
  const std::string resting = all.open(now);
  BOOST_TEST(!all.holds(resting, now + session_store::idle_limit));
  BOOST_TEST(all.size() == 0U);
}

BOOST_AUTO_TEST_CASE(of_too_many_sessions_the_one_at_rest_ends) {
  session_store all;
  session_store::time_point now{};
  const std::string first = all.open(now);
  const std::string second = all.open(now);
  BOOST_TEST(all.holds(first, now + 1s));
  for (std::size_t i = 2; i <= session_store::max_sessions; ++i)
    all.open(now + 2s);
  BOOST_TEST(all.size() == session_store::max_sessions);
  BOOST_TEST(all.holds(first, now + 2s));
  BOOST_TEST(!all.holds(second, now + 2s));
}

BOOST_AUTO_TEST_CASE(a_cookie_is_found_among_others_and_by_port) {
  BOOST_TEST(session_cookie("localhost:8000") == "gemkeeper_session_8000");
  BOOST_TEST(session_cookie("[::1]:8000") == "gemkeeper_session_8000");
  BOOST_TEST(session_cookie("[::1]") == "gemkeeper_session");
  BOOST_TEST(session_cookie("admin.example") == "gemkeeper_session");
  const std::string_view cookies =
      "a=1; gemkeeper_session_9000=other; xgemkeeper_session_8000=no; gemkeeper_session_8000=mine";
  BOOST_TEST(session_of(cookies, "localhost:8000") == "mine");
  BOOST_TEST(session_of(cookies, "localhost:9000") == "other");
  BOOST_TEST(session_of(cookies, "localhost").empty());
  BOOST_TEST(session_of("", "localhost:8000").empty());
}

BOOST_FIXTURE_TEST_CASE(the_admin_token_opens_a_session_and_logout_ends_it, browser) {
  BOOST_TEST(ask(method::get).body.find("\"logged_in\":false") != std::string::npos);
  const answer opened = ask(method::post, R"({"token":"the-token"})");
  BOOST_TEST(opened.status == 200);
  const std::string set = cookie_of(opened);
  BOOST_TEST(set.find("; HttpOnly; SameSite=Strict") != std::string::npos, set);
  BOOST_TEST(set.find("Secure") == std::string::npos);
  BOOST_TEST((opened.body + set).find("the-token") == std::string::npos);
  BOOST_TEST(ask(method::get).body.find("\"logged_in\":true") != std::string::npos);
  BOOST_TEST(sessions.size() == 1U);
  ask(method::post, R"({"token":"the-token"})");
  BOOST_TEST(sessions.size() == 1U);  // in place of the first
  BOOST_TEST(ask(method::del).status == 204);
  BOOST_TEST(sessions.size() == 0U);
  BOOST_TEST(ask(method::get).body.find("\"logged_in\":false") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(loaded_by_https_the_cookie_is_secure, browser) {
  https = true;
  BOOST_TEST(cookie_of(ask(method::post, R"({"token":"the-token"})")).ends_with("; Secure"));
}

BOOST_FIXTURE_TEST_CASE(a_wrong_token_opens_nothing_and_is_told_after_a_pause, browser) {
  for (const char* body :
       {R"({"token":""})", R"({"token":"the-toke"})", R"({"token":"the-token "})"}) {
    const answer refused = ask(method::post, body);
    BOOST_TEST(refused.status == 401);
    BOOST_TEST(refused.guessed);
    BOOST_TEST(refused.body.find("the-tok") == std::string::npos);
    BOOST_TEST(cookie_of(refused).empty());
  }
  BOOST_TEST(error("POST", "/api/v1/session", "{}") == "422 missing_field token");
  BOOST_TEST(error("POST", "/api/v1/session", R"({"token":7})") == "422 invalid_field token");
  BOOST_TEST(sessions.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_session_admits_as_the_token_does_but_writes_need_an_origin) {
  const access_rules rules("a-good-token");
  credentials given;
  given.host = "admin.example";
  given.session = true;
  BOOST_TEST((rules.judge(given) == verdict::admitted));
  given.changes = true;
  BOOST_TEST((rules.judge(given) == verdict::foreign_origin));
  given.origin = "https://admin.example";
  BOOST_TEST((rules.judge(given) == verdict::admitted));
  given.origin = "https://evil.example";
  BOOST_TEST((rules.judge(given) == verdict::foreign_origin));
  given.origin = "";
  given.authorization = "Bearer a-good-token";
  BOOST_TEST((rules.judge(given) == verdict::admitted));
  given.authorization = "Bearer wrong";
  BOOST_TEST((rules.judge(given) == verdict::wrong_token));
}

BOOST_AUTO_TEST_CASE(who_logs_in_needs_no_token_but_may_not_come_from_elsewhere) {
  const access_rules open("");
  const access_rules guarded("a-good-token");
  credentials given;
  given.host = "rebound.example";
  BOOST_TEST((open.judge(given, audience::pages) == verdict::foreign_host));
  BOOST_TEST((open.judge(given, audience::visitors) == verdict::foreign_host));
  BOOST_TEST((guarded.judge(given, audience::visitors) == verdict::admitted));
  given.fetch_site = "cross-site";
  BOOST_TEST((guarded.judge(given, audience::visitors) == verdict::foreign_origin));
  BOOST_TEST((guarded.judge(given, audience::pages) == verdict::admitted));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
