#include "client.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/test/unit_test.hpp>

using namespace gemkeeper::sandbox;
using namespace gemkeeper::sandbox::test;

BOOST_AUTO_TEST_SUITE(transport_of_a_server)

BOOST_AUTO_TEST_CASE(it_answers_over_plain_tcp) {
  server sandbox({});
  client plain(sandbox.listen("127.0.0.1:0", transport::plain));
  const response answer = plain.post(generate_target, say("hello"), first_key);
  BOOST_TEST(answer.result_int() == 200);
  BOOST_TEST(answer.body().find("echo: hello") != std::string::npos);
  BOOST_TEST(answer["Server"] == "scaffolding on HTTPServer2");
  BOOST_TEST(answer["Transfer-Encoding"] == "chunked");
}

BOOST_AUTO_TEST_CASE(its_certificate_is_good_for_localhost_and_google) {
  server sandbox({});
  const std::uint16_t port = sandbox.listen("127.0.0.1:0", transport::tls);
  for (const std::string host : {"localhost", "generativelanguage.googleapis.com", "127.0.0.1"}) {
    client secure(port, sandbox.ca_pem(), host);
    BOOST_TEST(secure.post(generate_target, say("hello"), first_key).result_int() == 200);
  }
  BOOST_CHECK_THROW(client(port, sandbox.ca_pem(), "example.com"), boost::system::system_error);
  const auto requests = sandbox.requests();
  BOOST_TEST(requests.at(1).server_name == "generativelanguage.googleapis.com");
  BOOST_TEST(requests.at(1).tls);
}

BOOST_AUTO_TEST_CASE(it_records_what_it_received_and_over_which_connection) {
  server sandbox({});
  const std::uint16_t port = sandbox.listen("127.0.0.1:0", transport::plain);
  client first(port);
  first.post(generate_target, say("one"), {{"X-GOOG-api-key", "sandbox-key-1"}});
  first.post(generate_target, say("two"), first_key);
  client second(port);
  second.post(generate_target, say("three"), {{"x-goog-api-key", "nobody"}});

  BOOST_REQUIRE(sandbox.wait_until(
      [](const auto& all) { return all.size() == 3 && all.back().end == ending::complete; }));
  const auto requests = sandbox.requests();
  BOOST_TEST(requests[0].headers.back().first == "Content-Length");
  BOOST_TEST(requests[0].headers[1].first == "X-GOOG-api-key");
  BOOST_TEST(requests[0].header("x-goog-api-key") == "sandbox-key-1");
  BOOST_TEST(requests[0].target == generate_target);
  BOOST_TEST(requests[0].body == say("one"));
  BOOST_TEST(requests[1].connection == requests[0].connection);
  BOOST_TEST(requests[1].nth == 2U);
  BOOST_TEST(requests[2].connection != requests[0].connection);
  BOOST_TEST(requests[2].credential == "nobody");
  BOOST_TEST(requests[2].status == 400);
}

BOOST_AUTO_TEST_SUITE_END()
