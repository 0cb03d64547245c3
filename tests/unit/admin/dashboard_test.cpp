#include "answer_head.hpp"
#include "dashboard_files.hpp"
#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gemkeeper::admin {
namespace {

struct visitor : test::api {
  answer get(std::string_view path, std::string_view coding = {}, std::string_view known = {}) {
    const found_route found = find_route(method::get, path);
    BOOST_REQUIRE(found.at != nullptr);
    request asked;
    asked.path = path;
    asked.accept_encoding = coding;
    asked.if_none_match = known;
    return handle(in, *found.at, asked);
  }
  static std::string field(const answer& of, std::string_view wanted) {
    for (const auto& [name, value] : of.fields) {
      if (name == wanted) return value;
    }
    return {};
  }
};

BOOST_FIXTURE_TEST_SUITE(dashboard, visitor)

BOOST_AUTO_TEST_CASE(the_page_is_served_at_the_root_under_a_strict_policy) {
  const answer page = get("/");
  BOOST_TEST(page.status == 200);
  BOOST_TEST(page.body.find("gemkeeper") != std::string::npos);
  BOOST_TEST(page.body.find("<script>") == std::string::npos);
  BOOST_TEST(page.body.find("<style") == std::string::npos);
  const std::string head = head_of(page, true, body_length::known);
  BOOST_TEST(head.find("Content-Security-Policy: default-src 'none'; script-src 'self';") !=
             std::string::npos);
  BOOST_TEST(head.find("unsafe") == std::string::npos);
  BOOST_TEST(head.find("Cache-Control: no-cache\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_known_already_is_not_sent_again) {
  const std::string tag = field(get("/"), "ETag");
  BOOST_TEST(tag.starts_with('"'));
  for (const std::string& known : {tag, "W/" + tag, "\"x\", " + tag, std::string("*")}) {
    const answer same = get("/", "br", known);
    BOOST_TEST(same.status == 304, known);
    BOOST_TEST(same.body.empty());
    const std::string head = head_of(same, true, body_length::known);
    BOOST_TEST(head.find("Content-Length") == std::string::npos);
    BOOST_TEST(head.find("ETag: " + tag) != std::string::npos);
  }
  BOOST_TEST(get("/", "", "\"other\"").status == 200);
}

BOOST_AUTO_TEST_CASE(files_of_the_page_are_kept_by_browsers_and_sent_compressed) {
  const std::string page = get("/").body;
  const std::size_t at = page.find("assets/");
  if (at == std::string::npos) return;  // a build without the dashboard
  const std::string path = "/" + page.substr(at, page.find('"', at) - at);
  const answer plain = get(path), gzip = get(path, "gzip"), brotli = get(path, "gzip, br;q=0.5");
  BOOST_TEST(head_of(plain, true, body_length::known).find("immutable") != std::string::npos);
  BOOST_TEST(field(plain, "Content-Encoding").empty());
  BOOST_TEST(field(gzip, "Content-Encoding") == "gzip");
  BOOST_TEST(field(brotli, "Content-Encoding") == "br");
  BOOST_TEST(gzip.body.size() < plain.body.size());
  BOOST_TEST(brotli.body.size() < gzip.body.size());
  BOOST_TEST(brotli.body.size() < 150U * 1024U);
  BOOST_TEST(field(brotli, "Vary") == "Accept-Encoding");
}

BOOST_AUTO_TEST_CASE(codings_are_accepted_by_name_and_weight) {
  BOOST_TEST(accepts("gzip, deflate, br", "br"));
  BOOST_TEST(accepts("br;q=1.0,gzip", "gzip"));
  for (const char* field : {"", "identity", "xbr", "brr", "br;q=0", "br; q=0.000", "*"}) {
    BOOST_TEST(!accepts(field, "br"), field);
  }
}

BOOST_AUTO_TEST_CASE(other_paths_are_no_part_of_it) {
  for (const char* path : {"/index.html", "/assets/", "/assets/../index.html", "//", "/.", "/x"}) {
    BOOST_TEST(find_route(method::get, path).allow.empty(), path);
  }
  BOOST_TEST((find_route(method::post, "/").at == nullptr));
  BOOST_TEST(find_route(method::post, "/").allow == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(data_may_not_be_kept_or_shown) {
  const std::string head = head_of(call("GET", "/api/v1/config"), true, body_length::known);
  BOOST_TEST(head.find("Cache-Control: no-store") != std::string::npos);
  BOOST_TEST(head.find("default-src 'none'; frame-ancestors 'none'\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_overview_sums_requests_and_their_times) {
  using namespace std::chrono_literals;
  finished_request done;
  done.status = 200;
  done.total = 30ms;
  done.first_byte = 20ms;
  requests.record(done, {});
  done.status = 503;
  requests.record(done, {});
  done.status = 404;
  requests.record(done, {});
  behind.under_way.rotations[0] = 2;
  behind.under_way.rotations[1] = 3;
  behind.under_way.streams = 6;
  behind.under_way.websockets = 1;
  const rapidjson::Document said = json("GET", "/api/v1/overview");
  BOOST_TEST(said["requests"].GetUint64() == 3U);
  BOOST_TEST(said["errors"].GetUint64() == 1U);
  BOOST_TEST(said["rotated"].GetUint64() == 5U);
  BOOST_TEST(said["streams_in_flight"].GetUint64() == 7U);
  BOOST_TEST(said["duration"]["sum_ms"].GetDouble() == 90.0);
  BOOST_TEST(said["duration"]["buckets"].Size() == said["bounds_ms"].Size() + 1);
}

BOOST_AUTO_TEST_CASE(the_ca_is_given_as_a_file_and_its_absence_explained) {
  const answer given = call("GET", "/api/v1/ca");
  BOOST_TEST(given.body == behind.authority);
  BOOST_TEST(given.type == "application/x-pem-file");
  behind.authority.clear();
  BOOST_TEST(error("GET", "/api/v1/ca") == "404 no_ca");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
