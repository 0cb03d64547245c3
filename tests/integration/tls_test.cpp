// TLS towards the upstream: verified, named, resumed, and ended in good order.
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::test;
using namespace std::chrono_literals;

namespace {

proxy_rig::adjustment over_tls(const ca_file& trusted, std::string host = "localhost") {
  return [path = trusted.path(), host = std::move(host)](proxy::proxy_settings& settings) {
    settings.upstream.tls = true;
    settings.upstream.host = host;
    settings.upstream.ca_file = path;
  };
}

sandbox::scenario two_keys() {
  sandbox::scenario scenario;
  scenario.keys = {{std::string(first_secret), {}}, {std::string(second_secret), {}}};
  return scenario;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(upstream_tls)

BOOST_AUTO_TEST_CASE(an_upstream_is_named_and_its_connections_are_kept) {
  sandbox::server upstream(two_keys());
  const std::uint16_t port = upstream.listen("127.0.0.1:0", sandbox::transport::tls);
  const ca_file trusted(upstream.ca_pem());
  const proxy_rig rig(port, over_tls(trusted));
  for (int i = 0; i < 3; ++i) {
    connection client = rig.connect();
    client.send(get("/v1beta/models", "Connection: close\r\n"));
    BOOST_TEST(read_answer(client).status() == 200);
  }
  for (const sandbox::recorded_request& request : upstream.requests()) {
    BOOST_TEST(request.tls);
    BOOST_TEST(request.server_name == "localhost");
  }
  BOOST_TEST(upstream.connections_accepted() == 1U);
}

BOOST_AUTO_TEST_CASE(a_new_connection_resumes_the_session_of_an_earlier_one) {
  sandbox::scenario scenario = two_keys();
  scenario.connection.max_requests = 1;  // then closed, without a word
  sandbox::server upstream(scenario);
  const std::uint16_t port = upstream.listen("127.0.0.1:0", sandbox::transport::tls);
  const ca_file trusted(upstream.ca_pem());
  const proxy_rig rig(port, over_tls(trusted));
  connection client = rig.connect();
  for (int i = 0; i < 4; ++i) {
    client.send(post(generate, R"({"contents": [{"parts": [{"text": "hello"}]}]})"));
    BOOST_TEST(read_answer(client).status() == 200);
  }
  const auto requests = upstream.requests();
  BOOST_REQUIRE(requests.size() == 4U);
  BOOST_TEST(!requests[0].tls_resumed);
  for (std::size_t i = 1; i < requests.size(); ++i) {
    BOOST_TEST(requests[i].connection == i + 1);
    BOOST_TEST(requests[i].tls_resumed);
  }
}

struct bad_identity {
  std::string_view name;
  sandbox::identity_request request;
  bool trusted = true;
};

BOOST_AUTO_TEST_CASE(an_upstream_that_cannot_prove_its_name_is_502_and_no_key_is_sent) {
  const bad_identity cases[] = {
      {"another name", {{"other.example"}, {}, -24h, 24h}},
      {"a name above", {{"*.example"}, {}, -24h, 24h}},
      {"an address only", {{}, {"127.0.0.1"}, -24h, 24h}},
      {"expired", {{"localhost"}, {"127.0.0.1"}, -48h, -24h}},
      {"not valid yet", {{"localhost"}, {"127.0.0.1"}, 24h, 48h}},
      {"unknown authority", {{"localhost"}, {"127.0.0.1"}, -24h, 24h}, false},
  };
  for (const bad_identity& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      sandbox::server_settings settings;
      settings.identity = sandbox::make_identity(c.request);
      const ca_file trusted(c.trusted ? settings.identity.authority
                                      : sandbox::make_identity().authority);
      sandbox::server upstream(two_keys(), settings);
      const std::uint16_t port = upstream.listen("127.0.0.1:0", sandbox::transport::tls);
      proxy_rig rig(port, over_tls(trusted));
      connection client = rig.connect();
      client.send(post(generate, "{}"));
      const message got = read_answer(client);
      BOOST_TEST(got.status() == 502);
      const bool says_why = got.body.find("certificate") != std::string::npos ||
                            got.body.find("hostname mismatch") != std::string::npos;
      BOOST_TEST(says_why, got.body);
      BOOST_TEST(rig.keys_are_healthy());
      BOOST_TEST(rig.finished(1).front().reason == "UPSTREAM_UNREACHABLE");
      BOOST_TEST(upstream.requests().empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_upstream_named_by_its_address_is_verified_by_it) {
  const sandbox::tls_identity identity =
      sandbox::make_identity({{"localhost"}, {"127.0.0.1"}, -24h, 24h});
  const ca_file trusted(identity.authority);
  raw_upstream upstream(identity);
  const proxy_rig rig(upstream.port(), over_tls(trusted, "127.0.0.1"));
  connection client = rig.connect();
  client.send(get("/v1beta/models"));
  connection behind = upstream.accept();
  BOOST_TEST(read_request(behind).header("Host") == "127.0.0.1:" + std::to_string(upstream.port()));
  BOOST_TEST(SSL_get_servername(behind.tls(), TLSEXT_NAMETYPE_host_name) == nullptr);
  behind.send(ok("x"));
  BOOST_TEST(read_answer(client).body == "x");
}

BOOST_AUTO_TEST_CASE(an_upstream_that_speaks_no_tls_is_502) {
  raw_upstream upstream;
  const ca_file trusted(sandbox::make_identity().authority);
  proxy_rig rig(upstream.port(), over_tls(trusted));
  connection client = rig.connect();
  client.send(get("/v1beta/models"));
  for (int i = 0; i < 3; ++i) {
    connection behind = upstream.accept();
    behind.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    BOOST_TEST(behind.wait_for_end() != ending::open);
  }
  BOOST_TEST(read_answer(client).status() == 502);
  BOOST_TEST(rig.keys_are_healthy());
}

BOOST_AUTO_TEST_CASE(a_handshake_that_stalls_is_given_up) {
  raw_upstream upstream;
  const ca_file trusted(sandbox::make_identity().authority);
  const proxy_rig rig(upstream.port(), [&](proxy::proxy_settings& settings) {
    over_tls(trusted)(settings);
    settings.upstream.tls_timeout = 100ms;
  });
  connection client = rig.connect();
  client.send(get("/v1beta/models"));
  connection behind = upstream.accept();
  BOOST_TEST(behind.wait_for_end() != ending::open);
}

struct tls_exchange {
  sandbox::tls_identity identity = sandbox::make_identity();
  ca_file trusted{identity.authority};
  raw_upstream upstream{identity};
  proxy_rig rig{upstream.port(), over_tls(trusted)};
  connection client = rig.connect();
  connection behind;

  explicit tls_exchange(std::string_view request)
      : behind((client.send(request), upstream.accept())) {
    read_request(behind);
  }
};

// Without close_notify, an answer that ends with its connection may have been cut by anybody.
BOOST_AUTO_TEST_CASE(a_truncated_answer_is_not_taken_for_whole) {
  for (const bool truncated : {true, false}) {
    tls_exchange e(get("/v1beta/models"));
    e.behind.send("HTTP/1.1 200 OK\r\n\r\nhello");
    e.client.receive_until("hello");
    truncated ? e.behind.truncate() : e.behind.half_close();
    BOOST_TEST(e.client.wait_for_end() == (truncated ? ending::reset : ending::closed));
  }
}

BOOST_AUTO_TEST_CASE(a_whole_answer_needs_no_close_notify) {
  tls_exchange e(get("/v1beta/models"));
  e.behind.send(ok("hello"));
  e.behind.truncate();
  BOOST_TEST(read_answer(e.client).body == "hello");
  // And the connection is not used again.
  e.client.send(get("/v1beta/models"));
  connection fresh = e.upstream.accept();
  read_request(fresh);
  fresh.send(ok("fresh"));
  BOOST_TEST(read_answer(e.client).body == "fresh");
}

BOOST_AUTO_TEST_CASE(large_bodies_pass_both_ways) {
  std::string body;
  while (body.size() < 3'000'000)
    body += std::to_string(body.size());
  const sandbox::tls_identity identity = sandbox::make_identity();
  const ca_file trusted(identity.authority);
  raw_upstream upstream(identity);
  const proxy_rig rig(upstream.port(), over_tls(trusted));
  connection client = rig.connect();
  client.send(post(generate, body));
  connection behind = upstream.accept();
  BOOST_TEST((read_request(behind).body == body));
  // Both sides' buffers are smaller than this: it moves because the client reads.
  std::thread answering([&] { behind.send(ok(body)); });
  const std::string got = read_answer(client).body;
  answering.join();
  BOOST_TEST((got == body));
}

BOOST_AUTO_TEST_CASE(an_answer_before_the_whole_request_was_sent_is_relayed) {
  const sandbox::tls_identity identity = sandbox::make_identity();
  const ca_file trusted(identity.authority);
  raw_upstream upstream(identity);
  const proxy_rig rig(upstream.port(), over_tls(trusted));
  connection client = rig.connect();
  client.send(post(create_cache, std::string(20'000'000, 'x')));
  connection behind = upstream.accept();
  behind.receive_until("\r\n\r\n");
  behind.send(answer("413 Content Too Large", "too large"));
  BOOST_TEST(read_answer(client).body == "too large");
  BOOST_TEST(behind.wait_for_end() != ending::open);
}

BOOST_AUTO_TEST_CASE(events_arrive_one_by_one) {
  tls_exchange e(post(stream, "{}"));
  e.behind.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 10; ++i) {
    const std::string event = chunk("data: {\"n\": " + std::to_string(i) + "}\r\n\r\n");
    e.behind.send(event);
    e.client.receive_until(event);
  }
}

BOOST_AUTO_TEST_SUITE_END()
