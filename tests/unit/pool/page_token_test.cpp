#include <gemkeeper/pool/page_token.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace gemkeeper::pool;

namespace {

page_cursor at(std::string token) {
  page_cursor cursor{make_key_id("hash key", "secret"), std::move(token)};
  return cursor;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(page_tokens)

BOOST_AUTO_TEST_CASE(a_place_comes_back_as_it_was) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::string token;
    for (std::size_t i = 0; i < size; ++i)
      token += static_cast<char>(i * 37);
    const auto sealed = seal_page_token("key", "files.list", at(token));
    BOOST_REQUIRE(sealed.has_value());
    BOOST_TEST(sealed->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789-_.") == std::string::npos);
    const auto opened = open_page_token("key", "files.list", *sealed);
    BOOST_REQUIRE(opened.has_value());
    BOOST_TEST((*opened == at(token)));
  }
}

BOOST_AUTO_TEST_CASE(what_was_not_sealed_here_for_this_list_is_refused) {
  const std::string sealed = seal_page_token("key", "files.list", at("token")).value();
  BOOST_TEST(!open_page_token("another key", "files.list", sealed).has_value());
  BOOST_TEST(!open_page_token("key", "batches.list", sealed).has_value());
  BOOST_TEST(!open_page_token("key", "files.list", "").has_value());
  BOOST_TEST(!open_page_token("key", "files.list", "gk1.").has_value());
  BOOST_TEST(!open_page_token("key", "files.list", "Cg5maWxlcw==").has_value());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    // The last letter may hold bits that belong to no byte.
    const auto opened = open_page_token("key", "files.list", changed);
    BOOST_TEST((!opened || *opened == at("token")));
    if (i + 1 < sealed.size()) BOOST_TEST(!opened.has_value());
    BOOST_TEST(!open_page_token("key", "files.list", sealed.substr(0, i)).has_value());
  }
}

BOOST_AUTO_TEST_CASE(its_length_is_bounded) {
  const auto longest = seal_page_token("key", "s", at(std::string(longest_page_token, 'x')));
  BOOST_REQUIRE(longest.has_value());
  BOOST_TEST(longest->size() < 6'000U);
  BOOST_TEST(open_page_token("key", "s", *longest).has_value());
  BOOST_TEST(!seal_page_token("key", "s", at(std::string(longest_page_token + 1, 'x'))));
  BOOST_TEST(!open_page_token("key", "s", *longest + "AAAAAAAAAAAAAAAA").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
