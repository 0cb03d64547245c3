// How long each side may take, and what happens to who takes longer.
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace gemkeeper;
using namespace gemkeeper::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(time_limits)

BOOST_AUTO_TEST_CASE(a_head_that_does_not_end_is_408) {
  const raw_upstream upstream;
  proxy_rig rig(upstream.port(), [](auto& settings) { settings.client.head_timeout = 100ms; });
  connection client = rig.connect();
  client.send("GET / HTTP/1.1\r\nHost: loc");
  const message got = read_answer(client);
  BOOST_TEST(got.status() == 408);
  BOOST_TEST(got.header("Connection") == "close");
  BOOST_TEST(client.wait_for_end() == ending::closed);
  BOOST_TEST(rig.key_uses() == 0U);
}

// Not even by a byte now and then.
BOOST_AUTO_TEST_CASE(a_head_that_trickles_is_408) {
  const raw_upstream upstream;
  const proxy_rig rig(upstream.port(), [](auto& s) {
    s.client.head_timeout = 100ms;
    s.client.max_head = 16 * 1024 * 1024;  // more than is sent in that time
  });
  connection client = rig.connect();
  const auto start = std::chrono::steady_clock::now();
  client.send("GET / HTTP/1.1\r\nA: ");
  try {
    while (client.is_quiet() && std::chrono::steady_clock::now() - start < patience)
      client.send("x");
  } catch (const gemkeeper::test::wire_error&) {  // it answered and closed between the two
  }
  BOOST_TEST(read_head(client).status() == 408);
}

BOOST_AUTO_TEST_CASE(a_body_that_stops_is_408) {
  const raw_upstream upstream;
  proxy_rig rig(upstream.port(), [](auto& settings) { settings.client.body_timeout = 100ms; });
  connection client = rig.connect();
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345");
  BOOST_TEST(read_answer(client).status() == 408);
  BOOST_TEST(client.wait_for_end() == ending::closed);
  BOOST_TEST(rig.key_uses() == 0U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_idles_is_closed_in_silence) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port(), [](auto& s) { s.client.idle_timeout = 100ms; });
  connection unused = rig.connect();
  BOOST_TEST(unused.receive_to_end() == "");
  connection used = rig.connect();
  used.send(get("/v1beta/models"));
  connection behind = upstream.accept();
  read_request(behind);
  behind.send(ok("x"));
  read_answer(used);
  BOOST_TEST(used.receive_to_end() == "");
}

BOOST_AUTO_TEST_CASE(an_upstream_that_does_not_begin_is_504) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port(), [](auto& s) { s.upstream.first_byte_timeout = 100ms; });
  connection client = rig.connect();
  client.send(post(generate, "{}"));
  connection behind = upstream.accept();
  const message got = read_answer(client);
  BOOST_TEST(got.status() == 504);
  BOOST_TEST(got.body.find("\"UPSTREAM_TIMEOUT\"") != std::string::npos);
  BOOST_TEST(behind.wait_for_end() != ending::open);
  // Once: the model may have worked on it all the time.
  BOOST_TEST(rig.finished(1).front().attempts == 1U);
  BOOST_TEST(rig.keys_are_healthy());
}

BOOST_AUTO_TEST_CASE(a_head_that_stops_in_the_middle_is_504) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port(), [](auto& s) { s.upstream.first_byte_timeout = 100ms; });
  connection client = rig.connect();
  client.send(post(generate, "{}"));
  connection behind = upstream.accept();
  behind.send("HTTP/1.1 200 OK\r\nConte");
  BOOST_TEST(read_answer(client).status() == 504);
}

BOOST_AUTO_TEST_CASE(the_clients_own_deadline_ends_the_wait) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post(generate, "{}", "X-Server-Timeout: 0.2\r\n"));
  connection behind = upstream.accept();
  BOOST_TEST(read_request(behind).header("X-Server-Timeout") == "1");
  BOOST_TEST(read_answer(client).status() == 504);
}

BOOST_AUTO_TEST_CASE(an_answer_that_stands_still_is_cut_off) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port(), [](auto& s) { s.upstream.idle_timeout = 100ms; });
  connection client = rig.connect();
  client.send(post(stream, "{}"));
  connection behind = upstream.accept();
  behind.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("data: {}\n\n"));
  client.receive_until("data: {}\n\n");
  BOOST_TEST(client.wait_for_end() == ending::reset);
  BOOST_TEST(behind.wait_for_end() != ending::open);
  const finished_request seen = rig.finished(1).front();
  BOOST_TEST(seen.status == 200);
  BOOST_TEST(!seen.cancelled);
}

// A deadline of the client's is for the beginning: what flows is not cut off.
BOOST_AUTO_TEST_CASE(a_stream_that_moves_may_take_its_time) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port(), [](auto& s) {
    s.upstream.first_byte_timeout = 1s;
    s.upstream.idle_timeout = 1s;
    s.client.write_timeout = 1s;
    s.client.head_timeout = 1s;
    s.client.body_timeout = 1s;
    s.client.idle_timeout = 1s;
  });
  connection client = rig.connect();
  client.send(post(stream, "{}", "X-Server-Timeout: 1\r\n"));
  connection behind = upstream.accept();
  behind.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  // Events one by one, each when the one before has arrived, for longer than any of the limits.
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < 2s) {
    behind.send(chunk("data: {}\n\n"));
    client.receive_until("data: {}\n\n");
  }
  behind.send("0\r\n\r\n");
  client.receive_until("0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_given_up) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port(), [](auto& s) { s.client.write_timeout = 100ms; });
  connection client = rig.connect();
  client.send(get("/v1beta/files/x:download?alt=media"));
  connection behind = upstream.accept();
  behind.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
  try {
    behind.send_until_full(std::string(100'000, 'x'), 900'000'000);
  } catch (const wire_error&) {  // cut off while it was still sending
  }
  BOOST_TEST(behind.wait_for_end() != ending::open);
  BOOST_TEST(client.wait_for_end() == ending::reset);
}

BOOST_AUTO_TEST_CASE(an_idle_upstream_connection_is_given_up_in_time) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port(), [](auto& s) { s.upstream.max_idle_time = 100ms; });
  connection client = rig.connect();
  client.send(get("/v1beta/models"));
  connection behind = upstream.accept();
  read_request(behind);
  behind.send(ok("x"));
  read_answer(client);
  BOOST_TEST(behind.wait_for_end() == ending::closed);
}

BOOST_AUTO_TEST_CASE(only_so_many_idle_upstream_connections_are_kept) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port(), [](auto& s) { s.upstream.max_idle_connections = 1; });
  connection first_client = rig.connect();
  connection second_client = rig.connect();
  first_client.send(get("/v1beta/models"));
  connection first = upstream.accept();
  read_request(first);
  second_client.send(get("/v1beta/models"));
  connection second = upstream.accept();
  read_request(second);
  first.send(ok("x"));
  read_answer(first_client);
  second.send(ok("x"));
  read_answer(second_client);
  BOOST_TEST(second.wait_for_end() == ending::closed);
  first_client.send(get("/v1beta/models"));
  read_request(first);
}

BOOST_AUTO_TEST_SUITE_END()
