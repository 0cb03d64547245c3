// What is wrong with a tunnel or its TLS is told to the client, or closed, and costs no key.
#include "support/intercept_rig.hpp"
#include "support/tunnel_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::test;
using namespace std::chrono_literals;

namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::string reason_of(const message& answer) {
  constexpr std::string_view before = "\"reason\":\"";
  const std::size_t at = answer.body.find(before);
  if (at == std::string::npos) return {};
  const std::size_t start = at + before.size();
  return answer.body.substr(start, answer.body.find('"', start) - start);
}

std::string asking(std::string_view line, std::string_view host) {
  return std::string(line) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(interception_refused)

BOOST_AUTO_TEST_CASE(a_request_for_another_host_than_the_tunnels_is_misdirected) {
  intercept_rig rig;
  const std::string elsewhere[] = {
      asking("GET /v1beta/models", "other.example"),
      asking("GET /v1beta/models", "localhost"),
      asking("GET /v1beta/models", "127.0.0.1:8001"),
      asking("GET https://other.example/v1beta/models", "generativelanguage.googleapis.com"),
      asking("GET http://localhost/v1beta/models", "generativelanguage.googleapis.com"),
  };
  for (const std::string& request : elsewhere) {
    connection client = rig.secured();
    client.send(request);
    const message answer = read_answer(client);
    BOOST_TEST(answer.status() == 421, request);
    BOOST_TEST(reason_of(answer) == "MISDIRECTED_REQUEST");
  }
  BOOST_TEST(rig.proxy.key_uses() == 0U);
}

BOOST_AUTO_TEST_CASE(every_spelling_of_the_tunnels_host_is_its_host) {
  intercept_rig rig;
  connection client = rig.secured();
  for (const std::string_view host :
       {"generativelanguage.googleapis.com", "GenerativeLanguage.GoogleAPIs.com:443",
        "generativelanguage.googleapis.com."}) {
    client.send(asking("GET /v1beta/models", host));
    rig.serve(ok("fine", "Connection: close\r\n"));
    BOOST_TEST(read_answer(client).status() == 200);
  }
}

BOOST_AUTO_TEST_CASE(tls_for_another_name_than_the_tunnels_is_misdirected) {
  intercept_rig rig;
  connection client = rig.tunnel();
  tls_client as = rig.client_of(gemini);
  as.server_name = "other.example";
  client.connect_tls(as);
  client.send(asking("GET /v1beta/models", gemini));
  const message answer = read_answer(client);
  BOOST_TEST(answer.status() == 421);
  BOOST_TEST(answer.body.find("its TLS asked for another host") != std::string::npos);
  BOOST_TEST(rig.proxy.key_uses() == 0U);
}

BOOST_AUTO_TEST_CASE(a_tunnel_needs_no_server_name) {
  intercept_rig rig;
  connection client = rig.tunnel();
  tls_client as = rig.client_of(gemini);
  as.server_name.clear();
  client.connect_tls(as);
  client.send(asking("GET /v1beta/models", gemini));
  rig.serve(ok("fine"));
  BOOST_TEST(read_answer(client).status() == 200);
}

BOOST_AUTO_TEST_CASE(another_port_of_the_host_is_no_way_in) {
  intercept_rig rig;
  for (const std::string_view port : {"80", "8443", "22"}) {
    connection client = rig.proxy.connect();
    client.send(connect_to(std::string(gemini) + ":" + std::string(port)));
    const message answer = read_answer(client);
    BOOST_TEST(answer.status() == 403);
    BOOST_TEST(answer.body.find("connect.ports") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(no_tunnel_is_opened_inside_an_intercepted_one) {
  intercept_rig rig;
  for (const std::string_view target : {"generativelanguage.googleapis.com:443", "a.example:443"}) {
    connection client = rig.secured();
    client.send(connect_to(target));
    const message answer = read_answer(client);
    BOOST_TEST(answer.status() == 403);
    BOOST_TEST(reason_of(answer) == "TUNNEL_IN_TUNNEL");
  }
}

BOOST_AUTO_TEST_CASE(plain_http_inside_a_tunnel_is_answered_plainly) {
  intercept_rig rig;
  connection client = rig.tunnel();
  client.send(asking("GET /v1beta/models", gemini));
  const message answer = read_answer(client);
  BOOST_TEST(answer.status() == 400);
  BOOST_TEST(reason_of(answer) == "PLAIN_HTTP_TO_TLS_PORT");
  BOOST_TEST(rig.proxy.key_uses() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_no_tls_is_closed_and_told) {
  intercept_rig rig;
  const std::string garbage = std::string("\x16\x03\x01\x00\x05hello", 10);
  connection in_tunnel = rig.tunnel();
  in_tunnel.send(garbage);
  BOOST_TEST(in_tunnel.wait_for_end() != ending::open);
  connection to_proxy = rig.proxy.connect();
  to_proxy.send(garbage);
  BOOST_TEST(to_proxy.wait_for_end() != ending::open);
  const auto told = rig.proxy.tls_failures(2);
  BOOST_TEST(told.at(0).starts_with("generativelanguage.googleapis.com: handshake: "));
  BOOST_TEST(told.at(1).starts_with(": handshake: "));
  BOOST_TEST(rig.proxy.key_uses() == 0U);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_know_the_ca_is_told_of) {
  intercept_rig rig;
  connection client = rig.tunnel();
  tls_client as = rig.client_of(gemini);
  as.trusted.clear();
  BOOST_CHECK_THROW(client.connect_tls(as), wire_error);
  client.close();
  BOOST_TEST(rig.proxy.tls_failures(1).at(0).find("unknown ca") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_that_speaks_other_protocols_only_gets_an_alert) {
  intercept_rig rig;
  connection client = rig.tunnel();
  tls_client as = rig.client_of(gemini);
  as.protocols = {"h2"};
  BOOST_CHECK_EXCEPTION(client.connect_tls(as), wire_error, [](const wire_error& error) {
    return std::string_view(error.what()).find("no application protocol") != std::string_view::npos;
  });
  connection both = rig.tunnel();
  as.protocols = {"h2", "http/1.1"};
  both.connect_tls(as);
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(both.tls(), &chosen, &size);
  BOOST_TEST(std::string(reinterpret_cast<const char*>(chosen), size) == "http/1.1");
}

BOOST_AUTO_TEST_CASE(a_host_that_the_ca_may_not_vouch_for_is_refused_with_the_remedy) {
  intercept_rig first;
  (void)first.client_of(gemini);  // made with the hosts of then
  proxy_rig later(first.upstream.port(), [&](proxy::proxy_settings& settings) {
    settings.intercept = first.proxy.settings().intercept;
    settings.intercept.hosts = {"added.example"};
  });
  connection client = later.connect();
  client.send(connect_to("added.example:443"));
  const message answer = read_answer(client);
  BOOST_TEST(answer.status() == 503);
  BOOST_TEST(answer.body.find("gemkeeper ca rotate") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_port_can_be_told_to_speak_no_tls) {
  intercept_rig rig([](proxy::proxy_settings& settings) { settings.tls = "off"; });
  connection client = rig.proxy.connect();
  client.send(std::string("\x16\x03\x01\x00\x05hello", 10));
  const message answer = read_answer(client);
  BOOST_TEST(answer.status() == 400);
  BOOST_TEST(answer.body.find("proxy.tls") != std::string::npos);
  connection tunnelled = rig.secured();  // interception has a setting of its own
  tunnelled.send(asking("GET /v1beta/models", gemini));
  rig.serve(ok("fine"));
  BOOST_TEST(read_answer(tunnelled).status() == 200);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_stands_still_ends) {
  intercept_rig rig([](proxy::proxy_settings& settings) {
    settings.client.head_timeout = 100ms;
    settings.client.idle_timeout = 100ms;
  });
  connection silent = rig.tunnel();
  BOOST_TEST(silent.wait_for_end() != ending::open);
  connection halfway = rig.tunnel();
  halfway.send(std::string("\x16\x03\x01\x02\x00", 5));
  BOOST_TEST(halfway.wait_for_end() != ending::open);
  BOOST_TEST(rig.proxy.tls_failures(1).at(0).find("timed out") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(clients_that_leave_at_any_step_leave_nothing_behind) {
  intercept_rig rig;
  const tls_client as = rig.client_of(gemini);
  { connection warm = rig.secured(); }
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 25; ++i) {
    connection connected = rig.proxy.connect();
    connection asked = rig.proxy.connect();
    asked.send(connect_to("generativelanguage.googleapis.com:443"));
    asked.reset();
    connection opened = rig.tunnel();
    connection began = rig.tunnel();
    began.send(std::string("\x16\x03\x01\x02\x00", 5));
    connection shaken = rig.tunnel();
    shaken.connect_tls(as);
    connection cut = rig.tunnel();
    cut.connect_tls(as);
    cut.truncate();
    connection spoke = rig.tunnel();
    spoke.connect_tls(as);
    spoke.send("POST /v1beta/models/gemini-2.5-flash:generateContent HTTP/1.1\r\nHost: ");
    spoke.reset();
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  while (rig.proxy.server().connections() != 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  BOOST_TEST(rig.proxy.server().connections() == 0U);
  BOOST_TEST(open_descriptors() <= before);
  BOOST_TEST(rig.proxy.key_uses() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
