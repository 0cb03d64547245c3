// TLS that ends at the proxy: what comes out of it is served as any other request.
#include "support/intercept_rig.hpp"
#include "support/tunnel_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

// Requests as the client of a tunnel sends them.
std::string inside(std::string_view host, std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(host) +
         "\r\nx-goog-api-key: the app's own\r\n\r\n";
}

std::string post_inside(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(gemini) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(interception)

BOOST_AUTO_TEST_CASE(a_tunnelled_request_gets_a_key_and_its_answer_byte_for_byte) {
  intercept_rig rig;
  connection client = rig.secured();
  client.send(inside(gemini, "/v1beta/models?key=the-apps-own&pageSize=2"));
  const message request = rig.serve(ok("{\"a\" :  1}", "X-Odd-Case: Yes\r\n"));
  BOOST_TEST(request.start_line == "GET /v1beta/models?pageSize=2 HTTP/1.1");
  BOOST_TEST(request.header("x-goog-api-key") == first_secret);
  BOOST_TEST(request.header("Host") == "127.0.0.1:" + std::to_string(rig.upstream.port()));
  const message answer = read_answer(client);
  BOOST_TEST(answer.status() == 200);
  BOOST_TEST(answer.body == "{\"a\" :  1}");
  BOOST_TEST(answer.header("X-Odd-Case") == "Yes");
  BOOST_TEST(answer.header("x-gemkeeper-attempts") == "1");
  BOOST_TEST(rig.proxy.finished(1).at(0).status == 200);
}

BOOST_AUTO_TEST_CASE(a_tunnel_serves_one_request_after_the_other) {
  intercept_rig rig;
  connection client = rig.secured();
  client.send(post_inside(generate, "{}"));
  connection visitor = rig.upstream.accept();
  for (const std::string_view body : {"one", "two", "three"}) {
    read_request(visitor);
    visitor.send(ok(body));
    BOOST_TEST(read_answer(client).body == body);
    client.send(post_inside(generate, "{}"));
  }
}

BOOST_AUTO_TEST_CASE(requests_that_follow_each_other_unasked_are_served_in_turn) {
  intercept_rig rig;
  connection client = rig.secured();
  client.send(inside(gemini, "/v1beta/models") + inside(gemini, "/v1beta/models/x"));
  connection visitor = rig.upstream.accept();
  BOOST_TEST(read_request(visitor).start_line == "GET /v1beta/models HTTP/1.1");
  visitor.send(ok("one"));
  BOOST_TEST(read_request(visitor).start_line == "GET /v1beta/models/x HTTP/1.1");
  visitor.send(ok("two"));
  BOOST_TEST(read_answer(client).body == "one");
  BOOST_TEST(read_answer(client).body == "two");
}

BOOST_AUTO_TEST_CASE(a_stream_comes_through_the_tunnel_piece_by_piece) {
  intercept_rig rig;
  connection client = rig.secured();
  client.send(post_inside(stream, "{}"));
  connection visitor = rig.upstream.accept();
  read_request(visitor);
  visitor.send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
      chunk("data: {\"candidates\": [1]}\r\n\r\n"));
  client.receive_until("\r\n\r\n");
  BOOST_TEST(client.receive_until("[1]}\r\n\r\n\r\n").ends_with("[1]}\r\n\r\n\r\n"));
  visitor.send(chunk("data: {\"candidates\": [2]}\r\n\r\n") + "0\r\n\r\n");
  BOOST_TEST(client.receive_until("0\r\n\r\n").find("[2]") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_megabyte_goes_both_ways) {
  intercept_rig rig;
  const std::string large(1024 * 1024 + 17, 'x');
  connection client = rig.secured();
  std::thread sender([&] { client.send(post_inside(generate, large)); });
  connection visitor = rig.upstream.accept();
  BOOST_TEST((read_request(visitor).body == large));
  sender.join();
  std::thread server([&] { visitor.send(ok(large)); });
  BOOST_TEST((read_answer(client).body == large));
  server.join();
}

BOOST_AUTO_TEST_CASE(an_upload_that_begins_in_a_tunnel_goes_on_there) {
  intercept_rig rig;
  connection client = rig.secured();
  const auto send = [&client](const std::string& target, std::string_view command,
                              std::string_view body) {
    client.send("POST " + target + " HTTP/1.1\r\nHost: " + std::string(gemini) +
                "\r\nX-Goog-Upload-Command: " + std::string(command) + "\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  };
  const std::string origin = "https://" + std::string(gemini);
  const std::string googles = "/upload/v1beta/files?upload_id=ABC&upload_protocol=resumable";
  send("/upload/v1beta/files", "start", "{}");
  rig.serve(ok("", "Connection: close\r\nX-Goog-Upload-Status: active\r\nx-goog-upload-url: " +
                       origin + googles + "\r\n"));
  const std::string own = read_answer(client).header("X-Goog-Upload-URL");
  BOOST_REQUIRE(own.starts_with(origin + "/upload/v1beta/files?upload_id=gk1."));
  send(own.substr(origin.size()), "upload, finalize", "the film");
  const message piece = rig.serve(ok("{}", "X-Goog-Upload-Status: final\r\n"));
  BOOST_TEST(piece.start_line == "POST " + googles + " HTTP/1.1");
  BOOST_TEST(piece.body == "the film");
  BOOST_TEST(piece.count("x-goog-api-key") == 0U);
  BOOST_TEST(read_answer(client).header("X-Goog-Upload-Status") == "final");
}

BOOST_AUTO_TEST_CASE(further_hosts_are_served_by_the_upstream_too) {
  intercept_rig rig([](proxy::proxy_settings& settings) {
    settings.intercept.hosts = {"gemini.corp.example", "*.gemini.example"};
  });
  for (const std::string_view host : {"gemini.corp.example", "eu.gemini.example"}) {
    connection client = rig.secured(host);
    client.send(inside(host, "/v1beta/models"));
    const message request = rig.serve(ok("fine", "Connection: close\r\n"));
    BOOST_TEST(request.header("x-goog-api-key").starts_with("AIza"));
    BOOST_TEST(read_answer(client).body == "fine");
  }
}

BOOST_AUTO_TEST_CASE(the_ports_speaks_tls_to_who_speaks_it) {
  intercept_rig rig;
  for (const std::string_view host :
       {"localhost", "127.0.0.1", "generativelanguage.googleapis.com"}) {
    connection client = rig.proxy.connect();
    tls_client as = rig.client_of(host);
    if (host == "127.0.0.1") as.server_name.clear();
    client.connect_tls(as);
    client.send(inside(host, "/v1beta/models"));
    rig.serve(ok("fine", "Connection: close\r\n"));
    BOOST_TEST(read_answer(client).body == "fine");
  }
}

BOOST_AUTO_TEST_CASE(a_tunnel_inside_the_tls_of_an_https_proxy_is_served) {
  intercept_rig rig;
  connection client = rig.proxy.connect();
  client.connect_tls(rig.client_of("localhost"));
  client.send(connect_to("generativelanguage.googleapis.com:443"));
  BOOST_TEST(client.receive(established.size()) == established);
  client.connect_tls(rig.client_of(gemini));
  for (const std::string_view body : {"one", "two"}) {
    client.send(inside(gemini, "/v1beta/models"));
    rig.serve(ok(body, "Connection: close\r\n"));
    BOOST_TEST(read_answer(client).body == body);
  }
}

BOOST_AUTO_TEST_CASE(a_blind_tunnel_inside_the_tls_of_an_https_proxy_carries_bytes) {
  raw_upstream target;
  intercept_rig rig;
  proxy_rig proxy(rig.upstream.port(),
                  [&](proxy::proxy_settings& settings) {
                    settings.intercept = rig.proxy.settings().intercept;
                    settings.connect.ports = {target.port()};
                  },
                  {.tunnel_exempt = {"127.0.0.1"}, .prices = nullptr});
  connection client = proxy.connect();
  client.connect_tls(rig.client_of("localhost"));
  client.send(connect_to("127.0.0.1:" + std::to_string(target.port())));
  BOOST_TEST(client.receive(established.size()) == established);
  connection behind = target.accept();
  const std::string large(300'000, 'y');
  std::thread sender([&] { client.send(large); });
  BOOST_TEST((behind.receive(large.size()) == large));
  sender.join();
  behind.send("and back");
  BOOST_TEST(client.receive(8) == "and back");
  behind.close();
  BOOST_TEST(client.wait_for_end() == ending::closed);
}

BOOST_AUTO_TEST_CASE(an_absolute_target_is_served_for_hosts_that_are_intercepted) {
  intercept_rig rig;
  for (const std::string_view scheme : {"http://", "https://", "HTTPS://"}) {
    connection client = rig.proxy.connect();
    client.send(
        "GET " + std::string(scheme) +
        "GenerativeLanguage.googleapis.com/v1beta/models HTTP/1.1\r\nHost: x\r\n"
        "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n");
    const message request = rig.serve(ok("fine", "Connection: close\r\n"));
    BOOST_TEST(request.start_line == "GET /v1beta/models HTTP/1.1");
    BOOST_TEST(request.header("Proxy-Authorization").empty());
    BOOST_TEST(request.header("Proxy-Connection").empty());
    BOOST_TEST(read_answer(client).body == "fine");
  }
}

BOOST_AUTO_TEST_CASE(a_session_is_resumed_in_the_next_tunnel) {
  intercept_rig rig;
  tls_client as = rig.client_of(gemini);
  for (const bool resumed : {false, true}) {
    connection client = rig.tunnel();
    client.connect_tls(as);
    BOOST_TEST((SSL_session_reused(client.tls()) == 1) == resumed);
    client.send(inside(gemini, "/v1beta/models"));
    rig.serve(ok("fine", "Connection: close\r\n"));
    BOOST_TEST(read_answer(client).body == "fine");  // the ticket came before
    as.resume.reset(SSL_get1_session(client.tls()), &SSL_SESSION_free);
  }
}

BOOST_AUTO_TEST_CASE(draining_ends_a_tunnel_at_rest_and_lets_a_request_finish) {
  intercept_rig rig;
  connection idle = rig.secured();
  connection busy = rig.secured();
  busy.send(inside(gemini, "/v1beta/models"));
  connection visitor = rig.upstream.accept();
  read_request(visitor);
  rig.proxy.server().drain();
  BOOST_TEST(idle.wait_for_end() == ending::closed);
  visitor.send(ok("fine"));
  BOOST_TEST(read_answer(busy).body == "fine");
  BOOST_TEST(busy.wait_for_end() == ending::closed);
}

BOOST_AUTO_TEST_CASE(vertex_ai_is_served_where_it_is_named_and_only_in_express_mode) {
  constexpr std::string_view vertex = "aiplatform.googleapis.com";
  constexpr std::string_view secret = "AQ.Vertex-Secret_0123456789";
  intercept_rig rig([&](proxy::proxy_settings& s) { s.intercept.hosts = {std::string(vertex)}; });
  std::vector<pool::key_spec> keys(2);
  keys[0].secret = first_secret;
  keys[1].secret = secret;
  keys[1].service = pool::service::vertex;
  rig.proxy.keys().apply(keys, std::chrono::system_clock::now());

  connection client = rig.secured(vertex);
  const auto post = [&](std::string_view target) {
    client.send("POST " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(vertex) +
                "\r\nAuthorization: Bearer theirs\r\nContent-Length: 2\r\n\r\n{}");
  };
  // The path says so, and where it does not, the host does.
  std::optional<connection> visitor;
  for (const std::string_view target :
       {"/v1/publishers/google/models/m:generateContent", "/v1/models/m:generateContent"}) {
    post(target);
    if (!visitor) visitor.emplace(rig.upstream.accept());
    const message request = read_request(*visitor);
    BOOST_TEST(request.start_line == "POST " + std::string(target) + " HTTP/1.1");
    BOOST_TEST(request.header("x-goog-api-key") == secret);
    BOOST_TEST(request.header("Authorization") == "");
    visitor->send(ok("{}"));
    BOOST_TEST(read_answer(client).status() == 200);
  }
  post("/v1/projects/p/locations/global/publishers/google/models/m:generateContent");
  const message refused = read_answer(client);
  BOOST_TEST(refused.status() == 403);
  BOOST_TEST(refused.body.find("VERTEX_EXPRESS_ONLY") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
