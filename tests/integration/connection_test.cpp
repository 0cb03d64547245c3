// The client's connection over several requests: reuse, pipelining, half-close, the end.
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <optional>
#include <string>
#include <string_view>

using namespace gemkeeper;
using namespace gemkeeper::test;

BOOST_AUTO_TEST_SUITE(client_connection)

BOOST_AUTO_TEST_CASE(a_hundred_requests_of_one_client_use_one_upstream_connection) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post(generate, "0"));
  connection behind = upstream.accept();
  for (int i = 0; i < 100; ++i) {
    const std::string text = std::to_string(i);
    if (i != 0) client.send(post(generate, text));
    BOOST_TEST(read_request(behind).body == text);
    behind.send(ok("answer " + text));
    BOOST_TEST(read_answer(client).body == "answer " + text);
  }
  BOOST_TEST(!upstream.has_visitor());
  BOOST_TEST(rig.finished(100).back().status == 200);
  BOOST_TEST(rig.key_uses() == 100U);
}

BOOST_AUTO_TEST_CASE(clients_one_after_the_other_share_an_upstream_connection) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  std::optional<connection> behind;
  for (int i = 0; i < 3; ++i) {
    connection client = rig.connect();
    client.send(get("/v1beta/models"));
    if (!behind) behind.emplace(upstream.accept());
    read_request(*behind);
    behind->send(ok("x"));
    read_answer(client);
  }
  BOOST_TEST(!upstream.has_visitor());
}

BOOST_AUTO_TEST_CASE(requests_sent_at_once_are_answered_in_their_order) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post(generate, "one") + "\r\n" + get("/v1beta/models") +
              "POST /v1beta/files HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              "5\r\nthree\r\n0\r\n\r\n" +
              post(generate, "four"));
  connection behind = upstream.accept();
  for (const std::string_view body : {"one", "", "three", "four"}) {
    BOOST_TEST(read_request(behind).body == body);
    BOOST_TEST(behind.is_quiet());  // the next one waits for this answer
    behind.send(ok(std::string("re: ") + std::string(body)));
  }
  for (const std::string_view body : {"one", "", "three", "four"})
    BOOST_TEST(read_answer(client).body == std::string("re: ") + std::string(body));
}

BOOST_AUTO_TEST_CASE(requests_may_be_cut_anywhere) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  const std::string both =
      post(generate, "{\"a\": 1}") +
      "POST /v1beta/files HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x\r\ntwo\r\n0\r\nX-Sum: 1\r\n\r\n";
  std::optional<connection> behind;
  const auto check = [&](connection& client) {
    if (!behind) behind.emplace(upstream.accept());
    for (const std::string_view body : {"{\"a\": 1}", "two"}) {
      BOOST_TEST(read_request(*behind).body == body);
      behind->send(ok(body));
      BOOST_TEST(read_answer(client).body == body);
    }
  };
  for (std::size_t cut = 1; cut < both.size(); ++cut) {
    connection client = rig.connect();
    client.send(std::string_view(both).substr(0, cut));
    client.send(std::string_view(both).substr(cut));
    check(client);
  }
  connection client = rig.connect();
  for (const char c : both)
    client.send({&c, 1});
  check(client);
}

BOOST_AUTO_TEST_CASE(a_client_that_ends_its_sending_side_still_gets_its_answer) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post(generate, "{}"));
  client.half_close();
  connection behind = upstream.accept();
  read_request(behind);
  behind.send(ok("answer"));
  BOOST_TEST(read_answer(client).body == "answer");
  BOOST_TEST(client.wait_for_end() == ending::closed);
  BOOST_TEST(!rig.finished(1).back().cancelled);
}

BOOST_AUTO_TEST_CASE(a_client_that_ends_its_sending_side_gets_the_whole_stream) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post(stream, "{}"));
  client.half_close();
  connection behind = upstream.accept();
  read_request(behind);
  behind.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("data: {}\n\n"));
  client.receive_until("data: {}\n\n");
  behind.send(chunk("data: {\"a\": 2}\n\n"));
  client.receive_until("data: {\"a\": 2}\n\n");
  behind.send("0\r\n\r\n");
  BOOST_TEST(client.receive_to_end() == "\r\n0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(all_requests_before_the_end_of_the_sending_side_are_answered) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post(generate, "one") + post(generate, "two"));
  client.half_close();
  connection behind = upstream.accept();
  for (const std::string_view body : {"one", "two"}) {
    BOOST_TEST(read_request(behind).body == body);
    behind.send(ok(body));
    BOOST_TEST(read_answer(client).body == body);
  }
  BOOST_TEST(client.wait_for_end() == ending::closed);
}

BOOST_AUTO_TEST_CASE(connection_close_is_honoured_and_announced) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(get("/v1beta/models", "Connection: close\r\n") + get("/v1beta/models"));
  connection behind = upstream.accept();
  BOOST_TEST(read_request(behind).count("Connection") == 0U);
  behind.send(ok("x"));
  const message got = read_answer(client);
  BOOST_TEST(got.header("Connection") == "close");
  BOOST_TEST(client.wait_for_end() == ending::closed);
  BOOST_TEST(behind.is_quiet());
  // It was the client's connection, not the upstream's.
  connection next = rig.connect();
  next.send(get("/v1beta/models"));
  read_request(behind);
}

BOOST_AUTO_TEST_CASE(empty_lines_before_a_request_are_read_over) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send("\r\n\r\n");
  client.send("\r");
  client.send("\n" + get("/v1beta/models"));
  connection behind = upstream.accept();
  BOOST_TEST(read_request(behind).start_line == "GET /v1beta/models HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(a_drain_lets_the_request_under_way_finish_and_ends_idle_connections) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection idle = rig.connect();
  connection client = rig.connect();
  client.send(get("/v1beta/models"));
  connection behind = upstream.accept();
  read_request(behind);
  rig.server().drain();
  BOOST_TEST(idle.wait_for_end() == ending::closed);
  behind.send(ok("x"));
  BOOST_TEST(read_answer(client).body == "x");
  BOOST_TEST(client.wait_for_end() == ending::closed);
}

struct stop_case {
  std::string_view name;
  std::string request;
  bool reaches_upstream;
};

BOOST_AUTO_TEST_CASE(the_proxy_stops_at_once_whatever_its_clients_do) {
  const stop_case cases[] = {
      {"silent", "", false},
      {"in mid-head", "GET / HT", false},
      {"in mid-body", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nx", false},
      {"refused, and still there", "GET / HTTP/1.1\r\n\r\n", false},
      {"waiting for an answer", get("/v1beta/models"), true},
  };
  for (const stop_case& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      raw_upstream upstream;
      proxy_rig rig(upstream.port());
      connection client = rig.connect();
      client.send(c.request);
      std::optional<connection> behind;
      if (c.reaches_upstream) behind.emplace(upstream.accept());
      if (c.name == "refused, and still there") read_head(client);
      auto stopped = std::async(std::launch::async, [&] { rig.stop(); });
      const bool at_once = stopped.wait_for(patience) == std::future_status::ready;
      BOOST_TEST(at_once);
      client.close();  // so that the test ends, whatever happened
      stopped.wait();
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
