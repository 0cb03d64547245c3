// A request's body may be compressed: it is looked into all the same, and goes on as it came.
#include "../../deflated.hpp"
#include "expect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

const fields compressed{{"Content-Encoding", "gzip"}, {"Content-Type", "application/json"}};

std::string text_with_file(std::string_view file, std::string_view text) {
  return fmt::format(
      R"({{"contents":[{{"parts":[{{"text":"{}"}},{{"fileData":{{"fileUri":"{}"}}}}]}}]}})", text,
      file);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compressed_requests)

// The fake API takes no compressed bodies: what came to it, and with which key, is what counts.
BOOST_AUTO_TEST_CASE(what_it_names_pins_it_and_the_bytes_stay_as_they_are) {
  rig r(three_projects());
  const std::string mine(r.call_upstream({"upload", "/upload/v1beta/files", "x"}, "two").body());
  const std::size_t at = mine.find("files/");
  BOOST_REQUIRE(at != std::string::npos);
  const std::string file = mine.substr(at, mine.find('"', at) - at);
  BOOST_TEST(r.ask("GET", "/v1beta/" + file).result_int() == 200);  // it is known now
  for (const std::size_t size : {0U, 300'000U}) {
    const std::string body = gzip(text_with_file(file, std::string(size, 'x')));
    const std::size_t before = r.tried().size();
    for (int i = 0; i < 3; ++i)
      r.ask("POST", generate.target, body, compressed);
    const names all = r.tried();
    BOOST_TEST(all.size() == before + 3);
    BOOST_TEST(std::count(all.begin() + static_cast<std::ptrdiff_t>(before), all.end(), "two") ==
               3);
    BOOST_TEST((r.upstream().requests().back().body == body));
  }
}

BOOST_AUTO_TEST_CASE(its_model_is_read) {
  rig r(three_projects());
  r.ask("POST", chat.target, gzip(chat.body),
        {{"Content-Encoding", "gzip"}, {"Authorization", "Bearer x"}});
  BOOST_TEST(r.requests().wait_for(1).at(0).model == model);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_read_passes) {
  rig r(three_projects());
  std::size_t asked = 0;
  for (const std::string coding : {"gzip", "br", "zstd", "gzip, gzip"}) {
    r.ask("POST", generate.target, "this is not compressed", {{"Content-Encoding", coding}});
    BOOST_TEST(r.tried().size() == ++asked);
  }
}

BOOST_AUTO_TEST_CASE(a_bomb_costs_no_memory_and_passes) {
  rig_setup s = three_projects();
  s.proxy.client.max_request_body = 1024 * 1024;
  rig r(std::move(s));
  std::string bomb = R"({"contents":[{"parts":[{"text":")" + std::string(200'000'000, 'x');
  bomb = gzip(bomb);
  BOOST_TEST(bomb.size() < 1024U * 1024U);
  r.ask("POST", generate.target, bomb, compressed);
  BOOST_TEST(r.tried().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
