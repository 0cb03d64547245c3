#include "upstream/proxy_handshake.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_literals;

namespace gemkeeper::proxy {

using state = proxy_handshake::state;

static std::ostream& operator<<(std::ostream& out, state s) {
  constexpr std::string_view names[] = {"send", "receive", "done", "failed"};
  return out << names[static_cast<unsigned>(s)];
}

namespace {

egress proxy_at(std::string_view url) {
  egress via;
  BOOST_REQUIRE(parse_egress(url, via).empty());
  return via;
}

struct outcome {
  state how;
  std::string said;  // by us
  std::string rest;  // of the answer, behind the proxy's last word
  std::string problem;
};

// A proxy that says all of `answer` at once, of which `pieces` bytes arrive at a time.
outcome hold(const egress& via, std::string_view host, std::uint16_t port, std::string_view answer,
             std::size_t pieces, bool ends = false) {
  proxy_handshake talk(via, host, port);
  outcome result;
  std::string received;
  for (;;) {
    if (talk.status() == state::send) {
      result.said += talk.output();
      talk.sent();
    }
    received.erase(0, talk.feed(received));
    if (talk.status() == state::send) continue;
    if (talk.status() != state::receive) break;
    if (answer.empty()) {
      if (ends) talk.ended();
      break;
    }
    received += answer.substr(0, pieces);
    answer.remove_prefix(std::min(pieces, answer.size()));
  }
  result.how = talk.status();
  result.rest = received + std::string(answer);
  result.problem = talk.problem();
  return result;
}

void expect(const egress& via, std::string_view answer, state how, std::string_view problem,
            std::string_view rest = {}) {
  for (std::size_t pieces = 1; pieces <= answer.size() + 1; ++pieces) {
    const outcome got = hold(via, "target.example", 443, answer, pieces);
    BOOST_TEST(got.how == how, "in pieces of " << pieces << ": " << got.how);
    BOOST_TEST(got.problem == problem);
    if (how == state::done) BOOST_TEST(got.rest == rest);
  }
}

BOOST_AUTO_TEST_SUITE(proxy_handshakes)

BOOST_AUTO_TEST_CASE(connect_is_asked_with_credentials_only_if_there_are_any) {
  const egress plain = proxy_at("http://proxy");
  BOOST_TEST(proxy_handshake(plain, "a.example", 443).output() ==
             "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nUser-Agent: gemkeeper\r\n"
             "\r\n");
  BOOST_TEST(proxy_handshake(plain, "2001:db8::1", 80).output() ==
             "CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n"
             "User-Agent: gemkeeper\r\n\r\n");
  // RFC 7617, section 2.
  const egress known = proxy_at("https://Aladdin:open%20sesame@proxy");
  BOOST_TEST(proxy_handshake(known, "a.example", 443).output() ==
             "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nUser-Agent: gemkeeper\r\n"
             "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(every_answer_to_connect_is_understood_however_it_is_split) {
  const egress via = proxy_at("http://proxy");
  expect(via, "HTTP/1.1 200 OK\r\n\r\n", state::done, "");
  expect(via, "HTTP/1.0 200 Connection established\r\nX: y\r\n\r\nrest", state::done, "", "rest");
  expect(via, "HTTP/1.1 204 x\r\n\r\n", state::done, "");
  // Such fields mean nothing in a 2xx answer to CONNECT.
  expect(via, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", state::done, "", "body");
  expect(via, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", state::done, "");
  expect(via, "HTTP/1.1 407 Password s3cret\r\nContent-Length: 0\r\n\r\n", state::failed,
         "it demands credentials (407)");
  expect(via, "HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm=a, basic realm=b\r\n\r\n",
         state::failed, "it demands credentials (407)");
  expect(via, "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\n\r\n", state::failed,
         "it demands a login other than Basic (407)");
  expect(via, "HTTP/1.1 403 x\r\n\r\n", state::failed, "it does not allow the connection (403)");
  expect(via, "HTTP/1.1 502 x\r\n\r\n", state::failed, "it cannot reach the upstream (502)");
  expect(via, "HTTP/1.1 405 x\r\n\r\n", state::failed, "it does not accept CONNECT (405)");
  expect(via, "HTTP/1.1 302 x\r\nLocation: y\r\n\r\n", state::failed,
         "it answers CONNECT with 302");
  expect(via, "HTTP/1.1 101 x\r\n\r\n", state::failed, "it answers CONNECT with 101");
  const std::string no_http = "its answer to CONNECT is not HTTP/1.1";
  expect(via, "SSH-2.0-x\r\n\r\n", state::failed, no_http);
  expect(via, "HTTP/2 200\r\n\r\n", state::failed, no_http);
  expect(via, "HTTP/1.1 2000 OK\r\n\r\n", state::failed, no_http);
  expect(via, "HTTP/1.1 200 OK\r\nno field\r\n\r\n", state::failed, no_http);
  expect(proxy_at("http://a:b@proxy"), "HTTP/1.1 407 x\r\n\r\n", state::failed,
         "it rejects the credentials (407)");
}

BOOST_AUTO_TEST_CASE(what_a_proxy_may_say_is_bounded) {
  const egress via = proxy_at("http://proxy");
  const std::string endless = "HTTP/1.1 200 OK\r\n" + std::string(64 * 1024, 'a');
  BOOST_TEST(hold(via, "a", 1, endless, 1024).how == state::failed);
  std::string fields = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 65; ++i)
    fields += "a: b\r\n";
  BOOST_TEST(hold(via, "a", 1, fields + "\r\n", 1024).how == state::failed);
  std::string interim;
  for (int i = 0; i < 5; ++i)
    interim += "HTTP/1.1 100 Continue\r\n\r\n";
  BOOST_TEST(hold(via, "a", 1, interim + "HTTP/1.1 200 OK\r\n\r\n", 1024).how == state::failed);
}

BOOST_AUTO_TEST_CASE(an_end_before_the_last_word_is_told) {
  const std::string_view answers[] = {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 407"};
  for (const std::string_view answer : answers) {
    const outcome got = hold(proxy_at("http://proxy"), "a", 1, answer, 1, true);
    BOOST_TEST(got.how == state::failed);
    BOOST_TEST(got.problem == "it closed the connection before it answered");
  }
}

BOOST_AUTO_TEST_CASE(socks_is_spoken_byte_for_byte) {
  const std::string answer = "\x05\x00"s + "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"s + "rest";
  struct target {
    std::string host;
    std::string asked;
  };
  const target targets[] = {
      {"a.example", "\x05\x01\x00\x03\x09"s + "a.example"},
      {"192.0.2.1", "\x05\x01\x00\x01\xc0\x00\x02\x01"s},
      {"2001:db8::1", "\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s},
  };
  for (const target& t : targets) {
    for (std::size_t pieces = 1; pieces <= answer.size(); ++pieces) {
      const outcome got = hold(proxy_at("socks5://proxy"), t.host, 0x1234, answer, pieces);
      BOOST_TEST(got.how == state::done);
      BOOST_TEST(got.said == "\x05\x01\x00"s + t.asked + "\x12\x34");
      BOOST_TEST(got.rest == "rest");
    }
  }
  const std::string login = "\x05\x02"s + "\x01\x00"s + "\x05\x00\x00\x03\x01x\x00\x50"s + "rest";
  for (std::size_t pieces = 1; pieces <= login.size(); ++pieces) {
    const outcome got = hold(proxy_at("socks5://me:pass@proxy"), "192.0.2.1", 443, login, pieces);
    BOOST_TEST(got.how == state::done);
    BOOST_TEST(got.said == "\x05\x02\x00\x02"s + "\x01\x02me\x04pass"s +
                               "\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb"s);
    BOOST_TEST(got.rest == "rest");
  }
}

BOOST_AUTO_TEST_CASE(every_way_in_which_socks_fails_is_told) {
  const egress plain = proxy_at("socks5://proxy");
  const egress known = proxy_at("socks5://me:s3cret@proxy");
  expect(plain, "\x04\x5a"s, state::failed, "it does not speak SOCKS5");
  expect(plain, "HTTP/1.1 400 Bad Request\r\n\r\n", state::failed, "it does not speak SOCKS5");
  expect(plain, "\x05\x02"s, state::failed, "it chose a login that was not offered");
  expect(plain, "\x05\x01"s, state::failed, "it chose a login that was not offered");
  expect(known, "\x05\x80"s, state::failed, "it chose a login that was not offered");
  expect(plain, "\x05\xff"s, state::failed, "it demands credentials");
  expect(known, "\x05\xff"s, state::failed, "it takes neither a user name and password nor none");
  expect(known, "\x05\x02\x01\x01"s, state::failed, "it rejects the credentials");
  expect(known, "\x05\x02\x05\x00"s, state::failed,
         "its answer to the credentials is not that of SOCKS5");
  // A proxy may do without what it was offered.
  expect(known, "\x05\x00\x05\x00\x00\x01\0\0\0\0\0\0"s, state::done, "");
  expect(plain, "\x05\x00\x05\x00\x00\x04"s + std::string(18, '\0'), state::done, "");
  expect(plain, "\x05\x00\x04\x00"s, state::failed, "its reply is not that of SOCKS5");
  expect(plain, "\x05\x00\x05\x00\x00\x02\0\0\0\0\0\0"s, state::failed,
         "its reply is not that of SOCKS5");
  const std::string_view texts[] = {
      "it reports a general failure",
      "its rules do not allow the connection",
      "it cannot reach the network of the upstream",
      "it cannot reach the upstream's host, or does not know its name",
      "the upstream refuses its connection",
      "its connection to the upstream timed out",
      "it does not know the command CONNECT",
      "it does not know this type of address",
      "it replies with the unknown code 9"};
  for (std::size_t i = 0; i < std::size(texts); ++i) {
    expect(plain, "\x05\x00\x05"s + static_cast<char>(i + 1) + "\x00\x01\0\0\0\0\0\0"s,
           state::failed, texts[i]);
  }
  for (std::size_t size = 0; size < 12; ++size) {
    const std::string answer = "\x05\x00\x05\x00\x00\x01\0\0\0\0\0\0"s.substr(0, size);
    const outcome got = hold(plain, "a", 1, answer, 1, true);
    BOOST_TEST(got.problem == "it closed the connection before it answered");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::proxy
