// Lists of all projects as one: nothing is missing, nothing comes twice, whatever the page's size.
#include "expect.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

rig_setup projects(std::size_t count) {
  rig_setup s;
  for (std::size_t i = 1; i <= count; ++i)
    s.keys.push_back(key(fmt::format("key-{}", i), fmt::format("project-{}", i)));
  return s;
}

void upload(const rig& r, std::string_view key_name, int count, names& made) {
  for (int i = 0; i < count; ++i) {
    const response answer = r.call_upstream({"upload", "/upload/v1beta/files", "x"}, key_name);
    const std::string& body = answer.body();
    const std::size_t at = body.find("files/");
    made.push_back(body.substr(at, body.find('"', at) - at));
  }
}

// All that stands behind `member`, in order.
names values(std::string_view json, std::string_view member) {
  names found;
  const std::string mark = fmt::format("\"{}\":", member);
  for (std::size_t at = json.find(mark); at != std::string_view::npos; at = json.find(mark, at)) {
    at = json.find('"', at + mark.size()) + 1;
    found.emplace_back(json.substr(at, json.find('"', at) - at));
  }
  return found;
}

std::string token_in(const response& page) {
  const names found = values(page.body(), "nextPageToken");
  return found.empty() ? std::string() : found.back();
}

names sorted(names list) {
  std::ranges::sort(list);
  return list;
}

// Page by page; each but the last is full.
names walk(const rig& r, std::string_view target, std::size_t size) {
  names all;
  std::string token;
  do {
    const response page = r.ask("GET", fmt::format("{}?pageSize={}{}", target, size,
                                                   token.empty() ? "" : "&pageToken=" + token));
    BOOST_TEST_REQUIRE(page.result_int() == 200, page.body());
    const names found = values(page.body(), "name");
    token = token_in(page);
    BOOST_TEST((token.empty() || found.size() == size));
    all.insert(all.end(), found.begin(), found.end());
  } while (!token.empty() && all.size() < 1000);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lists)

BOOST_AUTO_TEST_CASE(the_files_of_all_projects_are_one_list_at_any_page_size) {
  rig r(projects(4));
  names made;
  upload(r, "key-1", 3, made);
  upload(r, "key-2", 1, made);
  upload(r, "key-4", 7, made);
  for (const std::size_t size : {1U, 2U, 3U, 5U, 10U, 11U, 100U}) {
    BOOST_TEST_CONTEXT("pages of " << size) {
      BOOST_TEST(sorted(walk(r, "/v1beta/files", size)) == sorted(made),
                 boost::test_tools::per_element());
    }
  }
  const response whole = r.ask("GET", "/v1beta/files");
  BOOST_TEST(values(whole.body(), "name").size() == 10U);  // Google's default
  BOOST_TEST(!token_in(whole).empty());
}

BOOST_AUTO_TEST_CASE(what_is_listed_is_known_from_then_on) {
  rig r(projects(3));
  names made;
  upload(r, "key-3", 2, made);
  r.ask("GET", "/v1beta/files");
  BOOST_TEST(r.affinity().size() == 2U);
  const std::size_t before = r.tried().size();
  BOOST_TEST(r.ask("GET", "/v1beta/" + made[0]).result_int() == 200);
  BOOST_TEST(r.tried().size() == before + 1);
}

BOOST_AUTO_TEST_CASE(compressed_pages_are_merged_too) {
  rig r(projects(2));
  names made;
  upload(r, "key-1", 1, made);
  upload(r, "key-2", 1, made);
  const response page = r.ask("GET", "/v1beta/files", {}, {{"Accept-Encoding", "gzip"}});
  BOOST_TEST(header(page, "content-encoding") == "");
  BOOST_TEST(sorted(values(page.body(), "name")) == sorted(made), boost::test_tools::per_element());
  BOOST_TEST(header(page, "x-gemkeeper-attempts") == "2");
}

BOOST_AUTO_TEST_CASE(caches_batches_and_stores_are_merged_as_well) {
  rig r(projects(3));
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST(r.ask("POST", "/v1beta/cachedContents", R"({"model":"models/gemini-3.6-flash"})")
                   .result_int() == 200);
    BOOST_TEST(r.ask("POST", "/v1beta/fileSearchStores", "{}").result_int() == 200);
    BOOST_TEST(r.ask("POST", "/v1beta/models/gemini-3.6-flash:batchGenerateContent",
                     R"({"batch":{"inputConfig":{"requests":{"requests":[{"request":{"contents":)"
                     R"([{"parts":[{"text":"hi"}]}]}}]}}}})")
                   .result_int() == 200);
  }
  BOOST_TEST(walk(r, "/v1beta/cachedContents", 2).size() == 6U);
  BOOST_TEST(walk(r, "/v1beta/fileSearchStores", 4).size() == 6U);
  const response batches = r.ask("GET", "/v1beta/batches");
  const names states = values(batches.body(), "state");
  BOOST_TEST(states.size() == 6U);
}

BOOST_AUTO_TEST_CASE(a_token_is_good_for_its_list_and_parameters_only) {
  rig r(projects(2));
  names made;
  upload(r, "key-1", 2, made);
  upload(r, "key-2", 2, made);
  const std::string token = token_in(r.ask("GET", "/v1beta/files?pageSize=1"));
  BOOST_REQUIRE(token.starts_with("gk1."));
  const auto refused = [&r](const std::string& target) {
    const std::size_t before = r.tried().size();
    expect_own_error(r.ask("GET", target), 400, "INVALID_ARGUMENT", "BAD_PAGE_TOKEN");
    BOOST_TEST(r.tried().size() == before);
  };
  refused("/v1beta/cachedContents?pageToken=" + token);
  refused("/v1beta/files?filter=x&pageToken=" + token);
  refused("/v1beta/files?pageToken=" + token + "x");
  refused("/v1beta/files?pageToken=gk1.");
  refused("/v1beta/files?pageToken=100000000001-2");  // Google's own, of some project
  // The key of a client is none of the list's business.
  BOOST_TEST(r.ask("GET", "/v1beta/files?key=mine&pageToken=" + token).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(keys_that_are_rejected_leave_their_project_out_and_limits_do_not) {
  rig_setup s = projects(3);
  s.keys.push_back(key("more-of-1", "project-1"));
  rig r(std::move(s));
  names made;
  upload(r, "key-1", 1, made);
  upload(r, "key-2", 1, made);
  upload(r, "key-3", 1, made);
  r.set_faults({fault_of("key-1", "key_invalid"), fault_of("key-2", "key_invalid")});
  const names found = values(r.ask("GET", "/v1beta/files").body(), "name");
  BOOST_TEST(sorted(found) == sorted({made[0], made[2]}), boost::test_tools::per_element());

  r.set_faults({fault_of("key-3", "quota_minute")});
  const response out = r.ask("GET", "/v1beta/files");
  expect_own_error(out, 429, "RESOURCE_EXHAUSTED", "OWNER_COOLING");
  BOOST_TEST(mentions(out, "project-3"), out.body());
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_list_ends_it) {
  rig r(projects(2));
  r.set_faults({fault_of("key-2", "overloaded_503")});
  BOOST_TEST(r.ask("GET", "/v1beta/files").result_int() == 503);
  r.set_faults({fault_of({}, "resource_403")});
  const response denied = r.ask("GET", "/v1beta/files");
  BOOST_TEST(denied.result_int() == 403);
  BOOST_TEST(mentions(denied, "abc123def456"), denied.body());
}

BOOST_AUTO_TEST_CASE(a_key_and_a_project_that_come_and_go_do_not_end_a_walk) {
  rig r(projects(3));
  names made;
  for (const std::string_view name : {"key-1", "key-2", "key-3"})
    upload(r, name, 2, made);
  const response first = r.ask("GET", "/v1beta/files?pageSize=1");
  names seen = values(first.body(), "name");
  r.set_keys(projects(4).keys);
  std::string token = token_in(first);
  while (!token.empty() && seen.size() < 20) {
    const response page = r.ask("GET", "/v1beta/files?pageSize=2&pageToken=" + token);
    for (const std::string& name : values(page.body(), "name"))
      seen.push_back(name);
    token = token_in(page);
  }
  BOOST_TEST(sorted(seen) == sorted(made), boost::test_tools::per_element());
  // One that is left alone still knows the tokens of more.
  token = token_in(r.ask("GET", "/v1beta/files?pageSize=1"));
  r.set_keys(projects(1).keys);
  BOOST_TEST(r.ask("GET", "/v1beta/files?pageToken=" + token).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(one_project_alone_is_asked_as_the_client_asks) {
  rig r(projects(1));
  names made;
  upload(r, "key-1", 3, made);
  const api_call call{"files", "/v1beta/files?pageSize=2", {}};
  expect_unchanged(r.call(call), r.call_upstream(call, "key-1"));
}

BOOST_AUTO_TEST_CASE(openai_lists_of_files_and_batches_go_on_after_an_item) {
  rig r(projects(3));
  names made;
  for (const std::string_view name : {"key-1", "key-2", "key-3"})
    upload(r, name, 3, made);
  for (const std::size_t limit : {1U, 2U, 4U, 9U, 20U}) {
    BOOST_TEST_CONTEXT("limit " << limit) {
      names seen;
      std::string after;
      for (;;) {
        const response page = r.ask("GET", fmt::format("/v1beta/openai/files?limit={}{}", limit,
                                                       after.empty() ? "" : "&after=" + after));
        BOOST_TEST_REQUIRE(page.result_int() == 200, page.body());
        const names ids = values(page.body(), "id");
        seen.insert(seen.end(), ids.begin(), ids.end());
        std::string packed = page.body();
        std::erase(packed, ' ');
        if (packed.find(R"("has_more":true)") == std::string::npos || seen.size() > 20) break;
        after = values(page.body(), "last_id").back();
      }
      BOOST_TEST(sorted(seen) == sorted(made), boost::test_tools::per_element());
    }
  }
  const response lost = r.ask("GET", "/v1beta/openai/files?after=files/nobodys");
  BOOST_TEST(lost.result_int() == 400);
  BOOST_TEST(mentions(lost, "UNKNOWN_AFTER"), lost.body());
}

BOOST_AUTO_TEST_SUITE_END()
