// What clients are told, in both modes, and what a command that gemkeeper runs is not told.
#include "../../../app/run/client_environment.hpp"

#include <gemkeeper/app/placeholder_key.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gemkeeper::app {
namespace {

const client_target by_base_url{
    client_mode::base_url, openai_clients::left_alone, "http://127.0.0.1:8001", {}};
const client_target by_proxy{client_mode::forward,
                             openai_clients::left_alone,
                             "http://127.0.0.1:8001",
                             {"/state/all.pem", "/state/ca.pem"}};

// "unset": must not be set; "": nothing is said about it.
std::string told(const environment_changes& changes, std::string_view name) {
  const auto found = changes.find(name);
  return found == changes.end() ? "" : found->second.value_or("unset");
}

BOOST_AUTO_TEST_SUITE(client_environments)

BOOST_AUTO_TEST_CASE(each_mode_sets_what_ecosystems_read) {
  struct row {
    const char* name;
    const char* base_url;
    const char* forward;
  };
  const environment present{{"GOOGLE_API_KEY", "x"}, {"GOOGLE_GEMINI_BASE_URL", "http://old"}};
  const auto base = client_environment(by_base_url, present);
  const auto forward = client_environment(by_proxy, present);
  const std::vector<row> rows{
      {"GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:8001", "unset"},
      {"GEMINI_API_KEY", "gemkeeper", "gemkeeper"},
      {"GOOGLE_GENERATIVE_AI_API_KEY", "gemkeeper", "gemkeeper"},
      {"GOOGLE_API_KEY", "unset", "unset"},
      {"NO_PROXY", "localhost,127.0.0.1,::1", "localhost,127.0.0.1,::1"},
      {"no_proxy", "localhost,127.0.0.1,::1", "localhost,127.0.0.1,::1"},
      {"HTTPS_PROXY", "", "http://127.0.0.1:8001"},
      {"https_proxy", "", "http://127.0.0.1:8001"},
      {"HTTP_PROXY", "", ""},
      {"http_proxy", "", ""},
      {"SSL_CERT_FILE", "", "/state/all.pem"},
      {"REQUESTS_CA_BUNDLE", "", "/state/all.pem"},
      {"CURL_CA_BUNDLE", "", "/state/all.pem"},
      {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "", "/state/all.pem"},
      {"NODE_EXTRA_CA_CERTS", "", "/state/ca.pem"},
      {"NODE_USE_ENV_PROXY", "", "1"},
      {"OPENAI_BASE_URL", "", ""},
      {"OPENAI_API_KEY", "", ""},
  };
  std::size_t in_base = 0;
  std::size_t in_forward = 0;
  for (const row& one : rows) {
    BOOST_TEST_CONTEXT(one.name) {
      BOOST_TEST(told(base, one.name) == one.base_url);
      BOOST_TEST(told(forward, one.name) == one.forward);
    }
    in_base += *one.base_url != '\0' ? 1 : 0;
    in_forward += *one.forward != '\0' ? 1 : 0;
  }
  BOOST_TEST(base.size() == in_base);
  BOOST_TEST(forward.size() == in_forward);
}

// Live by base URL opens wss:// in Python and Go.
BOOST_AUTO_TEST_CASE(by_base_url_the_local_ca_is_trusted_where_there_is_a_bundle) {
  client_target target = by_base_url;
  target.trust = by_proxy.trust;
  const auto changes = client_environment(target, {});
  BOOST_TEST(told(changes, "SSL_CERT_FILE") == "/state/all.pem");
  for (const char* name : {"HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
                           "NODE_EXTRA_CA_CERTS", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"})
    BOOST_TEST(told(changes, name).empty(), name);
}

BOOST_AUTO_TEST_CASE(only_what_is_there_is_unset) {
  BOOST_TEST(told(client_environment(by_base_url, {}), "GOOGLE_API_KEY").empty());
  BOOST_TEST(told(client_environment(by_proxy, {}), "GOOGLE_GEMINI_BASE_URL").empty());
}

BOOST_AUTO_TEST_CASE(clients_of_openai_come_only_when_asked_for) {
  client_target target = by_base_url;
  target.openai = openai_clients::pointed_here;
  auto changes = client_environment(target, {});
  BOOST_TEST(told(changes, "OPENAI_BASE_URL") == "http://127.0.0.1:8001/v1beta/openai/");
  BOOST_TEST(told(changes, "OPENAI_API_KEY") == placeholder_key);
  target = by_proxy;
  target.openai = openai_clients::pointed_here;
  changes = client_environment(target, {});
  BOOST_TEST(told(changes, "OPENAI_BASE_URL") ==
             "https://generativelanguage.googleapis.com/v1beta/openai/");
}

BOOST_AUTO_TEST_CASE(no_proxy_keeps_the_users_list) {
  struct row {
    const char* user;
    const char* extended;
  };
  for (const auto& [user, extended] : std::vector<row>{
           {"", "localhost,127.0.0.1,::1"},
           {"corp.example", "corp.example,localhost,127.0.0.1,::1"},
           {"a, localhost ,b", "a, localhost ,b,127.0.0.1,::1"},
           {"::1,127.0.0.1,localhost", "::1,127.0.0.1,localhost"},
           {"mylocalhost", "mylocalhost,localhost,127.0.0.1,::1"},
       }) {
    BOOST_TEST(extended_no_proxy(user) == extended);
    BOOST_TEST(extended_no_proxy(extended) == extended);
  }
  BOOST_TEST(told(client_environment(by_proxy, {{"no_proxy", "lower"}}), "NO_PROXY") ==
             "lower,localhost,127.0.0.1,::1");
}

BOOST_AUTO_TEST_CASE(an_exempt_host_is_found) {
  const std::string host = "generativelanguage.googleapis.com";
  for (const char* list : {"*", "googleapis.com", "a, .googleapis.com", "*.GoogleAPIs.com",
                           "generativelanguage.googleapis.com"}) {
    BOOST_TEST(is_exempt(list, host), list);
  }
  for (const char* list : {"", "apis.com", "xgenerativelanguage.googleapis.com", ".", "localhost"})
    BOOST_TEST(!is_exempt(list, host), list);
}

BOOST_AUTO_TEST_CASE(a_command_gets_no_key_under_any_name) {
  const environment present{
      {"PATH", "/bin"},
      {"GEMINI_API_KEYS", "secret-of-a,secret-of-b"},
      {"GEMINI_API_KEY", "secret-of-a"},
      {"GOOGLE_API_KEY", "secret-of-b"},
      {"TEAM_KEY", "secret-of-c"},
      {"VERTEX_OR_SO", "secret-of-a"},
      {"NOTE", "use secret-of-a today"},
      {"GEMKEEPER_UPSTREAM__PROXY", "http://user:word@proxy:1"},
      {"GEMKEEPER_POOL__POLICY", "priority"},
  };
  config what;
  for (const char* secret : {"secret-of-a", "secret-of-b", "secret-of-c"}) {
    what.keys.emplace_back().secret = secret;
    what.key_origins.push_back({key_origin::kind::variable, "GEMINI_API_KEYS"});
  }
  what.key_origins.back() = {key_origin::kind::env, "TEAM_KEY"};
  what.effective.push_back({"upstream.proxy",
                            std::string(hidden_value),
                            {setting_source::origin::variable, "GEMKEEPER_UPSTREAM__PROXY", 0}});

  const environment child =
      child_environment(present, client_environment(by_base_url, present), what);
  for (const auto& [name, value] : child)
    BOOST_TEST(value.find("secret-of") == value.npos, name);
  BOOST_TEST(value_of(child, "PATH") == "/bin");
  BOOST_TEST(value_of(child, "GEMINI_API_KEY") == placeholder_key);
  BOOST_TEST(value_of(child, "VERTEX_OR_SO") == placeholder_key);
  BOOST_TEST(value_of(child, "GEMKEEPER_POOL__POLICY") == "priority");
  for (const char* name :
       {"GEMINI_API_KEYS", "GOOGLE_API_KEY", "TEAM_KEY", "NOTE", "GEMKEEPER_UPSTREAM__PROXY"}) {
    BOOST_TEST(!child.contains(name), name);
  }
}

BOOST_AUTO_TEST_CASE(the_placeholder_is_no_key_of_gemkeepers_own) {
  const load_result loaded =
      load_config({std::nullopt, {}, {{"GEMINI_API_KEY", std::string(placeholder_key)}}});
  BOOST_REQUIRE(loaded.value.has_value());
  BOOST_TEST(loaded.value->keys.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
