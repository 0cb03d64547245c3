// Streams are relayed piece by piece, as they come, and no faster than the client reads.
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

constexpr std::string_view stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

struct exchange {
  raw_upstream upstream;
  proxy_rig rig;
  connection client;
  connection behind;

  explicit exchange(std::string_view target)
      : rig(upstream.port()),
        client(rig.connect()),
        behind((client.send(post(target, "{}")), upstream.accept())) {
    read_request(behind);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(streaming)

BOOST_AUTO_TEST_CASE(each_event_arrives_before_the_next_is_sent) {
  const std::string_view targets[] = {stream, stream_array, generate};
  for (const std::string_view target : targets) {
    exchange e(target);
    e.behind.send(stream_head);
    for (int i = 0; i < 20; ++i) {
      const std::string number = std::to_string(i);
      const std::string piece = target == stream_array
                                    ? (i == 0 ? "[" : ",\r\n") + ("{\"n\": " + number + "}")
                                    : "data: {\"n\": " + number + "}\r\n\r\n";
      e.behind.send(chunk(piece));
      e.client.receive_until(chunk(piece));
    }
    e.behind.send("0\r\n\r\n");
    e.client.receive_until("0\r\n\r\n");
    BOOST_TEST(e.client.is_quiet());
  }
}

BOOST_AUTO_TEST_CASE(an_event_arrives_in_its_pieces_once_the_first_is_through) {
  exchange e(stream);
  e.behind.send(stream_head);
  e.behind.send(chunk("data: {}\n\n"));
  e.client.receive_until(chunk("data: {}\n\n"));
  e.behind.send("1f\r\ndata: {\"te");
  e.client.receive_until("1f\r\ndata: {\"te");
  e.behind.send("xt\": \"");
  e.client.receive_until("xt\": \"");
}

BOOST_AUTO_TEST_CASE(the_head_is_held_until_the_first_event_is_no_error) {
  exchange e(stream);
  e.behind.send(stream_head);
  e.behind.send("20\r\ndata: {\"cand");
  // Nothing tells yet; and the proxy is not asleep: another client is served meanwhile.
  connection other = e.rig.connect();
  other.send(get("/v1beta/models"));
  connection other_behind = e.upstream.accept();
  read_request(other_behind);
  other_behind.send(ok("x"));
  read_answer(other);
  BOOST_TEST(e.client.is_quiet());
  e.behind.send("idates\": []}");
  BOOST_TEST(read_head(e.client).status() == 200);
}

BOOST_AUTO_TEST_CASE(an_error_as_first_event_is_answered_by_the_next_key) {
  exchange e(stream);
  e.behind.send(
      std::string(stream_head) +
      chunk("data: {\"error\": {\"code\": 429, \"status\": \"RESOURCE_EXHAUSTED\", "
            "\"message\": \"Resource has been exhausted (e.g. check quota).\"}}\r\n\r\n") +
      "0\r\n\r\n");
  BOOST_TEST(read_request(e.behind).header("x-goog-api-key") == second_secret);
  e.behind.send(std::string(stream_head) + chunk("data: {\"ok\": 1}\r\n\r\n") + "0\r\n\r\n");
  const message got = read_answer(e.client);
  BOOST_TEST(got.status() == 200);
  BOOST_TEST(got.body == chunk("data: {\"ok\": 1}\r\n\r\n") + "0\r\n\r\n");
  BOOST_TEST(got.header("x-gemkeeper-attempts") == "2");
}

BOOST_AUTO_TEST_CASE(a_first_event_of_any_size_passes) {
  for (const std::size_t size : {1000U, 15'000U, 16'384U, 40'000U, 300'000U}) {
    exchange e(stream);
    const std::string event =
        "data: {\"candidates\": [{\"text\": \"" + std::string(size, 'x') + "\"}]}\r\n\r\n";
    e.behind.send(std::string(stream_head) + chunk(event) + "0\r\n\r\n");
    BOOST_TEST((read_answer(e.client).body == chunk(event) + "0\r\n\r\n"));
  }
}

BOOST_AUTO_TEST_CASE(a_slow_client_slows_the_upstream_down) {
  constexpr std::size_t most = 200'000'000;
  exchange e("/v1beta/files/x:download?alt=media");
  const std::string piece(100'000, 'x');
  e.behind.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(most) + "\r\n\r\n");
  const std::size_t sent = e.behind.send_until_full(piece, most);
  // What fits the buffers of four sockets; the proxy keeps next to nothing.
  BOOST_TEST(sent < most / 2);
  read_head(e.client);
  std::size_t got = 0;
  for (; got + piece.size() <= sent; got += piece.size())
    BOOST_REQUIRE((e.client.receive(piece.size()) == piece));
  // And it goes on where it stopped.
  e.behind.send(piece);
  BOOST_TEST(e.client.receive(sent + piece.size() - got).size() == sent + piece.size() - got);
}

BOOST_AUTO_TEST_SUITE_END()
