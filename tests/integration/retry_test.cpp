// When a request is sent again: only when that cannot do anything twice.
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

// A pooled connection that the upstream keeps open for now.
connection idle_connection(raw_upstream& upstream, connection& client) {
  client.send(get("/v1beta/models"));
  connection behind = upstream.accept();
  read_request(behind);
  behind.send(ok("x"));
  read_answer(client);
  return behind;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(retry)

BOOST_AUTO_TEST_CASE(a_stale_connection_is_replaced_by_a_fresh_one_without_a_further_attempt) {
  for (const bool abruptly : {false, true}) {
    raw_upstream upstream;
    proxy_rig rig(upstream.port());
    connection client = rig.connect();
    connection stale = idle_connection(upstream, client);
    client.send(post(generate, "{}"));
    read_request(stale);
    abruptly ? stale.reset() : stale.close();
    connection fresh = upstream.accept();
    BOOST_TEST(read_request(fresh).body == "{}");
    fresh.send(ok("fresh"));
    const message got = read_answer(client);
    BOOST_TEST(got.body == "fresh");
    BOOST_TEST(got.header("x-gemkeeper-attempts") == "1");
    BOOST_TEST(rig.finished(2).back().attempts == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_connection_known_to_be_closed_is_not_used_at_all) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  connection client = rig.connect();
  connection stale = idle_connection(upstream, client);
  stale.half_close();
  BOOST_TEST(stale.wait_for_end() != ending::open);  // seen
  // So that even what may be done only once goes through.
  client.send(post(create_cache, "{}"));
  connection fresh = upstream.accept();
  BOOST_TEST(read_request(fresh).body == "{}");
  fresh.send(ok("fresh"));
  BOOST_TEST(read_answer(client).body == "fresh");
}

BOOST_AUTO_TEST_CASE(a_reset_before_any_answer_is_tried_again) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post(generate, "{\"a\": 1}"));
  for (int i = 0; i < 2; ++i) {
    connection behind = upstream.accept();
    BOOST_TEST(read_request(behind).body == "{\"a\": 1}");
    behind.reset();
  }
  connection third = upstream.accept();
  BOOST_TEST(read_request(third).body == "{\"a\": 1}");
  third.send(ok("at last"));
  const message got = read_answer(client);
  BOOST_TEST(got.body == "at last");
  BOOST_TEST(got.header("x-gemkeeper-attempts") == "3");
  BOOST_TEST(rig.keys_are_healthy());
}

BOOST_AUTO_TEST_CASE(a_reset_of_what_may_be_done_only_once_is_502) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  for (const std::string_view target : {create_cache, std::string_view("/v1beta/unknown")}) {
    connection client = rig.connect();
    client.send(post(target, "{}"));
    connection behind = upstream.accept();
    read_request(behind);
    behind.reset();
    BOOST_TEST(read_answer(client).status() == 502);
    BOOST_TEST(!upstream.has_visitor());
  }
  BOOST_TEST(rig.finished(2).back().attempts == 1U);
  BOOST_TEST(rig.keys_are_healthy());
}

BOOST_AUTO_TEST_CASE(an_upstream_that_resets_every_time_is_502_in_the_end) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(get("/v1beta/models"));
  for (int i = 0; i < 3; ++i) {
    connection behind = upstream.accept();
    read_request(behind);
    behind.reset();
  }
  BOOST_TEST(read_answer(client).status() == 502);
  BOOST_TEST(!upstream.has_visitor());
}

// Whatever was kept in memory and in a file goes again, whole.
BOOST_AUTO_TEST_CASE(a_large_body_is_sent_again_with_the_next_key) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port(), [](auto& s) { s.client.replay_memory = 100'000; });
  std::string body;
  while (body.size() < 1'000'000)
    body += std::to_string(body.size());
  connection client = rig.connect();
  client.send(post(generate, body));
  connection behind = upstream.accept();
  const message first = read_request(behind);
  behind.send(answer("403 Forbidden", R"({"error":{"code":403,"status":"PERMISSION_DENIED",)"
                                      R"("message":"Your API key was reported as leaked."}})"));
  const message second = read_request(behind);
  behind.send(ok("good"));
  BOOST_TEST((first.body == body));
  BOOST_TEST((second.body == body));
  BOOST_TEST(first.header("x-goog-api-key") == first_secret);
  BOOST_TEST(second.header("x-goog-api-key") == second_secret);
  BOOST_TEST(read_answer(client).header("x-gemkeeper-attempts") == "2");
}

BOOST_AUTO_TEST_CASE(nothing_is_tried_again_once_the_client_has_seen_of_an_answer) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post(stream, "{}"));
  connection behind = upstream.accept();
  read_request(behind);
  behind.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("data: {}\n\n"));
  client.receive_until("data: {}");
  behind.reset();
  BOOST_TEST(client.wait_for_end() == ending::reset);
  BOOST_TEST(!upstream.has_visitor());
}

BOOST_AUTO_TEST_CASE(a_stream_that_breaks_before_its_first_event_is_tried_again) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post(stream, "{}"));
  connection behind = upstream.accept();
  read_request(behind);
  behind.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  behind.close();
  connection next = upstream.accept();
  read_request(next);
  next.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("data: {}\n\n") +
            "0\r\n\r\n");
  BOOST_TEST(read_answer(client).body == chunk("data: {}\n\n") + "0\r\n\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
