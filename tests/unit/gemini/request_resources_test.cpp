// Every place of a request's body where the API expects a resource's name, and those where not.
#include "pieces.hpp"
#include "resource_list.hpp"
#include <gemkeeper/gemini/request_body.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::gemini;
using gemkeeper::test::every_cut;
using gemkeeper::test::feed;
using gemkeeper::test::list;

namespace {

struct found {
  std::string_view body, names;
};

// However the body is cut.
void check(const found& expected) {
  request_scanner scanner;
  for (const auto& cut : every_cut(expected.body)) {
    scanner.reset(body_facts::resources);
    feed(scanner, cut);
    if (list(scanner.resources()) == expected.names) continue;
    BOOST_TEST_CONTEXT(expected.body << ", first piece of " << cut.front().size() << " bytes") {
      BOOST_TEST(list(scanner.resources()) == expected.names);
    }
    return;
  }
  BOOST_TEST(true);
}

#define FILES_AT_GOOGLE "https://generativelanguage.googleapis.com/v1beta/files/"

}  // namespace

BOOST_AUTO_TEST_SUITE(request_resources)

BOOST_AUTO_TEST_CASE(resources_are_found_wherever_a_name_may_stand) {
  const found cases[] = {
      // generateContent, countTokens, caches
      {R"({"contents":[{"parts":[{"fileData":{"mimeType":"a/b","fileUri":")" FILES_AT_GOOGLE
       R"(abc"}},{"text":"hi"}]}]})",
       "files/abc"},
      {R"({"contents":[{"parts":[{"file_data":{"file_uri":")" FILES_AT_GOOGLE R"(abc"}}]}]})",
       "files/abc"},
      {R"({"contents":{"parts":{"fileData":{"fileUri":"files/abc"}}}})", "files/abc"},
      {R"({"systemInstruction":{"parts":[{"fileData":{"fileUri":"files/s"}}]}})", "files/s"},
      {R"({"cachedContent":"cachedContents/c","contents":[]})", "cachedContents/c"},
      {R"({"cached_content":"cachedContents/c"})", "cachedContents/c"},
      {R"({"generateContentRequest":{"model":"models/m","cachedContent":"cachedContents/c"}})",
       "cachedContents/c"},
      {R"({"model":"tunedModels/t","contents":[]})", "tunedModels/t"},
      {R"({"requests":[{"model":"models/m"},{"model":"tunedModels/t"}]})", "tunedModels/t"},
      {R"({"contents":[{"parts":[{"functionResponse":{"name":"f","response":{},"parts":[)"
       R"({"fileData":{"fileUri":"files/r"}}]}}]}]})",
       "files/r"},
      // tools
      {R"({"tools":[{"fileSearch":{"fileSearchStoreNames":["fileSearchStores/a",)"
       R"("fileSearchStores/b"],"topK":3}}]})",
       "fileSearchStores/a fileSearchStores/b"},
      {R"({"tools":[{"type":"file_search","file_search_store_names":["fileSearchStores/a"]}]})",
       "fileSearchStores/a"},
      {R"({"tools":[{"fileSearch":{"fileSearchStoreNames":"fileSearchStores/a"}}]})",
       "fileSearchStores/a"},
      // batches, imports
      {R"({"batch":{"displayName":"files/no","inputConfig":{"fileName":"files/in"}}})", "files/in"},
      {R"({"batch":{"input_config":{"file_name":"files/in"}}})", "files/in"},
      {R"({"batch":{"inputConfig":{"requests":{"requests":[{"request":{"contents":[{"parts":)"
       R"([{"fileData":{"fileUri":"files/i"}}]}]},"metadata":{"fileUri":"files/no"}}]}}}})",
       "files/i"},
      {R"({"fileName":"files/doc","customMetadata":[{"key":"k","stringValue":"files/no"}]})",
       "files/doc"},
      // OpenAI-compatible
      {R"({"input_file_id":"files/in","endpoint":"/v1/chat/completions"})", "files/in"},
      {R"({"input_file_id":"abc"})", "files/abc"},
      {R"({"messages":[{"content":[{"type":"file","file":{"file_id":"files/f"}}]}]})", "files/f"},
      {R"({"file_ids":["files/f","g"]})", "files/f files/g"},
      // Interactions
      {R"({"model":"m","previous_interaction_id":"v1_X","input":"hi"})", "interactions/v1_X"},
      {R"({"previousInteractionId":"interactions/v1_X"})", "interactions/v1_X"},
      {R"({"input":[{"type":"document","uri":")" FILES_AT_GOOGLE R"(d","mime_type":"a/b"}]})",
       "files/d"},
      {R"({"input":{"type":"image","uri":"files/i"}})", "files/i"},
      {R"({"agent":"agents/a","environment":"environments/e"})", "agents/a environments/e"},
      {R"({"agent":"deep-research-pro-preview-12-2025"})", ""},
      // Veo
      {R"({"instances":[{"prompt":"p","video":{"uri":")" FILES_AT_GOOGLE
       R"(v:download?alt=media"}}],"parameters":{"uri":"files/no"}})",
       "files/v"},
      // Live
      {R"({"setup":{"model":"models/m","sessionResumption":{"handle":"Ab-c"}}})", "sessions/Ab-c"},
      {R"({"setup":{"session_resumption":{"transparent":true,"handle":"h"}}})", "sessions/h"},
      // several, twice, escaped
      {R"({"cachedContent":"cachedContents/c","contents":[{"parts":[{"fileData":{"fileUri":)"
       R"("files/a"}},{"fileData":{"fileUri":"files/b"}},{"fileData":{"fileUri":"files/a"}}]}]})",
       "cachedContents/c files/a files/b"},
      {R"({"file\u0055ri":"\u0066iles\/a\u0062c"})", "files/abc"},
      {R"({"fileUri":"https:\/\/generativelanguage.googleapis.com\/v1beta\/files\/abc"})",
       "files/abc"},
      {"{\r\n\t\"fileUri\" :\t\"files/abc\"\n}", "files/abc"},
      // a body that ends too early
      {R"({"fileUri":"files/abc","x)", "files/abc"},
  };
  for (const found& one : cases)
    check(one);
}

BOOST_AUTO_TEST_CASE(text_that_speaks_of_a_resource_is_none) {
  const found cases[] = {
      {R"({"contents":[{"parts":[{"text":"files/abc"}]}]})", ""},
      {R"({"contents":[{"parts":[{"text":"{\"fileUri\": \"files/abc\"}"}]}]})", ""},
      {R"({"contents":[{"parts":[{"text":"\\","x":"\"fileUri\":\"files/abc\""}]}]})", ""},
      {R"({"contents":[{"parts":[{"functionCall":{"args":{"fileUri":"files/abc"}}}]}]})", ""},
      {R"({"contents":[{"parts":[{"functionResponse":{"response":{"a":[{"uri":"files/a"}]}}}]}]})",
       ""},
      {R"({"tools":[{"functionDeclarations":[{"parameters":{"properties":{"fileUri":)"
       R"({"type":"STRING","enum":["files/a"]}}}}]}]})",
       ""},
      {R"({"generationConfig":{"responseSchema":{"example":{"fileUri":"files/a"}}}})", ""},
      {R"({"labels":{"fileUri":"files/a"},"metadata":{"file_id":"files/a"}})", ""},
      {R"({"fileUri":"https://example.com/v1beta/files/abc"})", ""},
      {R"({"fileUri":"https://www.youtube.com/watch?v=files"})", ""},
      {R"({"fileUri":"gs://bucket/files/abc","uri":"data:files/abc"})", ""},
      {R"({"name":"files/abc","handle":"h","displayName":"files/abc"})", ""},
      {R"({"fileUri":{"x":"files/abc"},"fileIds":[["files/a"],{"x":"files/b"}]})", ""},
      {R"({"fileUri":null,"cachedContent":7,"fileIds":[true]})", ""},
      {R"(["fileUri","files/abc"])", ""},
      {R"("fileUri")", ""},
      {R"({"fileUri":"files/abc)", ""},
      {R"({"fileUri" "x" "files/abc"})", ""},
      {"", ""},
      {"--boundary\r\n\r\n{\"fileUri\":\"files/abc\"}", ""},
      {"{{{{[[[[]]]]}}}}:::,,,", ""},
  };
  for (const found& one : cases)
    check(one);
}

BOOST_AUTO_TEST_CASE(routing_is_told_by_the_same_pass) {
  constexpr std::string_view body =
      R"({"input":[{"type":"image","uri":"files/i","model":"no"}],"stream":true,)"
      R"("model":"models/m","previous_interaction_id":"v1_X"})";
  request_scanner scanner;
  for (const auto& cut : every_cut(body)) {
    scanner.reset(body_facts::resources);
    feed(scanner, cut);
    BOOST_TEST(scanner.model() == "m");
    BOOST_TEST(scanner.stream());
    BOOST_TEST(scanner.done());
    BOOST_TEST(list(scanner.resources()) == "files/i interactions/v1_X");
  }
  scanner.reset(body_facts::routing);
  scanner.feed(body);
  BOOST_TEST(scanner.model() == "m");
  BOOST_TEST(scanner.resources().empty());
}

BOOST_AUTO_TEST_CASE(nesting_is_followed_down_to_a_level_and_costs_no_stack_beyond) {
  const auto nested = [](std::size_t levels) {
    std::string body = "{";
    for (std::size_t i = 1; i < levels; ++i)
      body += R"("a":{)";
    return body + R"("fileUri":"files/deep")" + std::string(levels, '}');
  };
  request_scanner scanner;
  scanner.reset(body_facts::resources);
  scanner.feed(nested(json_scanner::max_depth));
  BOOST_TEST(list(scanner.resources()) == "files/deep");
  for (const std::size_t levels : {json_scanner::max_depth + 1, 200'000U}) {
    scanner.reset(body_facts::resources);
    scanner.feed(nested(levels));
    BOOST_TEST(list(scanner.resources()).empty());
    BOOST_TEST(scanner.done());
  }
}

BOOST_AUTO_TEST_CASE(long_ids_are_found_and_too_long_ones_are_none) {
  request_scanner scanner;
  for (const std::size_t length : {90U, 200U, 320U, 321U, 600U, 100'000U}) {
    const std::string id(length, 'i');
    const std::string body = R"({"previous_interaction_id":")" + id + R"("})";
    for (const std::size_t cut : {body.size(), body.size() / 2}) {
      scanner.reset(body_facts::resources);
      scanner.feed(std::string_view(body).substr(0, cut));
      scanner.feed(std::string_view(body).substr(cut));
      BOOST_TEST(list(scanner.resources()) == (length <= 320 ? "interactions/" + id : ""));
    }
  }
}

BOOST_AUTO_TEST_CASE(many_resources_are_bounded) {
  std::string body = R"({"fileIds":[)";
  for (int i = 0; i < 10'000; ++i)
    body += "\"f" + std::to_string(i) + "\",";
  body += "\"last\"]}";
  request_scanner scanner;
  scanner.reset(body_facts::resources);
  scanner.feed(body);
  BOOST_TEST(scanner.resources().size() == resource_set::max_names);
  BOOST_TEST(scanner.resources().overflowed());
  BOOST_TEST(scanner.done());
}

BOOST_AUTO_TEST_SUITE_END()
