#include <gemkeeper/gemini/endpoint.hpp>

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>

using namespace gemkeeper::gemini;

namespace gemkeeper::gemini {

std::ostream& operator<<(std::ostream& out, api_family family) {
  return out << "family " << static_cast<int>(family);
}

std::ostream& operator<<(std::ostream& out, answer_form form) {
  return out << "form " << static_cast<int>(form);
}

}  // namespace gemkeeper::gemini

BOOST_AUTO_TEST_SUITE(endpoints)

BOOST_AUTO_TEST_CASE(every_documented_request_has_its_route) {
  struct {
    std::string_view method, target, route;
  } const cases[] = {
      {"POST", "/v1beta/models/m:generateContent", "generateContent"},
      {"POST", "/v1beta/models/m:streamGenerateContent?alt=sse", "streamGenerateContent"},
      {"POST", "/v1beta/models/m:countTokens", "countTokens"},
      {"POST", "/v1beta/models/m:embedContent", "embedContent"},
      {"POST", "/v1beta/models/m:batchEmbedContents", "batchEmbedContents"},
      {"POST", "/v1beta/models/m:batchGenerateContent", "batchGenerateContent"},
      {"POST", "/v1beta/models/m:asyncBatchEmbedContent", "asyncBatchEmbedContent"},
      {"POST", "/v1beta/models/m:predict", "predict"},
      {"POST", "/v1beta/models/m:predictLongRunning", "predictLongRunning"},
      {"GET", "/v1beta/models/m/operations/o", "operations.get"},
      {"GET", "/v1beta/models?pageSize=50", "models.list"},
      {"GET", "/v1beta/models/m", "models.get"},
      {"POST", "/v1beta/tunedModels/t:generateContent", "generateContent"},
      {"PATCH", "/v1beta/tunedModels/t?updateMask=displayName", "tunedModels.update"},
      {"GET", "/v1beta/tunedModels/t/operations", "operations.list"},
      {"POST", "/upload/v1beta/files", "files.upload"},
      {"POST", "/upload/v1beta/files?upload_id=u&upload_protocol=resumable", "files.upload"},
      {"PUT", "/upload/v1beta/files?upload_id=u", "files.upload"},
      {"POST", "/v1beta/files", "files.create"},
      {"POST", "/v1beta/files:register", "files.register"},
      {"GET", "/v1beta/files", "files.list"},
      {"GET", "/v1beta/files/f", "files.get"},
      {"DELETE", "/v1beta/files/f", "files.delete"},
      {"GET", "/v1beta/files/f:download?alt=media", "files.download"},
      {"POST", "/v1beta/cachedContents", "cachedContents.create"},
      {"PATCH", "/v1beta/cachedContents/c?updateMask=ttl", "cachedContents.update"},
      {"GET", "/v1beta/batches", "batches.list"},
      {"POST", "/v1beta/batches/b:cancel", "batches.cancel"},
      {"GET", "/v1beta/operations/o", "operations.get"},
      {"POST", "/v1beta/fileSearchStores", "fileSearchStores.create"},
      {"DELETE", "/v1beta/fileSearchStores/s?force=true", "fileSearchStores.delete"},
      {"POST", "/v1beta/fileSearchStores/s:importFile", "fileSearchStores.importFile"},
      {"GET", "/v1beta/fileSearchStores/s/documents/d", "fileSearchStores.documents.get"},
      {"GET", "/v1beta/fileSearchStores/s/upload/operations/o", "operations.get"},
      {"GET", "/v1beta/fileSearchStores/s/media/b?alt=media", "fileSearchStores.download"},
      {"POST", "/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore",
       "fileSearchStores.upload"},
      {"POST", "/v1alpha/auth_tokens", "authTokens.create"},
      {"POST", "/v1/interactions", "interactions.create"},
      {"GET", "/v1beta/interactions/i?stream=true", "interactions.get"},
      {"POST", "/v1beta/interactions/i/cancel", "interactions.cancel"},
      {"POST", "/v1beta/agents", "agents.create"},
      {"GET", "/v1beta/environments/e/files/src/main.c", "environments.files.get"},
      {"PUT", "/upload/v1beta/environments/e/files/src/main.c", "environments.files.upload"},
      {"POST", "/v1beta/triggers/t/executions", "triggers.executions.create"},
      {"POST", "/v1beta/webhooks/w:rotateSigningSecret", "webhooks.rotateSigningSecret"},
      {"GET", "/v1beta/credentials", "credentials.list"},
      {"GET", "/v1beta/voices/v", "voices.get"},
      {"POST", "/v1beta/openai/chat/completions", "openai.chat"},
      {"POST", "/v1beta/openai/embeddings", "openai.embeddings"},
      {"POST", "/v1beta/openai/images/generations", "openai.images"},
      {"GET", "/v1beta/openai/models", "openai.models.list"},
      {"GET", "/v1beta/openai/models/m", "openai.models.get"},
      {"POST", "/v1beta/openai/videos", "openai.videos"},
      {"POST", "/v1beta/openai/files", "openai.files.upload"},
      {"GET", "/v1beta/openai/files/files/f", "openai.files.get"},
      {"GET", "/v1beta/openai/files/files%2Ff/content", "openai.files.download"},
      {"DELETE", "/v1beta/openai/files/files", "openai.files.delete"},
      {"POST", "/v1beta/openai/batches/batches/b/cancel", "openai.batches.cancel"},
      {"POST", "/v1beta/openai/batches/b/cancel", "openai.batches.cancel"},
      {"GET", "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
       "live"},
      {"GET",
       "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained",
       "live.constrained"},
      {"GET", "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateMusic",
       "live.music"},
      {"GET", "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent", "live"},
      {"POST", "/v1/publishers/google/models/m:generateContent", "generateContent"},
      {"POST", "/v1beta1/publishers/google/models/m:streamGenerateContent?alt=sse",
       "streamGenerateContent"},
      {"POST", "/v1/publishers/google/models/m:countTokens", "countTokens"},
      {"GET", "/$discovery/rest?version=v1beta", "discovery"},
  };
  for (const auto& c : cases) {
    const endpoint found = classify(c.method, c.target);
    BOOST_TEST(found.route == c.route, c.target);
    BOOST_TEST(found.known, c.target);
  }
}

BOOST_AUTO_TEST_CASE(vertex_ai_is_told_by_its_paths_and_by_nothing_else) {
  using gemkeeper::pool::service;
  struct {
    std::string_view method, target;
    service of;
    bool names_project;
  } const cases[] = {
      {"POST", "/v1/publishers/google/models/m:generateContent", service::vertex, false},
      {"POST", "/v1beta1/publishers/google/models/m:countTokens", service::vertex, false},
      {"POST", "//v1//publishers/google/models/m%3AgenerateContent", service::vertex, false},
      {"GET", "/v1beta1/cachedContents", service::vertex, false},
      {"GET", "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent",
       service::vertex, false},
      {"GET", "//ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent", service::vertex,
       false},
      {"POST", "/v1/projects/p/locations/global/publishers/google/models/m:generateContent",
       service::vertex, true},
      {"GET", "/v1beta1/projects/p/locations/l/endpoints", service::vertex, true},
      {"POST", "/v1/models/publishers:generateContent", service::gemini, false},
      {"POST", "/v1beta/models/m:generateContent", service::gemini, false},
      {"POST", "/v1/publishers/other/models/m:generateContent", service::gemini, false},
      {"GET", "/v1beta/files/projects", service::gemini, false},
      {"POST", "/v1beta/openai/chat/completions", service::gemini, false},
      {"GET", "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
       service::gemini, false},
  };
  for (const auto& c : cases) {
    const endpoint found = classify(c.method, c.target);
    BOOST_TEST((found.service == c.of), c.target);
    BOOST_TEST(found.names_project == c.names_project, c.target);
  }
  BOOST_TEST(classify("POST", "/v1/publishers/google/models/m:generateContent").model == "m");
}

BOOST_AUTO_TEST_CASE(what_is_not_documented_is_unknown_and_passes) {
  struct {
    std::string_view method, target;
  } const cases[] = {
      {"GET", ""},
      {"GET", "/"},
      {"GET", "*"},
      {"GET", "?key=x"},
      {"POST", "/models/m:generateContent"},
      {"GET", "/v1beta"},
      {"GET", "/v1beta/"},
      {"GET", "/v1beta/nothing"},
      {"GET", "/v1beta/models/m:generateContent"},
      {"POST", "/v1beta/models/m:inventContent"},
      {"POST", "/v1beta/models:generateContent"},
      {"POST", "/v1beta/models/a/b:generateContent"},
      {"PUT", "/v1beta/files/f"},
      {"POST", "/upload/v1beta/models"},
      {"POST", "/upload"},
      {"POST", "/v1beta/openai"},
      {"POST", "/v1beta/openai/chat"},
      {"GET", "/ws"},
      {"GET", "/ws/google.ai.generativelanguage.v1beta.GenerativeService.Other"},
      {"POST", "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"},
      {"GET", "/ws/google.ai.generativelanguage."},
  };
  for (const auto& c : cases) {
    const endpoint found = classify(c.method, c.target);
    BOOST_TEST(!found.known, c.target);
    BOOST_TEST(found.route == "other", c.target);
    BOOST_TEST(!found.spends_quota, c.target);
  }
}

BOOST_AUTO_TEST_CASE(the_version_does_not_route) {
  for (const std::string_view version : {"v1", "v1beta", "v1alpha", "v2beta3"}) {
    const std::string target = "/" + std::string(version) + "/models/m:generateContent";
    const endpoint found = classify("POST", target);
    BOOST_TEST(found.route == "generateContent");
    BOOST_TEST(found.version == version);
  }
}

BOOST_AUTO_TEST_CASE(spellings_of_one_path_mean_the_same) {
  for (const std::string_view target : {
           "/v1beta/models/gemini-3.6-flash:generateContent",
           "//v1beta/models/gemini-3.6-flash:generateContent",
           "/v1beta//models/gemini-3.6-flash:generateContent",
           "/v1beta/models/gemini-3.6-flash%3AgenerateContent",
           "/v1beta/models/gemini-3.6-flash%3agenerateContent",
           "/v1beta/models/gemini-3.6-flash:generateContent/",
           "/v1beta/models/gemini-3.6-flash:generateContent?key=models/x:countTokens",
       }) {
    const endpoint found = classify("POST", target);
    BOOST_TEST(found.route == "generateContent", target);
    BOOST_TEST(found.model == "gemini-3.6-flash", target);
  }
  BOOST_TEST(
      classify(
          "GET",
          "//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k")
          .known);
}

BOOST_AUTO_TEST_CASE(the_model_and_the_resource_are_named) {
  struct {
    std::string_view method, target, model, resource;
  } const cases[] = {
      {"POST", "/v1beta/models/m:generateContent", "m", ""},
      {"POST", "/v1beta/models/m:inventContent", "m", ""},
      {"GET", "/v1beta/models/m", "m", ""},
      {"GET", "/v1beta/models", "", ""},
      {"GET", "/v1beta/models/m/operations/o", "m", "models/m/operations/o"},
      {"GET", "/v1beta/models/m/operations", "m", ""},
      {"POST", "/v1beta/tunedModels/t:generateContent", "tunedModels/t", "tunedModels/t"},
      {"GET", "/v1beta/tunedModels/t/operations/o", "tunedModels/t", "tunedModels/t"},
      {"GET", "/v1beta/openai/models/m", "m", ""},
      {"GET", "/v1beta/files/f:download?alt=media", "", "files/f"},
      {"GET", "/v1beta/files", "", ""},
      {"POST", "/upload/v1beta/files?upload_id=u", "", ""},
      {"PATCH", "/v1beta/cachedContents/c", "", "cachedContents/c"},
      {"POST", "/v1beta/batches/b:cancel", "", "batches/b"},
      {"GET", "/v1beta/fileSearchStores/s/documents/d", "", "fileSearchStores/s"},
      {"POST", "/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore", "",
       "fileSearchStores/s"},
      {"POST", "/v1beta/interactions/i/cancel", "", "interactions/i"},
      {"GET", "/v1beta/environments/e/files/a/b", "", "environments/e"},
      {"GET", "/v1beta/openai/batches/b", "", "batches/b"},
      {"GET", "/v1beta/openai/batches/batches/b", "", "batches/b"},
      {"GET", "/v1beta/openai/models/models/m", "m", ""},
      {"POST", "/v1beta/openai/chat/completions", "", ""},
  };
  for (const auto& c : cases) {
    const endpoint found = classify(c.method, c.target);
    BOOST_TEST(found.model == c.model, c.target);
    BOOST_TEST(found.resource == c.resource, c.target);
  }
}

BOOST_AUTO_TEST_CASE(the_family_follows_the_path) {
  struct {
    std::string_view target;
    api_family family;
  } const cases[] = {
      {"/v1beta/models/m:generateContent", api_family::native},
      {"/v1beta/unknown", api_family::native},
      {"/v1beta/openai/chat/completions", api_family::openai},
      {"/v1beta/openai/unknown", api_family::openai},
      {"/v1beta/interactions", api_family::interactions},
      {"/v1beta/agents/a", api_family::interactions},
      {"/v1beta/voices", api_family::interactions},
      {"/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
       api_family::live},
  };
  for (const auto& c : cases)
    BOOST_TEST(classify("POST", c.target).family == c.family, c.target);
}

BOOST_AUTO_TEST_CASE(the_query_and_the_verb_decide_the_form) {
  struct {
    std::string_view method, target;
    answer_form form;
  } const cases[] = {
      {"POST", "/v1beta/models/m:generateContent", answer_form::json},
      {"POST", "/v1beta/models/m:streamGenerateContent", answer_form::json_array},
      {"POST", "/v1beta/models/m:streamGenerateContent?key=k&alt=sse", answer_form::sse},
      {"POST", "/v1beta/models/m:streamGenerateContent?%24alt=sse", answer_form::sse},
      {"POST", "/v1beta/models/m:streamGenerateContent?alt=json", answer_form::json_array},
      {"POST", "/v1beta/models/m:streamGenerateContent?$alt=json;enum-encoding=int",
       answer_form::json_array},
      {"GET", "/v1beta/interactions/i?stream=true", answer_form::sse},
      {"GET", "/v1beta/interactions/i?stream=false", answer_form::json},
      {"GET", "/v1beta/files/f:download?alt=media", answer_form::opaque},
      {"GET", "/v1beta/fileSearchStores/s/media/b?alt=media", answer_form::opaque},
      {"POST", "/upload/v1beta/files", answer_form::opaque},
      {"GET", "/v1beta/openai/files/f/content", answer_form::opaque},
  };
  for (const auto& c : cases)
    BOOST_TEST(classify(c.method, c.target).form == c.form, c.target);
}

BOOST_AUTO_TEST_CASE(what_generates_spends_quota) {
  for (const std::string_view target : {
           "/v1beta/models/m:generateContent",
           "/v1beta/models/m:predictLongRunning",
           "/v1beta/models/m:batchEmbedContents",
           "/v1beta/interactions",
           "/v1beta/openai/chat/completions",
       }) {
    BOOST_TEST(classify("POST", target).spends_quota, target);
  }
  for (const std::string_view target : {
           "/v1beta/models/m:countTokens",
           "/v1beta/files",
           "/v1beta/cachedContents",
           "/v1beta/interactions/i/cancel",
           "/v1beta/openai/files",
       }) {
    BOOST_TEST(!classify("POST", target).spends_quota, target);
  }
}

BOOST_AUTO_TEST_CASE(a_model_in_the_body_is_announced) {
  BOOST_TEST(classify("POST", "/v1beta/interactions").model_in_body);
  BOOST_TEST(classify("POST", "/v1beta/openai/chat/completions").model_in_body);
  BOOST_TEST(!classify("POST", "/v1beta/models/m:generateContent").model_in_body);
  BOOST_TEST(!classify("GET", "/v1beta/openai/models").model_in_body);
}

BOOST_AUTO_TEST_CASE(uploads_are_recognised_whatever_they_upload) {
  BOOST_TEST(classify("POST", "/upload/v1beta/files").upload);
  BOOST_TEST(classify("PUT", "/upload/v1/something/new").upload);
  BOOST_TEST(classify("POST", "/v1beta/openai/files").upload);
  BOOST_TEST(!classify("POST", "/v1beta/files").upload);
}

BOOST_AUTO_TEST_CASE(what_the_usage_in_an_answer_is_of) {
  const struct {
    const char* method;
    const char* target;
    usage_of usage;
    bool results;
  } cases[] = {
      {"POST", "/v1beta/models/m:generateContent", usage_of::request, false},
      {"POST", "/v1beta/models/m:batchGenerateContent", usage_of::request, false},
      {"POST", "/v1beta/cachedContents", usage_of::request, false},
      {"GET", "/v1beta/cachedContents/c", usage_of::nothing, false},
      {"PATCH", "/v1beta/cachedContents/c", usage_of::nothing, false},
      {"GET", "/v1beta/batches/b", usage_of::earlier, true},
      {"GET", "/v1beta/batches", usage_of::request, false},
      {"GET", "/v1beta/files/f:download?alt=media", usage_of::earlier, true},
      {"GET", "/v1beta/openai/files/f/content", usage_of::earlier, true},
      {"GET", "/v1beta/openai/batches/b", usage_of::nothing, false},
      {"POST", "/v1beta/interactions", usage_of::earlier, false},
      {"GET", "/v1beta/interactions/v1_x", usage_of::earlier, false},
      {"POST", "/v1beta/interactions/v1_x/cancel", usage_of::earlier, false},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.method << ' ' << c.target) {
      const endpoint found = classify(c.method, c.target);
      BOOST_TEST((found.usage == c.usage));
      BOOST_TEST(found.results == c.results);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_one_request_may_use_together_is_made_together) {
  for (const char* target : {"/upload/v1beta/files", "/v1beta/files", "/v1beta/cachedContents",
                             "/v1beta/fileSearchStores", "/v1beta/openai/files"})
    BOOST_TEST(classify("POST", target).makes_material, target);
  for (const char* target : {"/v1beta/models/m:generateContent", "/v1beta/interactions",
                             "/v1beta/models/m:batchGenerateContent"})
    BOOST_TEST(!classify("POST", target).makes_material, target);
  BOOST_TEST(!classify("GET", "/v1beta/files").makes_material);
  BOOST_TEST(classify("POST", "/v1beta/cachedContents").model_in_body);
}

BOOST_AUTO_TEST_SUITE_END()
