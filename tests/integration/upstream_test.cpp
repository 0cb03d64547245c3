// An upstream that misbehaves: what it cuts short is not taken for whole, and what it sends too
// much of reaches nobody.
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper;
using namespace gemkeeper::test;
using namespace std::string_literals;

namespace {

// The client of an exchange whose answer began, and whose upstream connection may end.
struct exchange {
  raw_upstream upstream;
  proxy_rig rig;
  connection client;
  connection behind;

  explicit exchange(std::string_view request = get("/v1beta/models"))
      : rig(upstream.port()),
        client(rig.connect()),
        behind((client.send(request), upstream.accept())) {
    read_request(behind);
  }
};

// Another request, which must come over a connection of its own and be answered well.
void check_next_is_fresh(exchange& e) {
  connection client = e.rig.connect();
  client.send(get("/v1beta/models?next"));
  connection fresh = e.upstream.accept();
  BOOST_TEST(read_request(fresh).start_line == "GET /v1beta/models?next HTTP/1.1");
  fresh.send(ok("fresh"));
  BOOST_TEST(read_answer(client).body == "fresh");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(upstream_misbehaves)

BOOST_AUTO_TEST_CASE(an_answer_cut_short_is_not_taken_for_whole) {
  const std::string_view cases[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n",
  };
  for (const std::string_view answered : cases) {
    for (const bool abruptly : {false, true}) {
      BOOST_TEST_CONTEXT(answered << (abruptly ? ", reset" : ", closed")) {
        exchange e;
        e.behind.send(answered);
        e.client.receive_until("hel");
        abruptly ? e.behind.reset() : e.behind.close();
        BOOST_TEST(e.client.wait_for_end() == ending::reset);
        const finished_request seen = e.rig.finished(1).front();
        BOOST_TEST(!seen.cancelled);
        BOOST_TEST(seen.outcome == "egress_fault");
        BOOST_TEST(e.rig.keys_are_healthy());
        check_next_is_fresh(e);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_length_that_is_reset_is_not_taken_for_whole) {
  exchange e;
  e.behind.send("HTTP/1.1 200 OK\r\n\r\nhello");
  e.client.receive_until("hello");
  e.behind.reset();
  BOOST_TEST(e.client.wait_for_end() == ending::reset);
}

BOOST_AUTO_TEST_CASE(an_answer_whose_chunks_break_is_cut_off) {
  const std::string_view cases[] = {
      "5\r\nhelloo\r\n0\r\n\r\n",
      "5\r\nhello\r\nxyz\r\n",
      "5\r\nhello\r\n0\r\nHost: a\r\n\r\n",
      "5\r\nhello\r\n-1\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n",
  };
  for (const std::string_view chunks : cases) {
    BOOST_TEST_CONTEXT(chunks) {
      exchange e;
      e.behind.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks));
      BOOST_TEST(e.client.wait_for_end() == ending::reset);
      BOOST_TEST(e.behind.wait_for_end() != ending::open);
      check_next_is_fresh(e);
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_behind_an_answer_reach_nobody) {
  const std::string poison = ok("poison");
  const std::string cases[] = {
      ok("good") + poison,
      ok("good") + "x",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("good") + "0\r\n\r\n" +
          poison,
      "HTTP/1.1 204 No Content\r\nContent-Length: 40\r\n\r\n" + poison,
  };
  for (const std::string& answered : cases) {
    BOOST_TEST_CONTEXT(answered) {
      exchange e;
      e.behind.send(answered);
      BOOST_TEST(read_answer(e.client).body.find("poison") == std::string::npos);
      // The same client's next request, too.
      e.client.send(get("/v1beta/models?next"));
      connection fresh = e.upstream.accept();
      read_request(fresh);
      fresh.send(ok("fresh"));
      BOOST_TEST(read_answer(e.client).body == "fresh");
      BOOST_TEST(e.behind.wait_for_end() != ending::open);
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_come_while_a_connection_idles_reach_nobody) {
  exchange e;
  e.behind.send(ok("good"));
  BOOST_TEST(read_answer(e.client).body == "good");
  e.behind.send(ok("poison"));
  // The connection is given up as soon as it is looked at, at the latest when it is needed.
  BOOST_TEST(e.behind.wait_for_end() != ending::open);
  check_next_is_fresh(e);
}

BOOST_AUTO_TEST_CASE(an_answer_to_head_with_a_body_reaches_nobody) {
  exchange e("HEAD /v1beta/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
  e.behind.send(ok("poison"));
  BOOST_TEST(read_answer(e.client, answer_to::head).status() == 200);
  e.client.send(get("/v1beta/models"));
  connection fresh = e.upstream.accept();
  read_request(fresh);
  fresh.send(ok("fresh"));
  BOOST_TEST(read_answer(e.client).body == "fresh");
}

BOOST_AUTO_TEST_CASE(a_malformed_answer_is_502_and_not_asked_for_again) {
  const std::string cases[] = {
      "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
      "HTTP/1.1 999 Strange\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 99 Strange\r\nContent-Length: 0\r\n\r\n",
      "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
      "ICY 200 OK\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"s,
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA: " + std::string(300'000, 'x') + "\r\n\r\n",
  };
  for (const std::string& answered : cases) {
    BOOST_TEST_CONTEXT(answered.substr(0, 100)) {
      exchange e;
      try {
        e.behind.send(answered);
        e.behind.half_close();
      } catch (const wire_error&) {  // it had enough before the end
      }
      const message got = read_answer(e.client);
      BOOST_TEST(got.status() == 502);
      BOOST_TEST(got.body.find("\"UPSTREAM_UNREACHABLE\"") != std::string::npos);
      BOOST_TEST(got.body.find(": .") == std::string::npos, got.body);  // it says why
      BOOST_TEST(!e.upstream.has_visitor());
      BOOST_TEST(e.rig.keys_are_healthy());
      BOOST_TEST(e.behind.wait_for_end() != ending::open);
      // The client's connection is as good as before.
      e.client.send(get("/v1beta/models"));
      connection fresh = e.upstream.accept();
      read_request(fresh);
      fresh.send(ok("fresh"));
      BOOST_TEST(read_answer(e.client).body == "fresh");
    }
  }
}

BOOST_AUTO_TEST_CASE(an_upstream_connection_that_says_close_is_not_used_again) {
  exchange e;
  e.behind.send(ok("good", "Connection: close\r\n"));
  const message got = read_answer(e.client);
  BOOST_TEST(got.body == "good");
  BOOST_TEST(got.count("Connection") == 0U);  // the client's own goes on
  BOOST_TEST(e.behind.wait_for_end() != ending::open);
  check_next_is_fresh(e);
}

BOOST_AUTO_TEST_CASE(an_answer_before_the_whole_request_was_sent_is_relayed) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send(post("/v1beta/unknown", std::string(8'000'000, 'x')));
  connection behind = upstream.accept();
  behind.receive_until("\r\n\r\n");
  behind.send(answer("413 Content Too Large", "too large", "Connection: close\r\n"));
  behind.half_close();
  const message got = read_answer(client);
  BOOST_TEST(got.status() == 413);
  BOOST_TEST(got.body == "too large");
}

BOOST_AUTO_TEST_CASE(an_upstream_that_refuses_connections_is_502) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  upstream.stop_listening();
  connection client = rig.connect();
  client.send(post(create_cache, "{}"));
  const message got = read_answer(client);
  BOOST_TEST(got.status() == 502);
  BOOST_TEST(got.body.find("onnection refused") != std::string::npos);
  BOOST_TEST(rig.keys_are_healthy());
  const finished_request seen = rig.finished(1).front();
  BOOST_TEST(seen.attempts > 1U);  // nothing was sent: any request may be tried again
  BOOST_TEST(seen.reason == "UPSTREAM_UNREACHABLE");
}

BOOST_AUTO_TEST_SUITE_END()
