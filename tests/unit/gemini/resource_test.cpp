#include "resource_list.hpp"
#include <gemkeeper/gemini/resource.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper::gemini;
using gemkeeper::test::list;

namespace {

std::string canonical(std::string_view text) {
  std::string out = "kept ";
  const resource_kind what = append_resource(out, text);
  BOOST_TEST(out.starts_with("kept "));
  out.erase(0, 5);
  BOOST_TEST((kind_of(out) == what));
  return out;
}

std::string of_target(std::string_view target) {
  resource_set set;
  set.add_target(target);
  return list(set);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resources)

BOOST_AUTO_TEST_CASE(a_resource_has_one_name_however_it_is_written) {
  const struct {
    std::string_view text, name;
  } cases[] = {
      {"files/abc", "files/abc"},
      {"/files/abc", "files/abc"},
      {"https://generativelanguage.googleapis.com/v1beta/files/abc", "files/abc"},
      {"HTTPS://GenerativeLanguage.googleapis.com:443//v1/files/abc:download?alt=media",
       "files/abc"},
      {"http://generativelanguage.googleapis.com/v1alpha/files/abc#x", "files/abc"},
      {"v1beta/openai/files/files/abc/content", "files/abc"},
      {"v1beta/openai/files/files%2Fabc", "files/abc"},
      {"v1beta/openai/videos/models%2Fveo%2Foperations%2Fo", "models/veo/operations/o"},
      {"generatedFiles/g:download", "generatedFiles/g"},
      {"cachedContents/c", "cachedContents/c"},
      {"tunedModels/t/operations/o", "tunedModels/t"},
      {"models/veo-3.1/operations/o", "models/veo-3.1/operations/o"},
      {"operations/o", "operations/o"},
      {"batches/b:cancel", "batches/b"},
      {"batches/b%3Acancel", "batches/b"},
      {"fileSearchStores/s/documents/d", "fileSearchStores/s"},
      {"fileSearchStores/s/upload/operations/o", "fileSearchStores/s"},
      {"/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore", "fileSearchStores/s"},
      {"/v1beta/interactions/v1_Chd-_A%3D%3D/cancel", "interactions/v1_Chd-_A=="},
      {"auth_tokens/0a1b", "auth_tokens/0a1b"},
      {"environments/e/files/a/b.txt", "environments/e"},
      {"files/%61bc", "files/abc"},
      // none
      {"", ""},
      {"files", ""},
      {"files/", ""},
      {"files/:download", ""},
      {"files/a%2Fb", ""},
      {"files/a%20b", ""},
      {"files/a b", ""},
      {"files/%25252F", ""},
      {"models/gemini-3.6-flash", ""},
      {"models/m/operations", ""},
      {"models/m/operations/", ""},
      {"models/", ""},
      {"documents/d", ""},
      {"abc", ""},
      {"https://example.com/v1beta/files/abc", ""},
      {"https://generativelanguage.googleapis.com.evil.example/v1beta/files/abc", ""},
      {"https://example.com/?https://generativelanguage.googleapis.com/v1beta/files/abc", ""},
      {"gs://bucket/files/abc", ""},
      {"file:///files/abc", ""},
      {"https://www.youtube.com/watch?v=files/abc", ""},
  };
  for (const auto& [text, name] : cases) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(canonical(text) == name);
    }
  }
  BOOST_TEST(canonical("files/" + std::string(320, 'a')).size() == 326U);
  BOOST_TEST(canonical("files/" + std::string(321, 'a')).empty());
}

BOOST_AUTO_TEST_CASE(an_id_that_stands_alone_gets_its_collection) {
  std::string out;
  BOOST_TEST(
      (append_resource(out, resource_kind::interaction, "v1_x") == resource_kind::interaction));
  BOOST_TEST(out == "interactions/v1_x");
  BOOST_TEST((append_resource(out, resource_kind::file, "batches/b") == resource_kind::none));
  BOOST_TEST((append_resource(out, resource_kind::file, "") == resource_kind::none));
  BOOST_TEST((append_resource(out, resource_kind::none, "x") == resource_kind::none));
  BOOST_TEST(out == "interactions/v1_x");
  BOOST_TEST((append_resource(out, resource_kind::file, "files/f") == resource_kind::file));
  BOOST_TEST(out == "interactions/v1_xfiles/f");
}

BOOST_AUTO_TEST_CASE(a_request_line_names_resources_in_its_path_and_its_query) {
  const struct {
    std::string_view target, names;
  } cases[] = {
      {"/v1beta/models/m:generateContent?alt=sse", ""},
      {"/v1beta/files?pageSize=10&pageToken=files%2Fabc", ""},
      {"/v1beta/files/abc", "files/abc"},
      {"//v1beta//files/abc/", "files/abc"},
      {"/v1/files/abc:download?alt=media", "files/abc"},
      {"/v1beta/tunedModels/t:generateContent", "tunedModels/t"},
      {"/v1beta/models/m/operations/o", "models/m/operations/o"},
      {"/v1beta/files?name=files/abc", "files/abc"},
      {"/v1beta/files?name=files%2Fabc&name=cachedContents%2fc", "files/abc cachedContents/c"},
      {"/upload/v1beta/files?upload_id=AB-c_1&upload_protocol=resumable", "uploads/AB-c_1"},
      {"/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore?upload_id=u",
       "fileSearchStores/s uploads/u"},
      {"//ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained"
       "?access_token=auth_tokens%2F0a",
       "auth_tokens/0a"},
      {"/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent?$key="
       "auth_tokens/0a",
       "auth_tokens/0a"},
      {"/v1beta/models?key=AIzaX&access_token=ya29.x", ""},
      {"/v1beta/files/a?name=files/a", "files/a"},
      {"/", ""},
      {"", ""},
      {"*", ""},
      {"/v1beta/files?name", ""},
      {"/v1beta/files?name=%", ""},
  };
  for (const auto& [target, names] : cases) {
    BOOST_TEST_CONTEXT(target) {
      BOOST_TEST(of_target(target) == names);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_ephemeral_token_may_stand_where_a_key_does) {
  const struct {
    std::string_view value, names;
  } cases[] = {
      {"Token auth_tokens/0a", "auth_tokens/0a"},
      {"bearer auth_tokens/0a", "auth_tokens/0a"},
      {"auth_tokens/0a", "auth_tokens/0a"},
      {"AIzaSy", ""},
      {"Bearer files/abc", ""},
      {"Token ", ""},
      {"Token auth_tokens/", ""},
  };
  for (const auto& [value, names] : cases) {
    resource_set set;
    set.add_credential(value);
    BOOST_TEST(list(set) == names);
  }
}

BOOST_AUTO_TEST_CASE(a_set_holds_each_name_once_and_a_bounded_number) {
  resource_set set;
  set.add("files/a");
  set.add("https://generativelanguage.googleapis.com/v1beta/files/a");
  set.add("files/b");
  BOOST_TEST(list(set) == "files/a files/b");
  for (std::size_t i = 0; i < resource_set::max_names - 2; ++i)
    set.add("files/x" + std::to_string(i));
  BOOST_TEST(set.size() == resource_set::max_names);
  set.add("files/a");
  BOOST_TEST(!set.overflowed());
  set.add("files/one-more");
  BOOST_TEST(set.overflowed());
  BOOST_TEST(set.size() == resource_set::max_names);
  BOOST_TEST(set[0] == "files/a");
  set.clear();
  BOOST_TEST(set.empty());
  BOOST_TEST(!set.overflowed());
}

BOOST_AUTO_TEST_SUITE_END()
