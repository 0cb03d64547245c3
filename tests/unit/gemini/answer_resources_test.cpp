// Every answer that makes or names a resource, and those that must teach nothing.
#include "pieces.hpp"
#include <gemkeeper/gemini/answer_resources.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>

using namespace gemkeeper::gemini;
using namespace std::chrono_literals;
using gemkeeper::pool::tier;
using gemkeeper::pool::time_point;
using gemkeeper::test::every_cut;
using gemkeeper::test::feed;

namespace {

constexpr time_point noon = std::chrono::sys_days(std::chrono::November / 24 / 2026) + 12h;

// "files/a+48 files/b": with the hours from noon to its end, where told; each once.
std::string names(const std::vector<learned_resource>& all) {
  std::string text;
  for (const learned_resource& one : all) {
    std::string item = one.name;
    if (one.expires) item += "+" + std::to_string((*one.expires - noon) / 1h);
    if ((" " + text + " ").find(" " + item + " ") != std::string::npos) continue;
    if (!text.empty()) text += ' ';
    text += item;
  }
  return text;
}

struct answer {
  std::string_view method, target;
  std::string body, names;
};

void check(const answer& expected) {
  const endpoint asked = classify(expected.method, expected.target);
  BOOST_TEST_CONTEXT(expected.method << " " << expected.target << ": " << expected.body) {
    BOOST_TEST((lesson_of(asked) == lesson::names));
    answer_resources reader;
    for (const auto& cut : every_cut(expected.body)) {
      reader.reset(asked);
      feed(reader, cut);
      reader.finish();
      const std::string got = names(reader.take());
      if (got == expected.names) continue;
      BOOST_TEST_CONTEXT("first piece of " << cut.front().size()) {
        BOOST_TEST(got == expected.names);
      }
      return;
    }
  }
}

#define AT_GOOGLE "https://generativelanguage.googleapis.com/v1beta/"
#define FILE_A                                                                         \
  R"({"name":"files/a","displayName":"files/no","createTime":"2026-11-24T00:00:00Z",)" \
  R"("expirationTime":"2026-11-26T12:00:00.000000Z","uri":")" AT_GOOGLE R"(files/a",)" \
  R"("state":"ACTIVE"})"

}  // namespace

BOOST_AUTO_TEST_SUITE(answers_name_resources)

BOOST_AUTO_TEST_CASE(each_answer_that_makes_or_names_a_resource_is_understood) {
  const answer cases[] = {
      {"POST", "/upload/v1beta/files?upload_id=u", R"({"file":)" FILE_A "}", "files/a+48"},
      {"GET", "/v1beta/files/a", FILE_A, "files/a+48"},
      {"GET", "/v1/files?pageSize=2",
       R"({"files":[)" FILE_A R"(,{"name":"files/b"}],)"
       R"("nextPageToken":"files/no"})",
       "files/a+48 files/b"},
      {"POST", "/v1beta/cachedContents",
       R"({"name":"cachedContents/c","model":"models/m","expireTime":"2026-11-24T15:00:00+01:00",)"
       R"("contents":[{"parts":[{"fileData":{"fileUri":"files/no"}}]}]})",
       "cachedContents/c+2"},
      {"PATCH", "/v1beta/cachedContents/c?updateMask=ttl", R"({"name":"cachedContents/c"})",
       "cachedContents/c"},
      {"GET", "/v1beta/tunedModels", R"({"tunedModels":[{"name":"tunedModels/t"}]})",
       "tunedModels/t"},
      {"POST", "/v1beta/models/m:batchGenerateContent",
       R"({"name":"batches/b","metadata":{"@type":"x","name":"batches/b","state":"BATCH_STATE_X",)"
       R"("inputConfig":{"fileName":"files/in"}}})",
       "files/in batches/b"},
      {"GET", "/v1beta/batches/b",
       R"({"name":"batches/b","metadata":{"output":{"responsesFile":"files/out"}},"done":true,)"
       R"("response":{"responsesFile":"files/out"}})",
       "files/out batches/b"},
      {"GET", "/v1beta/batches", R"({"operations":[{"name":"batches/b"},{"name":"batches/c"}]})",
       "batches/b batches/c"},
      {"GET", "/v1beta/batches/b",
       R"({"name":"batches/b","response":{"inlinedResponses":{"inlinedResponses":[)"
       R"({"metadata":{"name":"files/no"},"response":{"candidates":[{"name":"files/no"}]}}]}}})",
       "batches/b"},
      {"POST", "/v1beta/models/veo-3.1:predictLongRunning",
       R"({"name":"models/veo-3.1/operations/o"})", "models/veo-3.1/operations/o"},
      {"GET", "/v1beta/models/veo-3.1/operations/o",
       R"({"name":"models/veo-3.1/operations/o","done":true,"response":{"generateVideoResponse":)"
       R"({"generatedSamples":[{"video":{"uri":")" AT_GOOGLE R"(files/v:download?alt=media"}}]}}})",
       "files/v models/veo-3.1/operations/o"},
      {"POST", "/v1beta/fileSearchStores", R"({"name":"fileSearchStores/s"})",
       "fileSearchStores/s"},
      {"GET", "/v1beta/fileSearchStores/s/documents",
       R"({"documents":[{"name":"fileSearchStores/s/documents/d"}]})", "fileSearchStores/s"},
      {"POST", "/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore",
       R"({"name":"fileSearchStores/s/upload/operations/o"})", "fileSearchStores/s"},
      {"POST", "/v1alpha/auth_tokens",
       R"({"name":"auth_tokens/0a1b","expireTime":"2026-11-24T13:00:00Z"})", "auth_tokens/0a1b+1"},
      {"POST", "/v1beta/interactions",
       R"({"id":"v1_X","object":"interaction","steps":[{"id":"call_1","name":"f"}],"usage":{}})",
       "interactions/v1_X"},
      {"GET", "/v1beta/interactions/v1_X?stream=true",
       "event: interaction.created\r\n"
       R"(data: {"event_type":"interaction.created","event_id":"e1","interaction":{"id":"v1_X"}})"
       "\r\n\r\n"
       R"(data: {"event_type":"step.start","step":{"id":"call_1"},"id":"v1_X"})"
       "\n\ndata: [DONE]\n\n",
       "interactions/v1_X"},
      {"POST", "/v1beta/agents", R"({"id":"a1","name":"my agent"})", "agents/a1"},
      {"POST", "/v1beta/openai/files",
       R"({"id":"files/f","object":"file","expires_at":1795536000})", "files/f+4"},
      {"GET", "/v1beta/openai/files",
       R"({"object":"list","data":[{"id":"files/f"},{"id":"g"}],"has_more":false})",
       "files/f files/g"},
      {"POST", "/v1beta/openai/batches",
       R"({"id":"batches/b","input_file_id":"files/in","output_file_id":"files/out",)"
       R"("error_file_id":null})",
       "batches/b files/in files/out"},
      {"GET", "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
       R"({"sessionResumptionUpdate":{"newHandle":"H-1","resumable":true}})", "sessions/H-1"},
      {"GET", "/v1beta/files/a", R"({"n\u0061me":"files\/a"})", "files/a"},
      {"GET", "/v1beta/files/a", R"({"name":"files/a","expirationTime":"soon)", "files/a"},
      {"GET", "/v1beta/files/a", "", ""},
      {"GET", "/v1beta/files/a", R"("files/a")", ""},
      {"GET", "/v1beta/files/a", "<html>files/a</html>", ""},
      {"GET", "/v1beta/files", "{}", ""},
  };
  for (const answer& one : cases)
    check(one);
}

BOOST_AUTO_TEST_CASE(what_cannot_make_a_resource_is_not_read) {
  const struct {
    std::string_view method, target;
    lesson taught;
  } cases[] = {
      {"POST", "/v1beta/models/m:generateContent", lesson::nothing},
      {"POST", "/v1beta/models/m:streamGenerateContent?alt=sse", lesson::nothing},
      {"POST", "/v1beta/models/m:embedContent", lesson::nothing},
      {"POST", "/v1beta/models/m:countTokens", lesson::nothing},
      {"GET", "/v1beta/models", lesson::nothing},
      {"GET", "/v1beta/files/a:download?alt=media", lesson::nothing},
      {"POST", "/v1beta/openai/chat/completions", lesson::nothing},
      {"GET", "/v1beta/openai/files/f/content", lesson::nothing},
      {"GET", "/v1beta/unheard/of", lesson::nothing},
      {"DELETE", "/v1beta/files/a", lesson::deletion},
      {"DELETE", "/v1beta/fileSearchStores/s?force=true", lesson::deletion},
      {"DELETE", "/v1beta/fileSearchStores/s/documents/d", lesson::nothing},
      {"DELETE", "/v1beta/interactions/v1_X", lesson::deletion},
      {"DELETE", "/v1beta/openai/files/f", lesson::deletion},
  };
  for (const auto& [method, target, taught] : cases) {
    BOOST_TEST_CONTEXT(method << " " << target) {
      BOOST_TEST((lesson_of(classify(method, target)) == taught));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_upload_is_named_by_the_address_for_its_bytes) {
  resource_set set;
  set.add_target(
      "https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id=AB-c_1&"
      "upload_protocol=resumable");
  BOOST_REQUIRE(set.size() == 1U);
  BOOST_TEST(set[0] == "uploads/AB-c_1");
}

BOOST_AUTO_TEST_CASE(times_are_read_as_google_writes_them) {
  const struct {
    std::string_view text;
    std::optional<std::chrono::seconds> after_noon;
  } cases[] = {
      {"2026-11-24T12:00:00Z", 0s},
      {"2026-11-24T12:00:01.999999999Z", 1s},
      {"2026-11-24t13:00:00.5+01:00", 0s},
      {"2026-11-24T07:30:00-04:30", 0s},
      {"2026-11-25T12:00:00z", 24h},
      {"2026-11-24T12:00:00", {}},
      {"2026-11-24T12:00:00.Z", {}},
      {"2026-13-24T12:00:00Z", {}},
      {"2026-02-30T12:00:00Z", {}},
      {"2026-11-24T24:00:00Z", {}},
      {"2026-11-24T12:00:00+1:00", {}},
      {"9999-11-24T12:00:00Z", {}},
      {"0001-01-01T00:00:00Z", {}},
      {"2026-11-24T12:00:00Z ", {}},
      {"", {}},
      {"soon", {}},
  };
  for (const auto& [text, after] : cases) {
    BOOST_TEST_CONTEXT(text) {
      const auto at = parse_timestamp(text);
      BOOST_REQUIRE(at.has_value() == after.has_value());
      if (at) BOOST_TEST((*at == noon + *after));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_google_does_not_tell_ends_as_it_documents) {
  const struct {
    std::string_view name;
    std::chrono::minutes lasts;
  } cases[] = {
      {"files/a", 48h},
      {"cachedContents/c", 1h},
      {"batches/b", 48h},
      {"operations/o", 48h},
      {"models/m/operations/o", 48h},
      {"interactions/i", 1320h},
      {"auth_tokens/t", 30min},
      {"sessions/h", 2h},
      {"environments/e", 168h},
  };
  for (const auto& [name, lasts] : cases) {
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST((expiry_of({std::string(name)}, tier::unknown, noon) == noon + lasts));
      BOOST_TEST((expiry_of({std::string(name), noon + 5min}, tier::free, noon) == noon + 5min));
    }
  }
  BOOST_TEST((expiry_of({"interactions/i"}, tier::free, noon) == noon + 24h));
  for (const char* name : {"fileSearchStores/s", "tunedModels/t", "agents/a", "webhooks/w"})
    BOOST_TEST((expiry_of({name}, tier::paid, noon) == time_point::max()));
}

BOOST_AUTO_TEST_CASE(a_long_list_waits_in_bounded_memory) {
  std::string body = R"({"files":[)";
  for (int i = 0; i < 5'000; ++i)
    body += R"({"name":"files/f)" + std::to_string(i) + R"("},)";
  body += "{}]}";
  answer_resources reader;
  reader.reset(classify("GET", "/v1beta/files"));
  reader.feed(body);
  BOOST_TEST(reader.take().size() == answer_resources::max_pending);
  reader.reset(classify("GET", "/v1beta/files"));
  std::size_t taken = 0;
  for (std::size_t at = 0; at < body.size(); at += 4096) {
    reader.feed(std::string_view(body).substr(at, 4096));
    taken += reader.take().size();
  }
  BOOST_TEST(taken == 5'000U);
}

BOOST_AUTO_TEST_SUITE_END()
