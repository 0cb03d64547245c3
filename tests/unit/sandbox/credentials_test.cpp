#include "client.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/test/unit_test.hpp>

using namespace gemkeeper::sandbox;
using namespace gemkeeper::sandbox::test;

BOOST_AUTO_TEST_SUITE(credentials)

BOOST_AUTO_TEST_CASE(exactly_one_credential_in_the_right_slot_is_accepted) {
  server sandbox({});
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  const std::string native = generate_target;
  const std::string openai = chat_target;
  struct {
    std::string target;
    fields headers;
    int status;
    std::string says;
  } const cases[] = {
      {native, {{"x-goog-api-key", "sandbox-key-1"}}, 200, "echo: hi"},
      {native + "?key=sandbox-key-1", {}, 200, "echo: hi"},
      {native + "?%6bey=sandbox%2Dkey-1", {}, 200, "echo: hi"},
      {native, {}, 403, "Method doesn't allow unregistered callers"},
      {native, {{"x-goog-api-key", ""}}, 403, "Method doesn't allow unregistered callers"},
      {native, {{"x-goog-api-key", "nobody"}}, 400, "API_KEY_INVALID"},
      {native + "?key=sandbox-key-1",
       {{"x-goog-api-key", "sandbox-key-1"}},
       400,
       "Multiple authentication credentials received"},
      {native,
       {{"Authorization", "Bearer sandbox-key-1"}},
       401,
       "google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent"},
      {native,
       {{"x-goog-api-key", "sandbox-key-1"}, {"Authorization", "Bearer x"}},
       401,
       "ACCESS_TOKEN_TYPE_UNSUPPORTED"},
      {native + "?access_token=x", {}, 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED"},

      {openai, {{"Authorization", "Bearer sandbox-key-1"}}, 200, "echo: hi"},
      {openai, {{"Authorization", "bearer sandbox-key-1"}}, 200, "echo: hi"},
      {openai, {{"x-goog-api-key", "sandbox-key-1"}}, 401, "Missing or invalid Authorization"},
      {openai,
       {{"Authorization", "Bearer sandbox-key-1"}, {"x-goog-api-key", "sandbox-key-1"}},
       400,
       "Multiple authentication credentials received"},
      {openai,
       {{"Authorization", "Bearer sandbox-key-1"}, {"OpenAI-Organization", "org-1"}},
       400,
       "Multiple authentication credentials received"},
      {openai, {{"Authorization", "Bearer nobody"}}, 400, "Please pass a valid API key\""},
  };
  for (const auto& [target, headers, status, says] : cases) {
    BOOST_TEST_CONTEXT(target << " " << says) {
      const bool compatible = target == openai;
      const response answer = connection.post(
          target,
          compatible ? R"({"model":"gemini-3.6-flash","messages":[{"role":"user","content":"hi"}]})"
                     : say("hi"),
          headers);
      BOOST_TEST(answer.result_int() == status);
      BOOST_TEST(answer.body().find(says) != std::string::npos, answer.body());
      if (compatible && status != 200) BOOST_TEST(answer.body().starts_with("[\n  {\n"));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
