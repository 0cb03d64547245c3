// A client that goes away ends its upstream exchange at once, wherever that is: no generation is
// paid for that nobody reads.
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

constexpr std::string_view stream_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

void check_cancelled(proxy_rig& rig, unsigned attempts) {
  const finished_request seen = rig.finished(1).front();
  BOOST_TEST(seen.cancelled);
  BOOST_TEST(seen.attempts == attempts);
  BOOST_TEST(rig.keys_are_healthy());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_gone)

BOOST_AUTO_TEST_CASE(while_the_upstream_thinks) {
  for (const bool abruptly : {false, true}) {
    raw_upstream upstream;
    proxy_rig rig(upstream.port());
    connection client = rig.connect();
    client.send(post(generate, "{}"));
    connection behind = upstream.accept();
    read_request(behind);
    abruptly ? client.reset() : client.close();
    BOOST_TEST(behind.wait_for_end() != ending::open);
    check_cancelled(rig, 1);
  }
}

BOOST_AUTO_TEST_CASE(while_the_first_event_is_awaited) {
  for (const bool abruptly : {false, true}) {
    raw_upstream upstream;
    proxy_rig rig(upstream.port());
    connection client = rig.connect();
    client.send(post(stream, "{}"));
    connection behind = upstream.accept();
    read_request(behind);
    behind.send(std::string(stream_head) + "20\r\ndata: {\"cand");
    abruptly ? client.reset() : client.close();
    BOOST_TEST(behind.wait_for_end() != ending::open);
    check_cancelled(rig, 1);
  }
}

BOOST_AUTO_TEST_CASE(between_two_events) {
  for (const bool abruptly : {false, true}) {
    raw_upstream upstream;
    proxy_rig rig(upstream.port());
    connection client = rig.connect();
    client.send(post(stream, "{}"));
    connection behind = upstream.accept();
    read_request(behind);
    behind.send(std::string(stream_head) + chunk("data: {}\n\n"));
    client.receive_until("data: {}\n\n\r\n");
    abruptly ? client.reset() : client.close();
    BOOST_TEST(behind.wait_for_end() != ending::open);
    check_cancelled(rig, 1);
  }
}

BOOST_AUTO_TEST_CASE(while_it_is_sent_an_answer_that_it_does_not_read) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(get("/v1beta/files/x:download?alt=media"));
  connection behind = upstream.accept();
  read_request(behind);
  behind.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
  behind.send_until_full(std::string(100'000, 'x'), 99'000'000);
  client.close();  // with a reset: it leaves bytes unread
  BOOST_TEST(behind.wait_for_end() != ending::open);
  check_cancelled(rig, 1);
}

BOOST_AUTO_TEST_CASE(while_it_waits_for_a_key) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port(), [](proxy::proxy_settings& settings) {
    settings.retry.max_wait = std::chrono::minutes(10);
  });
  connection client = rig.connect();
  client.send(post(generate, "{}"));
  connection behind = upstream.accept();
  const std::string busy =
      answer("429 Too Many Requests",
             R"({"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"quota","details":[)"
             R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[)"
             R"({"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]}]}})");
  for (int i = 0; i < 2; ++i) {
    read_request(behind);
    behind.send(busy);
  }
  // Both keys cool: it waits for the first to recover.
  client.close();
  const finished_request seen = rig.finished(1).front();
  BOOST_TEST(seen.cancelled);
  BOOST_TEST(seen.attempts == 2U);
}

BOOST_AUTO_TEST_CASE(in_the_middle_of_its_request) {
  const raw_upstream upstream;
  proxy_rig rig(upstream.port());
  for (const std::string& part :
       {std::string("GET /v1beta/mod"),
        std::string("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345")}) {
    connection client = rig.connect();
    client.send(part);
    client.half_close();
    BOOST_TEST(client.wait_for_end() == ending::closed);
  }
  BOOST_TEST(rig.finished(2).back().status == 0);
  BOOST_TEST(rig.key_uses() == 0U);
  BOOST_TEST(!upstream.has_visitor());
}

BOOST_AUTO_TEST_CASE(the_upstream_connection_of_one_that_left_serves_nobody_else) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection gone = rig.connect();
  gone.send(post(generate, "mine"));
  connection first = upstream.accept();
  read_request(first);
  gone.reset();
  first.wait_for_end();
  connection next = rig.connect();
  next.send(post(generate, "other"));
  connection second = upstream.accept();
  BOOST_TEST(read_request(second).body == "other");
  second.send(ok("for the other"));
  BOOST_TEST(read_answer(next).body == "for the other");
}

BOOST_AUTO_TEST_SUITE_END()
