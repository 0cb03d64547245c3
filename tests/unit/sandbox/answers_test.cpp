#include "client.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <vector>

using namespace gemkeeper::sandbox;
using namespace gemkeeper::sandbox::test;

namespace {

rapidjson::Document parsed(std::string_view text) {
  rapidjson::Document document;
  document.Parse(text.data(), text.size());
  BOOST_REQUIRE_MESSAGE(!document.HasParseError(), text);
  return document;
}

std::vector<std::string> events_of(std::string_view body, std::string_view terminator) {
  constexpr std::string_view data = "data: ";
  std::vector<std::string> events;
  while (!body.empty()) {
    BOOST_REQUIRE(body.starts_with(data));
    const std::size_t end = body.find(terminator);
    BOOST_REQUIRE(end != std::string_view::npos);
    events.emplace_back(body.substr(data.size(), end - data.size()));
    body.remove_prefix(end + terminator.size());
  }
  return events;
}

const fields openai_key = {{"Authorization", "Bearer sandbox-key-1"}};

struct fixture {
  explicit fixture(const scenario& what = {})
      : sandbox(what), connection(sandbox.listen("127.0.0.1:0", transport::plain)) {}
  rapidjson::Document post(const std::string& target, const std::string& body,
                           const fields& headers = first_key) {
    return parsed(connection.post(target, body, headers).body());
  }

  server sandbox;
  client connection;
};

std::string text_of(const rapidjson::Value& answer) {
  return answer["candidates"][0]["content"]["parts"][0]["text"].GetString();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answers)

BOOST_FIXTURE_TEST_CASE(a_unary_answer_has_googles_members_in_order, fixture) {
  const auto answer = post(generate_target, say("one two three four"));
  std::string members;
  for (const auto& member : answer.GetObject())
    members += std::string(" ") + member.name.GetString();
  BOOST_TEST(members == " candidates usageMetadata modelVersion responseId");
  BOOST_TEST(text_of(answer) == "echo: one two three four");
  BOOST_TEST(answer["candidates"][0]["finishReason"].GetString() == "STOP");
  BOOST_TEST(answer["modelVersion"].GetString() == "gemini-3.6-flash");
  const auto& usage = answer["usageMetadata"];
  BOOST_TEST(usage["promptTokenCount"].GetInt() == 5);
  BOOST_TEST(usage["thoughtsTokenCount"].GetInt() == 20);
  BOOST_TEST(usage["totalTokenCount"].GetInt() ==
             usage["promptTokenCount"].GetInt() + usage["candidatesTokenCount"].GetInt() + 20);
}

BOOST_FIXTURE_TEST_CASE(every_version_and_spelling_of_a_path_is_served, fixture) {
  for (const std::string target : {"/v1/models/gemini-3.6-flash:generateContent",
                                   "/v1alpha/models/gemini-3.6-flash:generateContent",
                                   "//v1beta//models/gemini-3.6-flash%3AgenerateContent/"}) {
    BOOST_TEST(text_of(post(target, say("hi"))) == "echo: hi");
  }
  const response lost = connection.get("/v2/nothing", first_key);
  BOOST_TEST(lost.result_int() == 404);
  BOOST_TEST(lost["Content-Type"] == "text/html; charset=UTF-8");
}

BOOST_FIXTURE_TEST_CASE(a_longer_history_is_counted, fixture) {
  BOOST_TEST(text_of(post(generate_target,
                          R"({"contents":[{"role":"user","parts":[{"text":"a"}]},
      {"role":"model","parts":[{"text":"b"}]},{"role":"user","parts":[{"text":"c"}]}]})")) ==
             "echo: c (3 messages)");
}

BOOST_FIXTURE_TEST_CASE(a_declared_function_is_called_when_the_prompt_says_so, fixture) {
  const auto answer = post(generate_target,
                           R"({"contents":[{"parts":[{"text":"please call get_weather"}]}],
      "tools":[{"functionDeclarations":[{"name":"get_weather","parameters":{"type":"OBJECT",
      "properties":{"city":{"type":"STRING"},"days":{"type":"INTEGER"}}}}]}]})");
  const auto& call = answer["candidates"][0]["content"]["parts"][0]["functionCall"];
  BOOST_TEST(call["name"].GetString() == "get_weather");
  BOOST_TEST(call["args"]["city"].GetString() == "echo");
  BOOST_TEST(call["args"]["days"].GetInt() == 1);
}

BOOST_FIXTURE_TEST_CASE(a_function_response_is_echoed, fixture) {
  BOOST_TEST(text_of(post(generate_target,
                          R"({"contents":[{"parts":[{"functionResponse":{"name":"get_weather",
      "response":{"sky":"blue"}}}]}]})")) == R"(echo: get_weather returned {"sky":"blue"})");
}

BOOST_FIXTURE_TEST_CASE(json_is_answered_where_json_is_asked_for, fixture) {
  const auto by_schema = post(generate_target, R"({"contents":[{"parts":[{"text":"x"}]}],
      "generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT",
      "properties":{"tags":{"type":"ARRAY","items":{"type":"STRING","enum":["red"]}}}}}})");
  BOOST_TEST(text_of(by_schema) == R"({"tags":["red"]})");
  const auto by_type = post(generate_target, R"({"contents":[{"parts":[{"text":"x"}]}],
      "generationConfig":{"responseMimeType":"application/json"}})");
  BOOST_TEST(text_of(by_type) == R"({"echo":"x"})");
}

BOOST_FIXTURE_TEST_CASE(thinking_can_be_switched_off, fixture) {
  const auto answer = post(generate_target, R"({"contents":[{"parts":[{"text":"x"}]}],
      "generationConfig":{"thinkingConfig":{"thinkingBudget":0}}})");
  BOOST_TEST(!answer["usageMetadata"].HasMember("thoughtsTokenCount"));
}

BOOST_FIXTURE_TEST_CASE(an_sse_stream_counts_up_and_its_prompt_goes_down_at_the_end, fixture) {
  const response answer = connection.post(stream_target, say("some words to echo"), first_key);
  BOOST_TEST(answer["Content-Type"] == "text/event-stream");
  BOOST_TEST(answer["Content-Disposition"] == "attachment");
  const auto events = events_of(answer.body(), "\r\n\r\n");
  BOOST_REQUIRE(events.size() == 3U);
  std::string text;
  std::vector<int> prompt, output;
  for (const std::string& event : events) {
    const auto piece = parsed(event);
    text += text_of(piece);
    prompt.push_back(piece["usageMetadata"]["promptTokenCount"].GetInt());
    output.push_back(piece["usageMetadata"]["candidatesTokenCount"].GetInt());
  }
  BOOST_TEST(text == "echo: some words to echo");
  BOOST_TEST((prompt == std::vector{6, 6, 5}));
  BOOST_TEST((output == std::vector{2, 4, 6}));
  BOOST_TEST(!parsed(events[1])["candidates"][0].HasMember("finishReason"));
  BOOST_TEST(parsed(events[2])["candidates"][0]["finishReason"].GetString() == "STOP");
}

BOOST_FIXTURE_TEST_CASE(without_alt_sse_a_stream_is_a_json_array, fixture) {
  const response answer = connection.post(array_target, say("some words"), first_key);
  BOOST_TEST(answer["Content-Type"] == "application/json; charset=UTF-8");
  BOOST_TEST(answer.body().starts_with("[{\n  \"candidates\": [\n"));
  BOOST_TEST(answer.body().ends_with("\n}\r\n]"));
  BOOST_TEST(answer.body().find("\n}\r\n,\r\n{\n") != std::string::npos);
  BOOST_TEST(parsed(answer.body()).Size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(errors_of_streams_are_framed_as_google_frames_them, fixture) {
  const fields nobody = {{"x-goog-api-key", "nobody"}};
  const response sse = connection.post(stream_target, say("x"), nobody);
  BOOST_TEST(sse["Content-Type"] == "text/event-stream");
  BOOST_TEST(sse.count("Content-Length") == 1U);
  BOOST_TEST(sse.body().starts_with("{\n  \"error\""));
  const response array = connection.post(array_target, say("x"), nobody);
  BOOST_TEST(array["Content-Type"] == "application/json; charset=UTF-8");
  BOOST_TEST(array.body().starts_with("[\n  {\n    \"error\""));
}

BOOST_FIXTURE_TEST_CASE(tokens_are_counted_as_generation_counts_them, fixture) {
  const auto direct = post("/v1beta/models/gemini-2.5-pro:countTokens", say("12345678"));
  BOOST_TEST(direct["totalTokens"].GetInt() == 2);
  const auto nested = post("/v1beta/models/gemini-2.5-pro:countTokens",
                           R"({"generateContentRequest":{"model":"models/gemini-2.5-pro",)" +
                               say("12345678").substr(1) + "}");
  BOOST_TEST(nested["totalTokens"].GetInt() == 2);
}

BOOST_FIXTURE_TEST_CASE(embeddings_have_the_size_asked_for, fixture) {
  const std::string content = R"({"content":{"parts":[{"text":"x"}]},"outputDimensionality":8})";
  const auto one = post("/v1beta/models/gemini-embedding-001:embedContent", content);
  BOOST_TEST(one["embedding"]["values"].Size() == 8U);
  BOOST_TEST(!one.HasMember("usageMetadata"));
  const auto batch = post("/v1beta/models/gemini-embedding-2:batchEmbedContents",
                          R"({"requests":[)" + content + "," + content + "]}");
  BOOST_TEST(batch["embeddings"].Size() == 2U);
  BOOST_TEST((batch["embeddings"][0] == one["embedding"]));
  BOOST_TEST(batch["usageMetadata"]["promptTokenCount"].GetInt() == 2);
}

BOOST_FIXTURE_TEST_CASE(models_are_listed_page_by_page, fixture) {
  std::vector<std::string> names;
  std::string token;
  do {
    const auto page =
        parsed(connection.get("/v1beta/models?pageSize=4&pageToken=" + token, first_key).body());
    for (const auto& model : page["models"].GetArray())
      names.push_back(model["name"].GetString());
    token = page.HasMember("nextPageToken") ? page["nextPageToken"].GetString() : "";
  } while (!token.empty());
  BOOST_TEST(names.size() == 13U);
  BOOST_TEST(names.front() == "models/gemini-3.6-flash");
  BOOST_TEST(
      parsed(connection.get("/v1/models/gemini-2.5-pro", first_key).body())["name"].GetString() ==
      "models/gemini-2.5-pro");
  BOOST_TEST(connection.get("/v1beta/models/none", first_key).result_int() == 404);
  BOOST_TEST(connection.get("/v1beta/models?pageToken=x", first_key).result_int() == 400);
}

BOOST_FIXTURE_TEST_CASE(chat_completions_are_answered_whole_and_streamed, fixture) {
  const std::string body =
      R"({"model":"models/gemini-2.5-flash","messages":[{"role":"user","content":"hello"}])";
  const auto whole = post(chat_target, body + "}", openai_key);
  BOOST_TEST(whole["object"].GetString() == "chat.completion");
  BOOST_TEST(whole["choices"][0]["message"]["content"].GetString() == "echo: hello");
  BOOST_TEST(whole["usage"]["total_tokens"].GetInt() == 2 + 3 + 20);

  const response streamed = connection.post(
      chat_target, body + R"(,"stream":true,"stream_options":{"include_usage":true}})", openai_key);
  auto events = events_of(streamed.body(), "\n\n");
  BOOST_REQUIRE(events.size() == 4U);
  BOOST_TEST(events.back() == "[DONE]");
  events.pop_back();
  std::string text;
  for (const std::string& event : events) {
    text += parsed(event)["choices"][0]["delta"]["content"].GetString();
  }
  BOOST_TEST(text == "echo: hello");
  BOOST_TEST(parsed(events.back())["usage"]["prompt_tokens"].GetInt() == 2);
}

BOOST_FIXTURE_TEST_CASE(openai_models_and_embeddings_are_answered, fixture) {
  const auto list = parsed(connection.get("/v1beta/openai/models", openai_key).body());
  BOOST_TEST(list["data"][0]["id"].GetString() == "models/gemini-3.6-flash");
  const auto vectors =
      post("/v1beta/openai/embeddings",
           R"({"model":"gemini-embedding-001","input":["a","b"],"dimensions":4})", openai_key);
  BOOST_TEST(vectors["data"][1]["embedding"].Size() == 4U);
  const auto base64 = post("/v1beta/openai/embeddings",
                           R"({"model":"gemini-embedding-001","input":"a","dimensions":3,
      "encoding_format":"base64"})",
                           openai_key);
  BOOST_TEST(base64["data"][0]["embedding"].GetStringLength() == 16U);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_body_is_the_clients_fault, fixture) {
  const auto status = [&](const std::string& body) {
    return connection.post(generate_target, body, first_key).result_int();
  };
  BOOST_TEST(status("{") == 400U);
  BOOST_TEST(status("[]") == 400U);
  BOOST_TEST(status(R"({"contents":[]})") == 400U);
  BOOST_TEST(connection.post("/v1beta/models/gemini-9:generateContent", say("x"), first_key)
                 .result_int() == 404U);
}

BOOST_AUTO_TEST_CASE(an_answer_can_be_given_a_size_and_a_stream_a_number_of_events) {
  scenario what;
  what.answer.size = 2'000;
  what.stream.events = 10;
  what.stream.event_size = 50;
  what.stream.timestamps = true;
  fixture played(what);
  BOOST_TEST(text_of(played.post(generate_target, say("x"))).size() == 2'000U);
  const response streamed = played.connection.post(stream_target, say("x"), first_key);
  const auto events = events_of(streamed.body(), "\r\n\r\n");
  BOOST_REQUIRE(events.size() == 10U);
  std::int64_t previous = 0;
  for (const std::string& event : events) {
    const std::string text = text_of(parsed(event));
    BOOST_REQUIRE(text.starts_with("t="));
    BOOST_TEST(text.size() >= 200U);
    const std::int64_t when = std::stoll(text.substr(2));
    BOOST_TEST(when > previous);
    previous = when;
  }
}

BOOST_AUTO_TEST_CASE(vertex_ai_answers_its_own_keys_with_errors_and_quotas_of_its_own) {
  constexpr const char* express = "/v1/publishers/google/models/gemini-3.6-flash:generateContent";
  const fields vertex_key = {{"x-goog-api-key", "express"}};
  scenario what;
  what.keys = {{"sandbox-key-1", "p"}, {"express", "p", api_service::vertex}};
  what.quotas.emplace_back().requests_per_minute = 1;
  fixture played(what);
  const auto answer = played.post(express, say("hi"), vertex_key);
  BOOST_TEST(text_of(answer) == "echo: hi");
  BOOST_TEST(answer["usageMetadata"]["trafficType"].GetString() == "ON_DEMAND");
  const auto plain = played.post(generate_target, say("hi"));
  BOOST_TEST(text_of(plain) == "echo: hi");
  BOOST_TEST(!plain["usageMetadata"].HasMember("trafficType"));

  const auto over = played.post(express, say("hi"), vertex_key);
  BOOST_TEST(over["error"]["code"].GetInt() == 429);
  BOOST_TEST(!over["error"].HasMember("details"));
  const auto blocked = played.post(express, say("hi"));
  BOOST_TEST(blocked["error"]["details"][0]["reason"].GetString() == "API_KEY_SERVICE_BLOCKED");
  BOOST_TEST(blocked["error"]["details"][0]["metadata"]["service"].GetString() ==
             "aiplatform.googleapis.com");
  BOOST_TEST(played.post(generate_target, say("hi"), vertex_key)["error"]["code"].GetInt() == 403);
}

BOOST_AUTO_TEST_SUITE_END()
