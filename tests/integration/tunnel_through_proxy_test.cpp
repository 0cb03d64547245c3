// Tunnels that leave by the upstream proxy (connect.through_proxy).
#include "support/fake_proxy.hpp"
#include "support/message.hpp"
#include "support/tunnel_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

proxy_rig::adjustment by(const fake_proxy& via, std::string_view login = {}) {
  return [url = via.url(login)](proxy::proxy_settings& settings) {
    settings.upstream.proxy = url;
    settings.connect.through_proxy = true;
    settings.connect.ports = {443};
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tunnels_through_a_proxy)

BOOST_AUTO_TEST_CASE(the_proxy_is_asked_for_the_name_and_carries_the_bytes) {
  for (const auto speaks : {fake_proxy::protocol::http, fake_proxy::protocol::socks5}) {
    raw_upstream target;
    fake_proxy::manners how;
    how.speaks = speaks;
    how.login = "user:s3cret";
    fake_proxy via(target.port(), how);
    proxy_rig proxy(target.port(), by(via, "user:s3cret"));
    connection client = proxy.connect();
    client.send(connect_to("some.example:443") + "early");
    BOOST_TEST(client.receive(established.size()) == established);
    connection behind = target.accept();
    BOOST_TEST(behind.receive(5) == "early");
    behind.send("and back");
    BOOST_TEST(client.receive(8) == "and back");
    client.half_close();
    BOOST_TEST(behind.wait_for_end() == ending::closed);
    behind.close();
    BOOST_TEST(client.wait_for_end() == ending::closed);
    BOOST_TEST(via.asked().at(0) == "some.example:443");
    BOOST_TEST(proxy.finished(1).at(0).text.find("s3cret") == std::string::npos);
    BOOST_TEST(proxy.key_uses() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(what_is_refused_by_its_text_does_not_reach_the_proxy) {
  raw_upstream target;
  fake_proxy via(target.port());
  proxy_rig proxy(target.port(), by(via));
  for (const std::string_view refused :
       {"127.0.0.1:443", "localhost:443", "0x7f.1:443", "10.0.0.1:443", "169.254.169.254:443",
        "some.example:80"}) {
    connection client = proxy.connect();
    client.send(connect_to(refused));
    BOOST_TEST(read_answer(client).status() == 403, refused);
  }
  BOOST_TEST(via.connections() == 0U);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_fails_is_named_without_its_credentials) {
  raw_upstream target;
  fake_proxy::manners how;
  how.login = "user:right";
  fake_proxy via(target.port(), how);
  proxy_rig proxy(target.port(), by(via, "user:wr0ng"));
  connection client = proxy.connect();
  client.send(connect_to("some.example:443"));
  const message answer = read_answer(client);
  BOOST_TEST(answer.status() == 502);
  BOOST_TEST(answer.body.find("UPSTREAM_PROXY_FAILED") != std::string::npos);
  BOOST_TEST(answer.body.find("upstream.proxy") != std::string::npos);
  BOOST_TEST(answer.body.find("wr0ng") == std::string::npos);
  BOOST_TEST(proxy.keys_are_healthy());
}

BOOST_AUTO_TEST_SUITE_END()
