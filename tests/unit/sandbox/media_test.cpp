// Images, speech and videos in the shapes of Google's endpoints.
#include "client.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <chrono>
#include <thread>

using namespace gemkeeper::sandbox;
using namespace gemkeeper::sandbox::test;

namespace {

rapidjson::Document parsed(std::string_view text) {
  rapidjson::Document document;
  document.Parse(text.data(), text.size());
  BOOST_REQUIRE_MESSAGE(!document.HasParseError(), text);
  return document;
}

struct fixture {
  rapidjson::Document post(const std::string& target, const std::string& body,
                           const fields& headers = first_key) {
    return parsed(connection.post(target, body, headers).body());
  }
  rapidjson::Document get(const std::string& target, const fields& headers = first_key) {
    return parsed(connection.get(target, headers).body());
  }

  server sandbox{scenario{}};
  client connection{sandbox.listen("127.0.0.1:0", transport::plain)};
};

std::string ask_as(std::string_view modality) {
  return R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseModalities":[")" +
         std::string(modality) + R"("]}})";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(media)

BOOST_FIXTURE_TEST_CASE(a_modality_that_is_asked_for_is_answered_inline, fixture) {
  for (const auto& [modality, type] :
       {std::pair("AUDIO", "audio/L16;codec=pcm;rate=24000"), std::pair("IMAGE", "image/png")}) {
    const auto answer = post(generate_target, ask_as(modality));
    const auto& data = answer["candidates"][0]["content"]["parts"][0]["inlineData"];
    BOOST_TEST(data["mimeType"].GetString() == type);
    BOOST_TEST(data["data"].GetStringLength() > 0U);
    const auto& detail = answer["usageMetadata"]["candidatesTokensDetails"][0];
    BOOST_TEST(detail["modality"].GetString() == modality);
    BOOST_TEST(detail["tokenCount"].GetInt() > 0);
  }
}

BOOST_FIXTURE_TEST_CASE(fields_may_be_spelt_in_snake_case, fixture) {
  const auto answer = post(generate_target, R"({"contents":[{"parts":[{"text":"x"}]}],
      "generation_config":{"thinking_config":{"include_thoughts":true,"thinking_budget":9}}})");
  BOOST_TEST(answer["candidates"][0]["content"]["parts"][0]["thought"].GetBool());
}

BOOST_FIXTURE_TEST_CASE(imagen_predicts_as_many_images_as_are_wanted, fixture) {
  const auto answer = post("/v1beta/models/imagen-4.0-generate-001:predict",
                           R"({"instances":[{"prompt":"x"}],"parameters":{"sampleCount":3}})");
  BOOST_TEST(answer["predictions"].Size() == 3U);
  BOOST_TEST(answer["predictions"][0]["mimeType"].GetString() == "image/png");
  const fields openai_key = {{"Authorization", "Bearer sandbox-key-1"}};
  const auto compatible = post("/v1beta/openai/images/generations",
                               R"({"model":"imagen-4.0-generate-001","prompt":"x"})", openai_key);
  BOOST_TEST(compatible["data"].Size() == 1U);
  BOOST_TEST(
      connection.post("/v1beta/models/gemini-2.5-pro:predict", "{}", first_key).result_int() ==
      404);
  BOOST_TEST(
      connection.post("/v1beta/models/imagen-4.0-generate-001:generateContent", say("x"), first_key)
          .result_int() == 404);
}

BOOST_FIXTURE_TEST_CASE(a_video_is_an_operation_of_its_project, fixture) {
  const auto begun = post("/v1beta/models/veo-3.1-generate-preview:predictLongRunning",
                          R"({"instances":[{"prompt":"x"}]})");
  const std::string name = begun["name"].GetString();
  BOOST_TEST(name.starts_with("models/veo-3.1-generate-preview/operations/"));

  rapidjson::Document now = get("/v1beta/" + name);
  for (int n = 0; n < 100 && !now.HasMember("done"); ++n) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    now = get("/v1beta/" + name);
  }
  BOOST_REQUIRE(now.HasMember("done"));
  const auto& samples = now["response"]["generateVideoResponse"]["generatedSamples"];
  const std::string uri = samples[0]["video"]["uri"].GetString();
  const std::string origin = "https://generativelanguage.googleapis.com";
  const std::string path = "/v1beta/files/";
  BOOST_TEST(uri.starts_with(origin + path));
  // As SDKs look for it.
  const std::string id = uri.substr(origin.size() + path.size());
  BOOST_TEST(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == id.find(':'));
  BOOST_TEST(connection.get(uri.substr(origin.size()), first_key).body() ==
             "a video of the sandbox");

  const fields another = {{"x-goog-api-key", "sandbox-key-2"}};
  BOOST_TEST(connection.get("/v1beta/" + name, another).result_int() == 403);
  BOOST_TEST(connection.get("/v1beta/" + name + "x", first_key).result_int() == 403);
}

BOOST_FIXTURE_TEST_CASE(a_file_may_come_with_its_metadata_in_one_body, fixture) {
  const std::string body =
      "--b\r\nContent-Type: application/json\r\n\r\n{\"file\":{\"displayName\":\"d\"}}\r\n"
      "--b\r\ncontent-type: text/plain\r\n\r\none\r\n--two\r\n--b--";
  const fields headers = {{"x-goog-api-key", "sandbox-key-1"},
                          {"Content-Type", "multipart/related; boundary=b"},
                          {"X-Goog-Upload-Protocol", "multipart"}};
  const auto made = post("/upload/v1beta/files", body, headers);
  BOOST_TEST(made["file"]["displayName"].GetString() == "d");
  BOOST_TEST(made["file"]["mimeType"].GetString() == "text/plain");
  const std::string name = made["file"]["name"].GetString();
  BOOST_TEST(connection.get("/v1beta/" + name + ":download?alt=media", first_key).body() ==
             "one\r\n--two");
  for (const char* broken : {"--b\r\n\r\n{}\r\n--b--", "--b\r\n\r\n{}", "x", "--b"}) {
    BOOST_TEST(connection.post("/upload/v1beta/files", broken, headers).result_int() == 400);
  }
}

BOOST_FIXTURE_TEST_CASE(a_batch_tells_its_results_where_sdks_look, fixture) {
  const auto begun = post(
      "/v1beta/models/gemini-3.6-flash:batchGenerateContent",
      R"({"batch":{"inputConfig":{"requests":{"requests":[{"request":)" + say("one") + "}]}}}}");
  BOOST_TEST(!begun["metadata"].HasMember("output"));
  const auto done = get("/v1beta/" + std::string(begun["name"].GetString()));
  BOOST_TEST(done["metadata"]["output"]["inlinedResponses"]["inlinedResponses"].Size() == 1U);
  BOOST_TEST((done["metadata"]["output"] == done["response"]));
}

BOOST_AUTO_TEST_SUITE_END()
