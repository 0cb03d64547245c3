// Lists of several projects shown as one, against projects that page as Google does.
#include <gemkeeper/gemini/list_merge.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace gemkeeper::gemini;
using gemkeeper::pool::page_cursor;
using gemkeeper::pool::project_ref;

namespace {

project_ref project(char letter) {
  project_ref made;
  made.key.hex.fill(letter);
  return made;
}

const list_shape files = mergeable_list(classify("GET", "/v1beta/files")).value();
const list_shape openai_files = mergeable_list(classify("GET", "/v1beta/openai/files")).value();

// Projects by letter with so many files each: "a0", "a1", …
struct google {
  std::map<char, std::size_t> sizes;
  list_shape shape;
  std::size_t asked = 0;

  std::vector<project_ref> projects() const {
    std::vector<project_ref> all;
    for (const auto& [letter, size] : sizes)
      all.push_back(project(letter));
    return all;
  }

  std::string answer(const list_question& q) {
    ++asked;
    const char letter = q.project.key.hex[0];
    const std::size_t total = sizes.at(letter);
    const std::size_t size = q.size.value_or(shape.default_size);
    const bool openai = shape.style == list_style::openai;
    std::size_t from = 0;
    if (!q.place.empty()) {  // "token=3" or "files/a2"
      from = std::stoul(q.place.substr(openai ? 7 : 6)) + (openai ? 1 : 0);
    }
    std::string items;
    for (std::size_t i = from; i < std::min(total, from + size); ++i) {
      if (!items.empty()) items += ",\n  ";
      items += std::string(R"({")") + (openai ? "id" : "name") + R"(": "files/)" + letter +
               std::to_string(i) + R"(", "x": "]},{\"", "n": [1.50]})";
    }
    const bool more = from + size < total;
    if (openai) {
      return R"({"object": "list", "data": [)" + items + R"(], "has_more": )" +
             (more ? "true}" : "false}");
    }
    if (items.empty()) return "{}\n";
    return "{\n \"files\": [\n  " + items + "\n ]" +
           (more ? ",\n \"nextPageToken\": \"token\\u003d" + std::to_string(from + size) + "\""
                 : "") +
           "\n}\n";
  }
};

// The names in order, pages by '|', as a client reads them that follows every page.
std::string read_all(google& from, std::optional<unsigned> size) {
  std::string all;
  std::optional<page_cursor> at;
  for (int page = 0; page < 100; ++page) {
    list_merger merger(from.shape, from.projects(), at, size);
    while (const auto question = merger.next())
      BOOST_REQUIRE(merger.take(from.answer(*question)));
    const std::string body = merger.finish("secret", "files.list").value();
    std::string last;
    for (std::size_t i = body.find("\"files/"); i != std::string::npos;
         i = body.find("\"files/", i + 1)) {
      const std::string name = body.substr(i + 7, body.find('"', i + 1) - i - 7);
      if (body.compare(i - 10, 10, R"("last_id":)") == 0) break;
      if (body.compare(i - 11, 11, R"("first_id":)") == 0) continue;
      all += (last.empty() ? "" : " ") + name;
      last = name;
    }
    at.reset();
    if (from.shape.style == list_style::openai) {
      if (body.find(R"("has_more":true)") == std::string::npos) return all;
      at = page_cursor{project(last[0]).key, "files/" + last};
    } else {
      const std::size_t token = body.find(R"("nextPageToken":")");
      if (token == std::string::npos) return all;
      const std::string text = body.substr(token + 17, body.rfind('"') - token - 17);
      at = gemkeeper::pool::open_page_token("secret", "files.list", text);
      BOOST_REQUIRE(at.has_value());
    }
    all += "|";
  }
  BOOST_FAIL("the list does not end");
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(merged_lists)

BOOST_AUTO_TEST_CASE(projects_follow_one_another_and_pages_are_full) {
  const struct {
    std::map<char, std::size_t> sizes;
    std::optional<unsigned> size;
    std::string pages;
  } cases[] = {
      {{{'a', 3}, {'b', 2}}, 10, "a0 a1 a2 b0 b1"},
      {{{'a', 3}, {'b', 2}}, 2, "a0 a1|a2 b0|b1"},
      {{{'a', 2}, {'b', 2}}, 2, "a0 a1|b0 b1"},
      {{{'a', 5}}, 2, "a0 a1|a2 a3|a4"},
      {{{'a', 0}, {'b', 1}, {'c', 0}, {'d', 1}}, 2, "b0 d0"},
      {{{'a', 1}, {'b', 0}, {'c', 0}}, 5, "a0"},
      {{{'a', 0}}, 5, ""},
      {{}, 5, ""},
      {{{'a', 2}, {'b', 1}}, 1, "a0|a1|b0"},
      {{{'a', 8}, {'b', 3}}, {}, "a0 a1 a2 a3 a4 a5 a6 a7 b0 b1|b2"},
      {{{'a', 11}}, {}, "a0 a1 a2 a3 a4 a5 a6 a7 a8 a9|a10"},
  };
  for (const auto& [sizes, size, pages] : cases) {
    BOOST_TEST_CONTEXT(pages) {
      google native{sizes, files};
      BOOST_TEST(read_all(native, size) == pages);
      if (!size) continue;
      google openai{sizes, openai_files};
      BOOST_TEST(read_all(openai, size) == pages);
    }
  }
}

BOOST_AUTO_TEST_CASE(items_stay_as_they_stand) {
  google from{{{'a', 1}, {'b', 1}}, files};
  list_merger merger(files, from.projects(), {}, 5);
  while (const auto question = merger.next())
    BOOST_TEST(merger.take(from.answer(*question)));
  BOOST_TEST(merger.finish("s", "l").value() ==
             R"({"files":[{"name": "files/a0", "x": "]},{\"", "n": [1.50]},)"
             R"({"name": "files/b0", "x": "]},{\"", "n": [1.50]}]})");
}

BOOST_AUTO_TEST_CASE(what_is_no_list_is_not_taken) {
  list_merger merger(files, {project('a')}, {}, 5);
  for (const char* body :
       {"", "[]", "<html>", R"({"files":[)", R"({"files":{}})", R"({"files":[{"name":"x"}]",)",
        R"({"error":{"code":429}})", R"({"files":[{]})", "{\"files\":[\"", R"({"files" [1]})"}) {
    BOOST_TEST(!merger.take(body), body);
    BOOST_TEST(merger.next().has_value());
  }
  BOOST_TEST(merger.take("{}"));
  BOOST_TEST(!merger.next().has_value());
  BOOST_TEST(!merger.take("{}"));
  BOOST_TEST(merger.finish("s", "l").value() == "{}");
}

BOOST_AUTO_TEST_CASE(a_project_that_is_gone_or_cannot_be_asked_is_passed_over) {
  google from{{{'a', 3}, {'c', 1}}, files};
  list_merger gone(files, from.projects(), page_cursor{project('b').key, "token=1"}, 5);
  BOOST_REQUIRE(gone.next().has_value());
  BOOST_TEST((gone.next()->project == project('c')));
  BOOST_TEST(gone.next()->place.empty());

  list_merger passed(files, from.projects(), {}, 5);
  passed.pass_over();
  BOOST_TEST((passed.next()->project == project('c')));
  passed.pass_over();
  passed.pass_over();
  BOOST_TEST(!passed.next().has_value());
}

BOOST_AUTO_TEST_CASE(items_without_an_id_have_none_to_tell) {
  list_merger merger(openai_files, {project('a')}, {}, 5);
  BOOST_TEST(merger.take(R"({"data":[7,{"id":"files/a"},{}],"has_more":true})"));
  BOOST_TEST(merger.finish("s", "l").value() ==
             R"({"object":"list","data":[7,{"id":"files/a"},{}],)"
             R"("first_id":"files/a","last_id":"files/a","has_more":true})");
}

BOOST_AUTO_TEST_CASE(a_token_that_leads_nowhere_ends_the_project) {
  list_merger merger(files, {project('a')}, page_cursor{project('a').key, "same"}, 5);
  BOOST_TEST(merger.take(R"({"files":[],"nextPageToken":"same"})"));
  BOOST_TEST(!merger.next().has_value());
}

BOOST_AUTO_TEST_CASE(a_token_too_long_to_hand_on_is_told) {
  list_merger merger(files, {project('a')}, {}, 1);
  BOOST_TEST(merger.take(R"({"files":[{}],"nextPageToken":")" + std::string(5'000, 'x') + "\"}"));
  BOOST_TEST(!merger.finish("s", "l").has_value());
}

BOOST_AUTO_TEST_CASE(each_list_over_all_projects_is_merged) {
  const struct {
    std::string_view target, items;
  } cases[] = {
      {"/v1beta/files", "files"},
      {"/v1/cachedContents", "cachedContents"},
      {"/v1beta/batches", "operations"},
      {"/v1beta/operations", "operations"},
      {"/v1beta/models/m/operations", "operations"},
      {"/v1beta/fileSearchStores", "fileSearchStores"},
      {"/v1beta/tunedModels", "tunedModels"},
      {"/v1beta/openai/files", "data"},
      {"/v1beta/openai/batches", "data"},
      {"/v1beta/models", ""},
      {"/v1beta/files/a", ""},
      {"/v1beta/fileSearchStores/s/documents", ""},
      {"/v1beta/tunedModels/t/operations", ""},
  };
  for (const auto& [target, items] : cases) {
    BOOST_TEST_CONTEXT(target) {
      const auto shape = mergeable_list(classify("GET", target));
      BOOST_TEST((shape ? shape->items : "") == items);
      BOOST_TEST((!shape || !mergeable_list(classify("POST", target)).has_value()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_question_replaces_size_and_place_only) {
  const auto target = [](const list_shape& shape, std::string_view from,
                         std::optional<unsigned> size, std::string place) {
    std::string out;
    append_list_target(out, shape, from, {project('a'), size, std::move(place)});
    return out;
  };
  BOOST_TEST(target(files, "/v1beta/files", {}, "") == "/v1beta/files");
  BOOST_TEST(target(files, "/v1beta/files?pageSize=5&x=%20&pageToken=gk1.a&y", 3, "a=&b") ==
             "/v1beta/files?x=%20&y&pageSize=3&pageToken=a%3D%26b");
  BOOST_TEST(target(openai_files, "/v1/openai/files?after=files/a&limit=2&order=asc", 7,
                    "files/b") == "/v1/openai/files?order=asc&limit=7&after=files%2Fb");

  const list_request asked = read_list_request(files, "/v1beta/files?pageSize=5&pageToken=a%3D%2f");
  BOOST_TEST(asked.size.value() == 5U);
  BOOST_TEST(asked.place == "a=/");
  BOOST_TEST(read_list_request(files, "/f?pageSize=5000").size.value() == files.max_size);
  for (const char* none : {"/f", "/f?pageSize=0", "/f?pageSize=-1", "/f?pageSize=x", "/f?pageSize"})
    BOOST_TEST(!read_list_request(files, none).size.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
