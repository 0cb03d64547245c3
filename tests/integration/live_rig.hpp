// A Live session from both its ends: a client that has sent its setup, a server that agrees.
#pragma once

#include "support/intercept_rig.hpp"
#include "support/websocket.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace gemkeeper::test {

inline constexpr std::string_view setup =
    R"({"setup":{"model":"models/gemini-3.1-flash-live-preview"}})";
inline constexpr std::string_view complete = R"({"setupComplete":{"sessionId":"s1"}})";
inline constexpr std::string_view quota =
    "You exceeded your current quota, please check your plan and billing details.";

inline std::string of_client(const frame& f) {
  return wire(f, frame_of::client);
}

inline std::string of_server(const frame& f) {
  return wire(f, frame_of::server);
}

// A client that has its 101 and has sent its setup.
inline connection open_client(connection client, std::string_view target = live_path,
                              std::string_view fields = {}, std::string_view host = "localhost") {
  client.send(websocket_handshake(target, fields, host));
  const message answer = read_head(client);
  BOOST_TEST(answer.status() == 101);
  BOOST_TEST(answer.header("Sec-WebSocket-Accept") == websocket_accept);
  BOOST_TEST(answer.header("Sec-WebSocket-Extensions").empty());
  BOOST_TEST(!answer.header("x-gemkeeper-request-id").empty());
  client.send(of_client(text(std::string(setup))));
  return client;
}

// The upstream's side: its handshake with that key, and the setup.
inline connection accept_setup(intercept_rig& rig, std::string_view secret) {
  connection server = rig.upstream.accept();
  const message request = read_request(server);
  BOOST_TEST(request.start_line == "GET " + std::string(live_path) + " HTTP/1.1");
  BOOST_TEST(request.header("x-goog-api-key") == secret);
  BOOST_TEST(request.header("Sec-WebSocket-Key") == websocket_key);
  BOOST_TEST(request.header("Sec-WebSocket-Extensions").empty());
  server.send(switching);
  BOOST_TEST(receive_frame(server) == text(std::string(setup)));
  return server;
}

// Both sides of a session that is set up.
struct session {
  connection client, server;

  explicit session(intercept_rig& rig)
      : client(open_client(rig.proxy.connect())), server(accept_setup(rig, first_secret)) {
    server.send(of_server({2, true, std::string(complete)}));
    BOOST_TEST(receive_frame(client) == (frame{2, true, std::string(complete)}));
  }
};

// A server that is asked with that key and agrees: so the client has it.
inline connection agree(intercept_rig& rig, connection& client, std::string_view secret) {
  connection server = accept_setup(rig, secret);
  server.send(of_server(text(std::string(complete))));
  BOOST_TEST(receive_frame(client) == text(std::string(complete)));
  return server;
}

}  // namespace gemkeeper::test
