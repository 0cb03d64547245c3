#include "fixture.hpp"
#include <gemkeeper/store/sealing_key.hpp>

#include <sys/stat.h>

using namespace gemkeeper;
using namespace gemkeeper::store;
using namespace gemkeeper::store::test;

BOOST_AUTO_TEST_SUITE(sealing)

namespace {
const std::string secret = "AIzaSyVerySecretVerySecretVerySecret";
const pool::key_id id = key_number(7);
}  // namespace

BOOST_AUTO_TEST_CASE(what_is_sealed_opens_again_and_no_two_seals_are_alike) {
  const sealing_key key = sealing_key::random();
  const std::string a = key.seal(id, sealed_field::secret, secret);
  const std::string b = key.seal(id, sealed_field::secret, secret);
  BOOST_TEST(a != b);
  BOOST_TEST(a.find(secret) == std::string::npos);
  BOOST_TEST(key.unseal(id, sealed_field::secret, a) == secret);
  BOOST_TEST(key.unseal(id, sealed_field::secret, key.seal(id, sealed_field::secret, "")) == "");
}

BOOST_AUTO_TEST_CASE(another_master_key_is_told_apart_and_nothing_is_revealed) {
  const sealing_key one = sealing_key::random(), other = sealing_key::random();
  const std::string sealed = one.seal(id, sealed_field::secret, secret);
  try {
    static_cast<void>(other.unseal(id, sealed_field::secret, sealed));
    BOOST_ERROR("opened");
  } catch (const error& e) {
    const std::string message = e.what();
    BOOST_TEST(e.kind() == fault::sealing);
    BOOST_TEST(message.find(one.check_value()) != std::string::npos);
    BOOST_TEST(message.find(other.check_value()) != std::string::npos);
    BOOST_TEST(message.find(secret.substr(0, 8)) == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(every_changed_byte_and_every_other_use_is_refused) {
  const sealing_key key = sealing_key::random();
  const std::string sealed = key.seal(id, sealed_field::secret, secret);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    BOOST_TEST((fault_of([&] { return key.unseal(id, sealed_field::secret, changed); }) ==
                fault::sealing));
    BOOST_TEST((fault_of([&] {
                  return key.unseal(id, sealed_field::secret, sealed.substr(0, i));
                }) == fault::sealing));
  }
  BOOST_TEST(
      (fault_of([&] { return key.unseal(id, sealed_field::proxy, sealed); }) == fault::sealing));
  BOOST_TEST((fault_of([&] { return key.unseal(key_number(8), sealed_field::secret, sealed); }) ==
              fault::sealing));
}

BOOST_AUTO_TEST_CASE(a_master_key_comes_from_hex_and_base64_alike) {
  const std::string hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  const std::string base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  const sealing_key a = sealing_key::from_text(hex, "test");
  for (const std::string& text : {base64, base64.substr(0, 43), base64 + "\n"})
    BOOST_TEST(sealing_key::from_text(text, "test").check_value() == a.check_value());
  for (const std::string& text :
       {std::string(), hex.substr(1), hex + "0", std::string(64, 'g'), std::string(44, '!')})
    BOOST_TEST((fault_of([&] { sealing_key::from_text(text, "test"); }) == fault::sealing));
}

BOOST_AUTO_TEST_CASE(a_master_key_file_is_made_once_private_and_read_again) {
  const temporary_directory directory;
  const auto path = directory.path() / "master.key";
  BOOST_TEST((fault_of([&] { sealing_key::read(path); }) == fault::sealing));
  const std::string first = sealing_key::from_file(path).check_value();
  BOOST_TEST(sealing_key::from_file(path).check_value() == first);
  BOOST_TEST(sealing_key::read(path).check_value() == first);
  struct stat status {};
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777U) == 0600U);

  ::chmod(path.c_str(), 0644);
  BOOST_TEST((fault_of([&] { sealing_key::from_file(path); }) == fault::sealing));
  const auto damaged = directory.write("damaged.key", "too short");
  BOOST_TEST((fault_of([&] { sealing_key::from_file(damaged); }) == fault::sealing));
  BOOST_TEST(content_of(damaged) == "too short");
}

BOOST_AUTO_TEST_SUITE_END()
