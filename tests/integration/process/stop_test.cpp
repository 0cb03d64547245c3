// How gemkeeper stops: what is in flight ends well, and in time.
#include "fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

sandbox::scenario slow_stream(std::size_t events) {
  sandbox::scenario what;
  what.keys = {{secret_key("alpha"), {}}};
  what.stream.events = events;
  what.stream.interval = 100ms;
  return what;
}

// A stream of which something has come, and which goes on.
void begin_stream(client& app) {
  app.send(stream_sse.target, stream_sse.body);
  BOOST_REQUIRE(app.receive_until("data: ").starts_with("HTTP/1.1 200"));
}

bool is_refused(std::uint16_t port) {
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  boost::system::error_code error;
  socket.connect({asio::ip::address_v4::loopback(), port}, error);
  return error == asio::error::connection_refused;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stop, process_fixture)

BOOST_AUTO_TEST_CASE(an_idle_proxy_ends_at_once_with_0) {
  for (const int number : {SIGTERM, SIGINT}) {
    child& program = serve({}, {}, one_key);
    program.wait_for_address();
    const auto begin = std::chrono::steady_clock::now();
    program.send_signal(number);
    BOOST_TEST(program.wait() == 0);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 10s));
    program.wait_for_line(R"("event":"stopped")");
  }
}

BOOST_AUTO_TEST_CASE(a_stream_in_flight_ends_well_and_nobody_new_is_served) {
  upstream.set_scenario(slow_stream(20));
  child& program = serve({}, {}, one_key);
  const std::uint16_t port = port_of(program.wait_for_address());
  client idle(port);
  BOOST_TEST(idle.call(generate.target, generate.body).result_int() == 200);
  client streaming(port);
  begin_stream(streaming);

  program.send_signal(SIGTERM);
  program.wait_for_line(R"("event":"draining")");
  // Each worker closes its listener in its own time.
  const auto end = std::chrono::steady_clock::now() + process_patience;
  bool refused = false;
  while (!refused && std::chrono::steady_clock::now() < end)
    refused = is_refused(port);
  BOOST_TEST(refused);
  BOOST_TEST(idle.receive_to_end().empty());
  const std::string rest = streaming.receive_to_end();
  BOOST_TEST(mentions(rest, "\"finishReason\":\"STOP\""), rest);
  BOOST_TEST(rest.ends_with("0\r\n\r\n"), rest);
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(!mentions(program.err(), "drain_timeout"), program.err());
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_it_at_once) {
  upstream.set_scenario(slow_stream(100'000));
  child& program = serve({}, {}, one_key);
  client streaming(port_of(program.wait_for_address()));
  begin_stream(streaming);
  program.send_signal(SIGTERM);
  program.wait_for_line(R"("event":"draining")");
  const auto begin = std::chrono::steady_clock::now();
  program.send_signal(SIGTERM);
  BOOST_TEST(program.wait() == 128 + SIGTERM);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 10s));
}

BOOST_AUTO_TEST_CASE(drain_timeout_cuts_off_what_does_not_end) {
  upstream.set_scenario(slow_stream(100'000));
  child& program = serve({}, {"--set", "proxy.drain_timeout=300ms"}, one_key);
  client streaming(port_of(program.wait_for_address()));
  begin_stream(streaming);
  program.send_signal(SIGTERM);
  BOOST_TEST(program.wait() == 0);
  program.wait_for_line(R"("event":"drain_timeout")");
  const std::string rest = streaming.receive_to_end();
  BOOST_TEST(!rest.ends_with("0\r\n\r\n"), rest);
}

BOOST_AUTO_TEST_CASE(a_request_that_waits_for_its_answer_gets_it) {
  sandbox::scenario what = slow_stream(1);
  what.answer.delay = 1s;
  upstream.set_scenario(what);
  child& program = serve({}, {}, one_key);
  client app(port_of(program.wait_for_address()));
  app.send(generate.target, generate.body);
  BOOST_REQUIRE(upstream.wait_until([](const auto& requests) { return !requests.empty(); }, 30s));
  program.send_signal(SIGTERM);
  const response answer = app.receive();
  BOOST_TEST(answer.result_int() == 200);
  BOOST_TEST(program.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
