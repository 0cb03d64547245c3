// What a Live session's watch sees and masks, however the bytes are cut.
#include "websocket/session_watch.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace gemkeeper::proxy::websocket;
using gemkeeper::proxy::lane_watch;

namespace {

constexpr std::string_view secret = "AIzaSecret+/0123456789";

std::string server_frame(char first, std::string_view payload) {
  std::string bytes{first};
  if (payload.size() < 126) {
    bytes += static_cast<char>(payload.size());
  } else {
    bytes += '\x7e';
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xff);
  }
  return bytes.append(payload);
}

// What goes on of `pieces`, as a lane does it: what is held comes again.
std::string passed(server_watch& watch, const std::vector<std::string_view>& pieces) {
  std::string all;
  std::string held;
  for (const std::string_view piece : pieces) {
    std::string bytes = held;
    bytes += piece;
    const std::size_t may = watch.pass(bytes);
    all += bytes.substr(0, may);
    held = bytes.substr(may);
    if (watch.broken()) break;
    BOOST_TEST(held.size() <= lane_watch::most_held);
  }
  return all;
}

std::string stars(std::string_view wire) {
  std::string masked(wire);
  for (std::size_t at = masked.find(secret); at != std::string::npos; at = masked.find(secret))
    masked.replace(at, secret.size(), secret.size(), '*');
  return masked;
}

void check(const std::string& wire, const std::string& expected) {
  const std::string_view all = wire;
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < all.size(); ++i) {
    bytes.push_back(all.substr(i, 1));
    server_watch watch(secret);
    const std::string got = passed(watch, {all.substr(0, i), all.substr(i)});
    if (got == expected) continue;
    BOOST_TEST_CONTEXT("cut at " << i) {
      BOOST_TEST(got == expected);
    }
    return;
  }
  server_watch watch(secret);
  BOOST_TEST(passed(watch, bytes) == expected);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(session_watch)

BOOST_AUTO_TEST_CASE(the_key_is_masked_in_closes_and_errors_and_nowhere_else) {
  const std::string key(secret);
  const std::string error = R"({"error":{"message":"no )" + key + R"( here"}})";
  // What a model says stays as it is.
  const std::string talk = server_frame('\x81', R"({"serverContent":{"text":")" + key + R"("}})");
  const std::string failed = server_frame('\x82', error);
  const std::string close = server_frame('\x88', "\x03\xf3 key " + key + " is out");
  check(talk, talk);
  check(failed, stars(failed));
  check(close, stars(close));
  check(talk + failed + server_frame('\x89', key) + close,
        talk + stars(failed) + server_frame('\x89', key) + stars(close));
}

BOOST_AUTO_TEST_CASE(an_error_in_fragments_ends_the_session) {
  const std::string error = R"({"error":{"message":"no )" + std::string(secret) + R"( here"}})";
  const std::string wire =
      server_frame('\x01', error.substr(0, 30)) + server_frame('\x80', error.substr(30));
  server_watch watch(secret);
  BOOST_TEST(passed(watch, {wire}).size() == 2U);
  BOOST_TEST(watch.broken());
  // Not one that speaks of errors.
  const std::string talk = R"({"serverContent":{"text":"error"}})";
  check(server_frame('\x01', talk.substr(0, 30)) + server_frame('\x80', talk.substr(30)),
        server_frame('\x01', talk.substr(0, 30)) + server_frame('\x80', talk.substr(30)));
}

BOOST_AUTO_TEST_CASE(a_close_is_told_with_its_reason) {
  server_watch watch(secret);
  BOOST_TEST(watch.may_put_in());
  const std::string close = server_frame('\x88', "\x03\xf0" + std::string(secret));
  passed(watch, {std::string_view(close).substr(0, 5)});
  BOOST_TEST(!watch.may_put_in());
  BOOST_TEST(!watch.closed());
  server_watch whole(secret);
  passed(whole, {close});
  BOOST_TEST(whole.closed());
  BOOST_TEST(!whole.may_put_in());
  BOOST_TEST((whole.why().code == close_code::policy_violation));
  BOOST_TEST(whole.why().text == std::string(secret.size(), '*'));
}

BOOST_AUTO_TEST_CASE(what_breaks_the_protocol_goes_no_further) {
  server_watch watch(secret);
  const std::string good = server_frame('\x81', "{}");
  BOOST_TEST(passed(watch, {good + "\x83\x01x"}).starts_with(good));
  BOOST_TEST(watch.broken());
}

BOOST_AUTO_TEST_CASE(a_clients_close_is_noticed) {
  std::string wire;
  append_close(wire, sender::client, {close_code::normal, "bye"}, 0x01020304);
  client_watch watch;
  BOOST_TEST(watch.may_put_in());
  BOOST_TEST(watch.pass(std::span<char>(wire).first(3)) == 3U);
  BOOST_TEST(!watch.may_put_in());
  BOOST_TEST(!watch.closed());
  BOOST_TEST(watch.pass(std::span<char>(wire).subspan(3)) == wire.size() - 3);
  BOOST_TEST(watch.closed());
}

BOOST_AUTO_TEST_SUITE_END()
