// A tunnel one side of which speaks TLS, as clients of an HTTPS proxy do. The relay does not know
// which side opened the TLS, so here it is gemkeeper.
#include "net/tls_context.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"
#include "tunnel/tunnel.hpp"
#include "worker.hpp"
#include <gemkeeper/sandbox/certificate.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <future>
#include <string>
#include <thread>
#include <utility>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

proxy::unique_fd connect_to_port(std::uint16_t port) {
  proxy::unique_fd made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0) {
    throw wire_error("cannot connect");
  }
  return made;
}

proxy::awaitable<void> tunnel_over_tls(proxy::worker& w, proxy::unique_fd secure,
                                       proxy::ssl_ptr tls, proxy::unique_fd plain) {
  const auto client =
      std::make_shared<proxy::stream>(w.context(), std::move(secure), std::move(tls));
  proxy::signal wake(w.deadlines());
  client->attach(&wake);
  wake.expire_after(patience);
  if (co_await client->handshake() != proxy::io_result::ok) co_return;
  proxy::opened_tunnel opened;
  opened.target = std::make_shared<proxy::stream>(w.context(), std::move(plain));
  co_await proxy::serve_tunnel(w, *client, wake, opened);
}

class tls_tunnel {
 public:
  tls_tunnel()
      : identity_(sandbox::make_identity()),
        secure_port_(identity_),
        keys_({}, "hash key of the tests"),
        shared_(keys_, observer_, settings(), {}),
        worker_(shared_, 0, std::make_shared<const proxy::proxy_settings>(settings()),
                std::make_shared<const pool::price_table>(), {}),
        trusted_(identity_.authority),
        context_(trusted_.path()) {
    boost::asio::co_spawn(worker_.context(),
                          tunnel_over_tls(worker_, connect_to_port(secure_port_.port()),
                                          context_.connect_to("localhost", sessions_),
                                          connect_to_port(plain_port_.port())),
                          [](const std::exception_ptr&) {});
    thread_ = std::thread([this] { worker_.run(); });
  }
  ~tls_tunnel() {
    worker_.stop();
    thread_.join();
  }

  connection secure() { return secure_port_.accept(); }
  connection plain() { return plain_port_.accept(); }
  std::string outcome() { return observer_.outcome.get_future().get(); }

 private:
  struct observer final : proxy::request_observer {
    void finished(const proxy::request_record& record) override {
      outcome.set_value(std::string(record.outcome));
    }
    std::promise<std::string> outcome;
  };

  static proxy::proxy_settings settings() {
    proxy::proxy_settings result;
    result.upstream.tls = false;
    result.upstream.host = "127.0.0.1";
    return result;
  }

  sandbox::tls_identity identity_;
  raw_upstream secure_port_;
  raw_upstream plain_port_;
  pool::key_pool keys_;
  observer observer_;
  proxy::shared_state shared_;
  proxy::session_cache sessions_;
  proxy::worker worker_;
  ca_file trusted_;
  proxy::client_tls_context context_;
  std::thread thread_;
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>(i * 2654435761U >> 13);
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tunnels_over_tls)

BOOST_AUTO_TEST_CASE(bytes_pass_and_ends_are_carried_over) {
  tls_tunnel tunnel;
  connection secure = tunnel.secure();
  connection plain = tunnel.plain();
  for (const std::size_t size : {1U, 15'000U, 16'384U, 16'385U, 100'000U}) {
    const std::string bytes = pattern(size);
    secure.send(bytes);
    BOOST_TEST((plain.receive(size) == bytes));
    plain.send(bytes);
    BOOST_TEST((secure.receive(size) == bytes));
  }
  secure.half_close();
  BOOST_TEST(plain.receive_to_end().empty());
  plain.send("answer");
  plain.half_close();
  BOOST_TEST(secure.receive_to_end() == "answer");
  BOOST_TEST(tunnel.outcome() == "tunnelled");
}

BOOST_AUTO_TEST_CASE(a_slow_reader_gets_all_of_it) {
  tls_tunnel tunnel;
  connection secure = tunnel.secure();
  connection plain = tunnel.plain();
  const std::string bytes = pattern(100'003);
  const std::size_t sent = plain.send_until_full(bytes, 256'000'000);
  BOOST_TEST(sent < 256'000'000U);
  secure.send("up");
  BOOST_TEST(plain.receive(2) == "up");
  plain.half_close();
  const std::string got = secure.receive_to_end();
  BOOST_TEST(got.size() == sent);
  bool same = true;
  for (std::size_t at = 0; at < got.size(); at += bytes.size())
    same = same && bytes.starts_with(std::string_view(got).substr(at, bytes.size()));
  BOOST_TEST(same);
}

BOOST_AUTO_TEST_CASE(a_truncated_side_is_a_reset_for_the_other) {
  tls_tunnel tunnel;
  connection secure = tunnel.secure();
  connection plain = tunnel.plain();
  secure.send("half a");
  BOOST_TEST(plain.receive(6) == "half a");
  secure.truncate();
  BOOST_TEST(plain.wait_for_end() == ending::reset);
  BOOST_TEST(tunnel.outcome() == "cut_off");
}

BOOST_AUTO_TEST_SUITE_END()
