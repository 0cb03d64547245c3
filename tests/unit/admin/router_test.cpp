#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace gemkeeper::admin {
namespace {

using test::api;

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made)
    c = static_cast<char>(c | 0x20);
  return made;
}

BOOST_AUTO_TEST_SUITE(router)

BOOST_AUTO_TEST_CASE(every_route_is_described_and_everything_described_is_a_route) {
  api one;
  const rapidjson::Document said = one.json("GET", "/openapi.json");
  BOOST_TEST(said["openapi"].GetString() == "3.1.0");
  std::set<std::string> described, served;
  for (const auto& path : said["paths"].GetObject()) {
    for (const auto& operation : path.value.GetObject()) {
      described.insert(std::string(operation.name.GetString()) + " " + path.name.GetString());
    }
  }
  for (const route& r : all_routes())
    served.insert(lower(to_string(r.how)) + " " + std::string(r.path));
  BOOST_TEST(described == served, boost::test_tools::per_element());
  BOOST_TEST(served.size() == all_routes().size());
}

BOOST_AUTO_TEST_CASE(every_schema_is_used_and_every_used_one_is_there_and_is_json) {
  std::string all = openapi("1");
  for (const auto& [name, text] : all_schemas()) {
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    BOOST_TEST(!document.HasParseError(), name);
    const std::string reference = "\"#/components/schemas/" + std::string(name) + "\"";
    BOOST_TEST((all.find(reference) != std::string::npos), name);
  }
  const std::string mark = "#/components/schemas/";
  for (std::size_t at = all.find(mark); at != std::string::npos; at = all.find(mark, at + 1)) {
    const std::size_t begin = at + mark.size();
    BOOST_TEST(!schema(all.substr(begin, all.find('"', begin) - begin)).empty());
  }
}

BOOST_AUTO_TEST_CASE(each_route_is_found_by_its_own_path) {
  for (const route& r : all_routes()) {
    std::string path(r.path);
    const std::size_t open = path.find('{');
    if (open != path.npos) path.replace(open, path.find('}') - open + 1, "0123456789ab");
    const found_route found = find_route(r.how, path);
    BOOST_TEST((found.at == &r), path);
    BOOST_TEST((found.parameter == (open == path.npos ? "" : "0123456789ab")), path);
  }
}

BOOST_AUTO_TEST_CASE(unknown_paths_and_methods_are_told_apart) {
  for (const char* path :
       {"/api/v1", "/api/v1/api-keys/", "/api/v1/api-keys/a/b", "/api/v1/api-keys//rotate",
        "/api/v1/credits/", "/metricsx", "//livez", "/api/v1/api-keys/add/"}) {
    BOOST_TEST(find_route(method::get, path).allow.empty(), path);
  }
  BOOST_TEST(find_route(method::get, "/api/v1/api-keys/add").allow == "POST");
  BOOST_TEST((find_route(method::get, "/api/v1/api-keys/add").at == nullptr));
  BOOST_TEST(find_route(std::nullopt, "/api/v1/api-keys/0123456789ab").allow ==
             "GET, HEAD, PATCH, DELETE");
}

BOOST_AUTO_TEST_CASE(nothing_that_a_get_reaches_changes_anything) {
  api one;
  one.behind.add(test::key_of("AIza-secret", "a"));
  for (const route& r : all_routes()) {
    if (r.how != method::get) continue;
    std::string path(r.path);
    const std::size_t open = path.find('{');
    if (open != path.npos) path.replace(open, path.find('}') - open + 1, "0123456789ab");
    const answer made = one.call("GET", path);
    BOOST_TEST((made.body.find("AIza-secret") == std::string::npos), path);
    BOOST_TEST(made.status != 500, path);
  }
  BOOST_TEST(one.behind.notes.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
