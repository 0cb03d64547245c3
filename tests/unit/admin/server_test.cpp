// The listener in the test's own process, so that sanitizers see its coroutines: every way that a
// connection can end.
#include "fake_backend.hpp"
#include <gemkeeper/admin/server.hpp>
#include <gemkeeper/sandbox/certificate.hpp>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace gemkeeper::admin {
namespace {

struct served : test::api {
  explicit served(std::string token, std::shared_ptr<SSL_CTX> tls = nullptr) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(where);
    BOOST_REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&where), size) == 0);
    BOOST_REQUIRE(::listen(fd, SOMAXCONN) == 0);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size);
    server_settings settings;
    settings.sockets.push_back({fd, AF_INET});
    settings.token = std::move(token);
    settings.max_connections = 4;
    if (tls != nullptr) {
      settings.tls = [tls] { return tls; };
      settings.read_timeout = std::chrono::milliseconds(300);
    }
    running.emplace(std::move(settings), behind, requests, events);
  }

  served() : served(std::string()) {}

  [[nodiscard]] int connect() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    BOOST_REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0);
    return fd;
  }
  static void send(int fd, std::string_view bytes) {
    ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // Until the end, or until `mark` has come.
  static std::string receive(int fd, std::string_view mark = {}) {
    std::string all;
    std::array<char, 4096> piece{};
    while (mark.empty() || all.find(mark) == std::string::npos) {
      const ssize_t got = ::recv(fd, piece.data(), piece.size(), 0);
      if (got <= 0) break;
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
    return all;
  }
  [[nodiscard]] std::string ask(std::string_view head, std::string_view body = {}) const {
    const int fd = connect();
    send(fd, fmt::format("{}\r\nHost: localhost\r\nConnection: close\r\n\r\n{}", head, body));
    std::string all = receive(fd);
    ::close(fd);
    return all;
  }

  sockaddr_in where{};
  std::optional<server> running;
};

bool starts(const std::string& answer, int status) {
  return answer.starts_with(fmt::format("HTTP/1.1 {} ", status));
}

BOOST_FIXTURE_TEST_SUITE(listener, served)

BOOST_AUTO_TEST_CASE(calls_of_every_pace_are_answered) {
  BOOST_TEST(starts(ask("GET /livez HTTP/1.1"), 200));
  const std::string body = R"({"api_key":"AIza-secret","name":"a"})";
  const std::string head = fmt::format(
      "POST /api/v1/api-keys/{{}} HTTP/1.1\r\nContent-Type: application/json\r\n"
      "Content-Length: {}",
      body.size());
  BOOST_TEST(starts(ask(fmt::format(fmt::runtime(head), "add"), body), 201));
  BOOST_TEST(starts(ask(fmt::format(fmt::runtime(head), "add"), body), 409));
  BOOST_TEST(starts(ask("GET /nowhere HTTP/1.1"), 404));
  BOOST_TEST(starts(ask("nonsense"), 400));
  BOOST_TEST(starts(ask("PUT /metrics HTTP/1.1"), 405));
  BOOST_TEST(starts(ask("POST /api/v1/api-keys/add HTTP/1.1\r\nContent-Type: application/json\r\n"
                        "Content-Length: 9999999"),
                    413));
}

BOOST_AUTO_TEST_CASE(clients_that_leave_at_any_point_leave_nothing_behind) {
  const std::string whole =
      "POST /api/v1/api-keys/validate HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"api_key\":\"k\"}";
  for (std::size_t size = 0; size <= whole.size(); size += 7) {
    const int fd = connect();
    send(fd, std::string_view(whole).substr(0, size));
    ::close(fd);
  }
  BOOST_TEST(starts(ask("GET /livez HTTP/1.1"), 200));
}

BOOST_AUTO_TEST_CASE(who_waits_gives_way_to_who_asks) {
  std::vector<int> crowd;
  for (int i = 0; i < 20; ++i) {
    crowd.push_back(connect());
    send(crowd.back(), "GET /li");
  }
  BOOST_TEST(starts(ask("GET /livez HTTP/1.1"), 200));
  for (const int fd : crowd)
    ::close(fd);
}

BOOST_AUTO_TEST_CASE(events_are_streamed_until_the_server_ends) {
  const int fd = connect();
  send(fd, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  receive(fd, ": gemkeeper events\n\n");
  events.publish("key", R"({"n":1})");
  BOOST_TEST((receive(fd, "{\"n\":1}").find("event: key") != std::string::npos));
  const int idle = connect();
  running.reset();
  receive(fd);
  ::close(idle);
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(a_wrong_token_waits_and_the_server_may_end_meanwhile) {
  served guarded("right");
  BOOST_TEST(starts(guarded.ask("GET /metrics HTTP/1.1"), 401));
  BOOST_TEST(starts(guarded.ask("GET /metrics HTTP/1.1\r\nAuthorization: Bearer right"), 200));
  const int fd = guarded.connect();
  send(fd, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong\r\n\r\n");
  guarded.running.reset();
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(a_browser_logs_in_by_the_token_and_stays_so_by_its_cookie) {
  served guarded("right");
  const auto log_in = [&](std::string_view body) {
    return guarded.ask(fmt::format("POST /api/v1/session HTTP/1.1\r\nOrigin: http://localhost\r\n"
                                   "Content-Type: application/json\r\nContent-Length: {}",
                                   body.size()),
                       body);
  };
  BOOST_TEST(starts(guarded.ask("GET / HTTP/1.1"), 200));
  const auto began = std::chrono::steady_clock::now();
  BOOST_TEST(starts(log_in(R"({"token":"wrong"})"), 401));
  BOOST_TEST((std::chrono::steady_clock::now() - began >= failure_pauses::first));
  const std::string opened = log_in(R"({"token":"right"})");
  BOOST_TEST(starts(opened, 200));
  const std::size_t at = opened.find("gemkeeper_session=");
  BOOST_REQUIRE(at != std::string::npos);
  const std::string cookie = "\r\nCookie: " + opened.substr(at, opened.find(';', at) - at);
  BOOST_TEST(starts(guarded.ask("GET /metrics HTTP/1.1" + cookie), 200));
  BOOST_TEST(starts(guarded.ask("GET /metrics HTTP/1.1" + cookie + "0"), 401));
  const std::string reset = "POST /api/v1/credits/reset HTTP/1.1" + cookie;
  BOOST_TEST(starts(guarded.ask(reset), 403));
  BOOST_TEST(starts(guarded.ask(reset + "\r\nOrigin: http://localhost"), 200));
  const std::string leave = "DELETE /api/v1/session HTTP/1.1\r\nOrigin: http://localhost" + cookie;
  BOOST_TEST(starts(guarded.ask(leave), 204));
  BOOST_TEST(starts(guarded.ask("GET /metrics HTTP/1.1" + cookie), 401));
}

BOOST_AUTO_TEST_SUITE_END()

std::shared_ptr<SSL_CTX> server_context() {
  const sandbox::tls_identity identity = sandbox::make_identity();
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  const auto read = [](const std::string& pem) {
    return std::shared_ptr<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                BIO_free);
  };
  const std::shared_ptr<X509> certificate(
      PEM_read_bio_X509(read(identity.certificate).get(), nullptr, nullptr, nullptr), X509_free);
  const std::shared_ptr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(read(identity.private_key).get(), nullptr, nullptr, nullptr),
      EVP_PKEY_free);
  SSL_CTX_use_certificate(made.get(), certificate.get());
  SSL_CTX_use_PrivateKey(made.get(), key.get());
  return made;
}

struct tls_client {
  explicit tls_client(int with) : fd(with) { SSL_set_fd(tls.get(), fd); }
  ~tls_client() { ::close(fd); }
  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  bool shake() const { return SSL_connect(tls.get()) == 1; }
  void send(std::string_view bytes) const {
    SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  // Until `mark` has come, or the end.
  std::string receive(std::string_view mark = {}) const {
    std::string all;
    std::array<char, 4096> piece{};
    while (mark.empty() || all.find(mark) == std::string::npos) {
      const int got = SSL_read(tls.get(), piece.data(), static_cast<int>(piece.size()));
      if (got <= 0) break;
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
    return all;
  }
  [[nodiscard]] bool told_the_end() const {
    return (SSL_get_shutdown(tls.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

  int fd;
  std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  std::shared_ptr<SSL> tls{SSL_new(context.get()), SSL_free};
};

struct served_by_tls : served {
  served_by_tls() : served("", server_context()) {}
};

BOOST_FIXTURE_TEST_SUITE(tls_listener, served_by_tls)

BOOST_AUTO_TEST_CASE(requests_are_answered_one_after_the_other_and_the_end_is_told) {
  const tls_client client(connect());
  BOOST_REQUIRE(client.shake());
  // Two in one record: the second must not be waited for on the socket.
  client.send(
      "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: "
      "localhost\r\n\r\n");
  std::string all = client.receive("ok\n");
  while (all.find("HTTP/1.1 200", 1) == std::string::npos) {
    const std::string more = client.receive("ok\n");
    if (more.empty()) break;
    all += more;
  }
  BOOST_TEST((all.find("HTTP/1.1 200", 1) != std::string::npos), all);
  client.send("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  BOOST_TEST(starts(client.receive(), 200));
  BOOST_TEST(client.told_the_end());
}

BOOST_AUTO_TEST_CASE(refusals_come_through_whole) {
  const tls_client client(connect());
  BOOST_REQUIRE(client.shake());
  client.send("PUT /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(starts(client.receive(), 405));
  BOOST_TEST(client.told_the_end());
}

BOOST_AUTO_TEST_CASE(who_speaks_plainly_is_told_so) {
  const std::string said = ask("GET /livez HTTP/1.1");
  BOOST_TEST(starts(said, 400));
  BOOST_TEST((said.find("tls_needed") != std::string::npos), said);
}

BOOST_AUTO_TEST_CASE(garbage_and_slow_handshakes_end_and_hold_up_nobody) {
  std::vector<int> crowd;
  for (const std::string_view bytes :
       {std::string_view("\x16\x03\x01\x00\x05hello"), std::string_view("\x16\xff\xff\xff"),
        std::string_view("\x16"), std::string_view("")}) {
    crowd.push_back(connect());
    send(crowd.back(), bytes);
  }
  {
    const tls_client client(connect());
    BOOST_TEST(client.shake());
  }
  for (const int fd : crowd) {
    receive(fd);  // returns at the end of the connection: in 300 ms here
    ::close(fd);
  }
}

BOOST_AUTO_TEST_CASE(events_are_streamed_over_tls) {
  const tls_client client(connect());
  BOOST_REQUIRE(client.shake());
  client.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.receive(": gemkeeper events\n\n");
  events.publish("alert", R"({"n":1})");
  BOOST_TEST((client.receive("{\"n\":1}").find("event: alert") != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
