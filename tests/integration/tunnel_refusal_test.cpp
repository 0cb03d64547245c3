// CONNECT where no tunnel comes of it: nothing is connected to, and the answer says why.
#include "support/message.hpp"
#include "support/tunnel_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

void check_refusal(const message& got, int status, std::string_view reason) {
  BOOST_TEST(got.status() == status);
  BOOST_TEST(got.header("Content-Type") == "application/json; charset=UTF-8");
  const std::string found = got.body;
  BOOST_TEST(found.find(std::string(reason)) != std::string::npos, found);
  BOOST_TEST(found.find("gemkeeper") != std::string::npos, found);
}

// A port of 127.0.0.1 that takes no connection: its queue is full.
class deaf_port {
 public:
  deaf_port() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(where);
    auto* address = reinterpret_cast<sockaddr*>(&where);
    if (::bind(listening_, address, size) != 0 || ::listen(listening_, 0) != 0 ||
        ::getsockname(listening_, address, &size) != 0) {
      throw wire_error("cannot listen");
    }
    port_ = ntohs(where.sin_port);
    for (int& filler : fillers_) {
      filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      ::connect(filler, address, size);
    }
  }
  deaf_port(const deaf_port&) = delete;
  deaf_port& operator=(const deaf_port&) = delete;
  ~deaf_port() {
    for (const int filler : fillers_)
      ::close(filler);
    ::close(listening_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int listening_;
  std::uint16_t port_ = 0;
  std::array<int, 3> fillers_{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(tunnel_refusals)

// Every one of them would reach the port that listens here, but for 403.
BOOST_AUTO_TEST_CASE(this_machine_is_refused_in_every_spelling) {
  const raw_upstream listening;
  proxy_rig rig(listening.port(), [&](proxy::proxy_settings& settings) {
    settings.connect.ports = {listening.port()};
    // Not even an operator can allow it.
    settings.connect.allow = {"*", "127.0.0.0/8", "::/0", "localhost"};
  });
  const std::vector<std::string> hosts{
      "127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "2130706433", "0x7f000001",
      "0x7f.0.0.1", "0X7F.1", "017700000001", "0177.0.0.01", "127.0.0.1.", "127.1.", "0.0.0.0", "0",
      "0x0", "00", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
      "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
      "localhost", "localhost.", "LOCALHOST", "LocalHost.", "a.localhost", "localhost.localdomain",
      // And its surroundings.
      "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "2852039166",
      "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "metadata.google.internal",
      "[fe80::1]", "[fc00::1]", "[ff02::1]", "224.0.0.1", "255.255.255.255", "192.0.2.1"};
  for (const std::string& host : hosts) {
    BOOST_TEST_CONTEXT(host) {
      connection client = rig.connect();
      client.send(connect_to(host + ':' + std::to_string(listening.port())));
      check_refusal(read_answer(client), 403, "ADDRESS_REFUSED");
      BOOST_TEST(client.wait_for_end() == ending::closed);
      BOOST_TEST(!listening.has_visitor());
    }
  }
  const auto seen = rig.finished(hosts.size());
  BOOST_TEST(seen.back().reason == "ADDRESS_REFUSED");
  BOOST_TEST(seen.back().text.find("CONNECT\ntunnel\n") != std::string::npos);
  BOOST_TEST(rig.key_uses() == 0U);
}

// A name that nothing is known of but its addresses, which lead back.
BOOST_AUTO_TEST_CASE(a_name_is_refused_by_what_it_resolves_to) {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.data(), nullptr, nullptr, &found) != 0) return;
  ::freeaddrinfo(found);
  if (std::string_view(name.data()) == "localhost") return;
  const raw_upstream listening;
  const proxy_rig rig(listening.port(), [&](proxy::proxy_settings& settings) {
    settings.connect.ports = {listening.port()};
  });
  connection client = rig.connect();
  client.send(connect_to(std::string(name.data()) + ':' + std::to_string(listening.port())));
  check_refusal(read_answer(client), 403, "ADDRESS_REFUSED");
  BOOST_TEST(!listening.has_visitor());
}

BOOST_AUTO_TEST_CASE(lists_and_ports_are_kept_to) {
  tunnel_rig rig([](proxy::proxy_settings& settings) {
    settings.connect.allow = {"*.a.example"};
    settings.connect.deny = {"bad.a.example"};
  });
  const std::string port = ':' + std::to_string(rig.target.port());
  struct {
    std::string target;
    std::string_view reason;
  } const cases[] = {
      {"a.example" + port, "TUNNEL_REFUSED"}, {"bad.a.example" + port, "TUNNEL_REFUSED"},
      {"8.8.4.4" + port, "TUNNEL_REFUSED"},   {rig.authority(), "TUNNEL_REFUSED"},
      {"x.a.example:1", "PORT_REFUSED"},      {"8.8.8.8:22", "PORT_REFUSED"}};
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.target) {
      connection client = rig.proxy.connect();
      client.send(connect_to(c.target));
      check_refusal(read_answer(client), 403, c.reason);
    }
  }
  BOOST_TEST(!rig.target.has_visitor());
}

BOOST_AUTO_TEST_CASE(new_lists_hold_for_the_next_tunnel) {
  tunnel_rig rig;
  auto [client, target] = rig.open();
  proxy::proxy_settings settings = rig.proxy.settings();
  settings.connect.deny = {"127.0.0.0/8"};
  rig.proxy.server().reconfigure(settings);
  connection next = rig.proxy.connect();
  next.send(connect_to(rig.authority()));
  check_refusal(read_answer(next), 403, "TUNNEL_REFUSED");
  client.send("still there");
  BOOST_TEST(target.receive(11) == "still there");
  settings.connect.deny = {"a b"};
  BOOST_CHECK_THROW(rig.proxy.server().reconfigure(settings), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(malformed_targets_are_told) {
  tunnel_rig rig;
  for (const std::string_view target :
       {"a.example", "a.example:0", "a.example:65536", "user@a.example:443", "[fe80::1%25lo]:443",
        "https://a.example:443", "/", ":443", "%6cocalhost:443", "::1:443"}) {
    BOOST_TEST_CONTEXT(target) {
      connection client = rig.proxy.connect();
      client.send("CONNECT " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n");
      check_refusal(read_answer(client), 400, "MALFORMED_TARGET");
    }
  }
  for (const std::string_view fields :
       {"Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"}) {
    connection client = rig.proxy.connect();
    client.send(connect_to(rig.authority(), fields) + "abc");
    check_refusal(read_answer(client), 400, "MALFORMED_REQUEST");
  }
  BOOST_TEST(!rig.target.has_visitor());
}

BOOST_AUTO_TEST_CASE(nothing_behind_a_refused_connect_is_taken_for_a_request) {
  tunnel_rig rig;
  connection client = rig.proxy.connect();
  client.send(connect_to("localhost:1") + get("/v1beta/models"));
  BOOST_TEST(read_answer(client).status() == 403);
  BOOST_TEST(client.wait_for_end() == ending::closed);
  BOOST_TEST(!rig.target.has_visitor());
  BOOST_TEST(rig.proxy.key_uses() == 0U);
}

BOOST_AUTO_TEST_CASE(a_target_that_refuses_is_a_bad_gateway) {
  tunnel_rig rig;
  rig.target.stop_listening();
  connection client = rig.proxy.connect();
  client.send(connect_to(rig.authority()));
  check_refusal(read_answer(client), 502, "TUNNEL_TARGET_UNREACHABLE");
  BOOST_TEST(rig.proxy.key_uses() == 0U);
}

BOOST_AUTO_TEST_CASE(a_target_that_does_not_answer_is_a_gateway_timeout) {
  const deaf_port target;
  tunnel_rig rig([&](proxy::proxy_settings& settings) {
    settings.connect.ports = {target.port()};
    settings.connect.timeout = std::chrono::milliseconds(200);
  });
  connection client = rig.proxy.connect();
  client.send(connect_to("127.0.0.1:" + std::to_string(target.port())));
  check_refusal(read_answer(client), 504, "TUNNEL_TIMEOUT");
}

BOOST_AUTO_TEST_CASE(a_client_that_resets_is_not_waited_for) {
  const deaf_port target;
  tunnel_rig rig([&](proxy::proxy_settings& settings) {
    settings.connect.ports = {target.port()};
    settings.connect.timeout = std::chrono::milliseconds(60'000);
  });
  connection client = rig.proxy.connect();
  client.send(connect_to("127.0.0.1:" + std::to_string(target.port())));
  // Answered by the same worker: by then it has seen the CONNECT.
  connection other = rig.proxy.connect();
  other.send(connect_to("localhost:1"));
  read_answer(other);
  client.reset();
  const finished_request seen = rig.proxy.finished(2).back();
  BOOST_TEST(seen.cancelled);
  BOOST_TEST(seen.status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
