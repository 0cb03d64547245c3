#include <gemkeeper/pool/ids.hpp>

#include <boost/test/unit_test.hpp>

using namespace gemkeeper::pool;

BOOST_AUTO_TEST_SUITE(ids)

BOOST_AUTO_TEST_CASE(an_id_is_the_start_of_an_hmac_of_the_secret) {
  // RFC 4231, test case 2.
  BOOST_TEST(make_key_id("Jefe", "what do ya want for nothing?").view() == "5bdcc146bf60");
}

BOOST_AUTO_TEST_CASE(a_fingerprint_shows_at_most_a_quarter_of_a_secret) {
  BOOST_TEST(fingerprint("AIzaSyA-0123456789abcdefghijklmnopq9fQ2") == "AIza…9fQ2");
  BOOST_TEST(fingerprint("0123456789abcdef") == "01…ef");
  BOOST_TEST(fingerprint("short") == "…");
  BOOST_TEST(fingerprint("") == "…");
}

BOOST_AUTO_TEST_SUITE_END()
