#include "upload/upload_address.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace gemkeeper;
using namespace gemkeeper::proxy;

namespace {

constexpr std::string_view secret = "thirty-two bytes of a secret key";
constexpr std::string_view here = "http://127.0.0.1:8001";
const pool::key_id key = pool::make_key_id("hash key", "AIza-key");

std::optional<std::string> own(std::string_view url, const upstream_settings& upstream = {}) {
  return own_upload_url(secret, here, key, url, upstream);
}
std::string target_in(std::string_view url) {
  return std::string(url.substr(here.size()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(upload_address)

BOOST_AUTO_TEST_CASE(an_address_of_googles_comes_back_as_it_was) {
  for (const std::string target :
       {"/upload/v1beta/files?upload_id=AbC-1_2&upload_protocol=resumable",
        "/upload/v1/files?upload_protocol=resumable&upload_id=AbC",
        "/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore?upload_id=x%3D&a=b"}) {
    const auto made = own("https://generativelanguage.googleapis.com" + target);
    BOOST_REQUIRE(made);
    BOOST_TEST(made->starts_with(std::string(here) + target.substr(0, target.find('?') + 1)));
    BOOST_TEST(made->find("AbC") == std::string::npos);
    BOOST_TEST(bears_upload_token(target_in(*made)));
    const auto opened = open_upload_token(secret, target_in(*made));
    BOOST_REQUIRE(opened);
    BOOST_TEST(opened->target == target);
    BOOST_TEST((opened->key == key));
    // Whatever else a client puts into the query.
    BOOST_TEST(open_upload_token(secret, target_in(*made) + "&key=mine")->target == target);
  }
}

BOOST_AUTO_TEST_CASE(other_addresses_go_on_as_they_are) {
  for (const std::string_view url :
       {"https://storage.example.com/upload?upload_id=a",
        "https://generativelanguage.googleapis.com",
        "https://generativelanguage.googleapis.com/upload/v1beta/files", "", "nonsense",
        "https://generativelanguage.googleapis.com/upload?upload_id="}) {
    BOOST_TEST(!own(url), url);
  }
  BOOST_TEST(
      !own("https://generativelanguage.googleapis.com/?upload_id=" + std::string(5000, 'x')));
}

BOOST_AUTO_TEST_CASE(the_path_of_an_upstream_behind_a_prefix_is_without_it) {
  upstream_settings upstream;
  upstream.host = "mirror.internal";
  upstream.path_prefix = "/google";
  const auto made =
      own("http://mirror.internal:9000/google/upload/v1beta/files?upload_id=a", upstream);
  BOOST_REQUIRE(made);
  BOOST_TEST(open_upload_token(secret, target_in(*made))->target ==
             "/upload/v1beta/files?upload_id=a");
}

BOOST_AUTO_TEST_CASE(no_changed_token_opens) {
  const std::string target =
      target_in(*own("https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id=a"));
  BOOST_TEST(!open_upload_token("another secret", target));
  const std::size_t begin = target.find("gk1.");
  for (std::size_t i = begin; i < target.size(); ++i) {
    std::string changed = target;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    BOOST_TEST(!open_upload_token(secret, changed), changed);
    BOOST_TEST(!open_upload_token(secret, target.substr(0, i)));
  }
  // A page token is none, though it is made with the same secret.
  const auto page = pool::seal_page_token(secret, "files.list", {key, "/upload/v1beta/files"});
  BOOST_TEST(!open_upload_token(secret, "/upload/v1beta/files?upload_id=" + *page));
  BOOST_TEST(!bears_upload_token("/upload/v1beta/files?upload_id=googles"));
  BOOST_TEST(!bears_upload_token("/upload/v1beta/files?x=gk1.abc"));
}

BOOST_AUTO_TEST_SUITE_END()
