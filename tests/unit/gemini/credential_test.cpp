#include <gemkeeper/gemini/credential.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::gemini;

namespace {

std::string without_credentials(std::string_view target) {
  std::string out = "GET ";
  append_target_without_credentials(out, target);
  return out.substr(4);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(credentials)

BOOST_AUTO_TEST_CASE(fields_that_carry_a_credential_are_known_in_any_case) {
  for (const std::string_view name :
       {"x-goog-api-key", "X-Goog-Api-Key", "Authorization", "AUTHORIZATION", "Proxy-Authorization",
        "Cookie", "x-goog-user-project", "OpenAI-Organization", "OpenAI-Project",
        "x-gemini-api-privileged-user-id"}) {
    BOOST_TEST(is_credential_field(name), name);
  }
  for (const std::string_view name :
       {"", "x-goog-api-client", "x-goog-api-key2", "x-goog-api-ke", "Set-Cookie", "Content-Type",
        "x-goog-upload-protocol", "OpenAI-Beta", "Authorizatioo"}) {
    BOOST_TEST(!is_credential_field(name), name);
  }
}

BOOST_AUTO_TEST_CASE(the_key_goes_where_its_family_looks_for_it) {
  BOOST_TEST(credential_prefix(api_family::native) == "x-goog-api-key: ");
  BOOST_TEST(credential_prefix(api_family::interactions) == "x-goog-api-key: ");
  BOOST_TEST(credential_prefix(api_family::live) == "x-goog-api-key: ");
  BOOST_TEST(credential_prefix(api_family::openai) == "Authorization: Bearer ");
}

BOOST_AUTO_TEST_CASE(a_target_loses_its_credentials_and_nothing_else) {
  struct {
    std::string_view target, expected;
  } const cases[] = {
      {"/p", "/p"},
      {"/p?", "/p?"},
      {"/p?alt=sse", "/p?alt=sse"},
      {"/p?key=k", "/p"},
      {"/p?key", "/p"},
      {"/p?key=", "/p"},
      {"/p?key=k&alt=sse", "/p?alt=sse"},
      {"/p?alt=sse&key=k", "/p?alt=sse"},
      {"/p?a=1&key=k&b=2", "/p?a=1&b=2"},
      {"/p?key=k&key=l&access_token=auth_tokens/t", "/p"},
      {"/p?$key=k&%24key=k&%6Bey=k&%6bey=k&KEY=k&a=1", "/p?a=1"},
      {"/p?access%5Ftoken=t&oauth_token=t&$bearer_token=t", "/p"},
      {"/p?pageToken=key=k&keys=1&monkey=2&ke=3&%6=4&$=5&$$key=6",
       "/p?pageToken=key=k&keys=1&monkey=2&ke=3&%6=4&$=5&$$key=6"},
      {"/p?a=1&&b=%20+%2B&", "/p?a=1&&b=%20+%2B&"},
      {"/p?a=/b?key=k", "/p?a=/b?key=k"},
      {"/key=k", "/key=k"},
      {"", ""},
  };
  for (const auto& c : cases)
    BOOST_TEST(without_credentials(c.target) == c.expected, c.target);
}

BOOST_AUTO_TEST_CASE(the_first_credential_of_a_query_is_found_and_decoded) {
  struct {
    std::string_view target, expected;
  } const cases[] = {
      {"/p", ""},
      {"/p?alt=sse", ""},
      {"/p?key=k", "k"},
      {"/p?key=", ""},
      {"/p?key", ""},
      {"/p?alt=sse&key=a%2Fb%2fc", "a/b/c"},
      {"/p?%6Bey=k", "k"},
      {"/p?access_token=auth_tokens/t&key=k", "auth_tokens/t"},
      {"/p?key=a+b%", "a+b%"},
      {"/p?key=%4", "%4"},
      {"/p?key=%zz", "%zz"},
      {"/p?key=a=b", "a=b"},
  };
  for (const auto& c : cases)
    BOOST_TEST(query_credential(c.target) == c.expected, c.target);
}

BOOST_AUTO_TEST_SUITE_END()
