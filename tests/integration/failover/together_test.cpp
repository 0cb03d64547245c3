// What a client makes in a row is of one project, so that one request may use all of it.
#include "expect.hpp"

#include <fmt/format.h>

#include <set>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

const api_call make_file{"upload", "/upload/v1beta/files", "some bytes"};
const api_call make_store{"store", "/v1beta/fileSearchStores", "{}"};
const api_call make_cache{"cache", "/v1beta/cachedContents",
                          R"({"model":"models/gemini-3.6-flash","contents":[]})"};

std::set<std::string> makers(const rig& r, const std::vector<api_call>& calls,
                             const fields& extra = {}) {
  std::set<std::string> used;
  for (const api_call& what : calls) {
    const response made = r.call(what, extra);
    BOOST_TEST(made.result_int() == 200, made.body());
    used.insert(r.tried().back());
    r.call(generate);  // others go on to the next key
  }
  return used;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(together)

BOOST_AUTO_TEST_CASE(files_caches_and_stores_of_a_minute_are_of_one_project) {
  const rig r(three_projects());
  BOOST_TEST(makers(r, {make_file, make_store, make_file, make_cache, make_file}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(without_it_each_goes_to_the_next_key) {
  rig_setup s = three_projects();
  s.proxy.retry.keep_together = 0ms;
  const rig r(std::move(s));
  BOOST_TEST(makers(r, {make_file, make_file, make_file, make_file}).size() > 1U);
}

BOOST_AUTO_TEST_CASE(another_project_takes_over_when_the_first_one_fails) {
  rig r(three_projects());
  r.call(make_file);
  const std::string first = r.tried().back();
  r.set_faults({fault_of(first, "quota_minute")});
  const auto next = makers(r, {make_file, make_file, make_file});
  BOOST_TEST(next.size() == 1U);
  BOOST_TEST(!next.contains(first));
}

BOOST_AUTO_TEST_CASE(what_is_made_beside_something_draws_the_rest_to_it) {
  rig r(three_projects());
  const api_call past{"upload", make_file.target, "some bytes"};
  const response theirs = r.call_upstream(past, "three");
  const std::string_view body = theirs.body();
  const std::size_t at = body.find("files/");
  BOOST_REQUIRE(at != std::string_view::npos);
  const std::string name(body.substr(at, body.find('"', at) - at));
  const response made =
      r.ask("POST", make_cache.target,
            fmt::format(R"({{"model":"models/gemini-3.6-flash","contents":[{{"parts":[)"
                        R"({{"fileData":{{"fileUri":"{}"}}}}]}}]}})",
                        name));
  BOOST_TEST(made.result_int() == 200, made.body());
  BOOST_TEST(r.tried().back() == "three");
  BOOST_TEST((makers(r, {make_file, make_file}) == std::set<std::string>{"three"}));
}

BOOST_AUTO_TEST_CASE(each_client_has_a_row_of_its_own) {
  rig_setup s = three_projects();
  for (const char* name : {"a", "b", "c"}) {
    pool::client_spec spec;
    spec.id = spec.name = name;
    spec.token = pool::hash_token(fmt::format("token-of-{}", name));
    s.clients.push_back(spec);
  }
  const rig r(std::move(s));
  std::set<std::string> all;
  for (int round = 0; round < 2; ++round) {
    for (const char* name : {"a", "b", "c"}) {
      const auto used =
          makers(r, {make_file}, {{"x-goog-api-key", fmt::format("token-of-{}", name)}});
      all.insert(name + *used.begin());
    }
  }
  BOOST_TEST(all.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_cache_is_made_where_its_model_is_served) {
  rig_setup s = three_projects();
  for (std::size_t i : {0U, 1U})
    s.keys[i].models = {pool::model_name("gemini-2.5-flash")};
  const rig r(std::move(s));
  for (int i = 0; i < 3; ++i) {
    r.call(make_cache);
    BOOST_TEST(r.tried().back() == "three");
  }
}

BOOST_AUTO_TEST_SUITE_END()
