// As a service manager runs it: sockets that it holds, and what it is told (systemd's protocols).
#include "../support/notify_socket.hpp"
#include "fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

using namespace gemkeeper::test;
namespace fs = std::filesystem;

namespace {

// Listens as long as the test holds it, whatever becomes of the program.
class held_socket {
 public:
  explicit held_socket(in_addr_t address = INADDR_LOOPBACK)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(address);
    BOOST_REQUIRE_EQUAL(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof(at)), 0);
    BOOST_REQUIRE_EQUAL(::listen(fd_, SOMAXCONN), 0);
    socklen_t size = sizeof(at);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
  }
  held_socket(const held_socket&) = delete;
  held_socket& operator=(const held_socket&) = delete;
  ~held_socket() { close(); }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  [[nodiscard]] int descriptor() const { return fd_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

struct supervised : process_fixture {
  // The arguments of `serve`, with the key alpha.
  std::vector<std::string> serve_arguments(std::string_view toml = {}) const {
    files.write("keys/alpha", secret_key("alpha"));
    fs::permissions(files.path("keys/alpha"), fs::perms::owner_read);
    const fs::path file = files.write(
        "gemkeeper.toml", configuration(fmt::format("{}\n[pool]\nkeys_dir = \"keys\"\n", toml)));
    return {GEMKEEPER_PROGRAM, "serve", "--config", file.native(), "--set", "proxy.workers=2"};
  }

  // As systemd does it: descriptors from 3 on, and LISTEN_PID for this very process.
  child& serve_by(std::initializer_list<const held_socket*> sockets, const std::string& names,
                  child::variables more = {}, std::string_view toml = {}) {
    std::string script = "export LISTEN_PID=$$; exec \"$0\" \"$@\"";
    int next = 3;
    for (const held_socket* one : sockets)
      script += fmt::format(" {}<&{}", next++, high(one->descriptor()));
    std::vector<std::string> command{"/bin/bash", "-c", script};
    for (std::string& argument : serve_arguments(toml))
      command.push_back(std::move(argument));
    more.emplace("LISTEN_FDS", std::to_string(sockets.size()));
    more.emplace("LISTEN_FDNAMES", names);
    return start_program(command, std::move(more));
  }

  // Out of the way of what the shell redirects.
  int high(int descriptor) {
    constexpr int out_of_the_way = 50;
    copies_.push_back(::fcntl(descriptor, F_DUPFD, out_of_the_way));
    return copies_.back();
  }

  ~supervised() {
    for (const int one : copies_)
      ::close(one);
  }

  static int status_at(std::uint16_t port) {
    client app(port);
    return app.call(generate.target, generate.body).result_int();
  }
  static void end(child& program) {
    program.send_signal(SIGTERM);
    BOOST_TEST(program.wait() == 0, program.err());
  }

  std::vector<int> copies_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service_managers, supervised)

BOOST_AUTO_TEST_CASE(a_client_that_comes_during_a_restart_is_served_after_it) {
  const held_socket proxy, admin;
  child* program = &serve_by({&proxy, &admin}, "proxy:admin");
  BOOST_TEST(port_of(program->wait_for_address()) == proxy.port());
  BOOST_TEST(mentions(program->wait_for_line("the admin API listens"),
                      fmt::format("127.0.0.1:{}", admin.port())));
  BOOST_TEST(status_at(proxy.port()) == 200);
  for (int restart = 0; restart < 3; ++restart) {
    end(*program);
    // Nobody runs now; this connects all the same.
    client early(proxy.port());
    program = &serve_by({&proxy, &admin}, "proxy:admin");
    BOOST_TEST(early.call(generate.target, generate.body).result_int() == 200);
  }
  end(*program);
}

BOOST_AUTO_TEST_CASE(systemd_socket_activate_starts_it_with_the_first_client) {
  held_socket proxy, admin;  // picks the ports
  proxy.close();
  admin.close();
  std::vector<std::string> command{
      "/usr/bin/systemd-socket-activate", "--listen=" + fmt::format("127.0.0.1:{}", proxy.port()),
      "--listen=" + fmt::format("127.0.0.1:{}", admin.port()), "--fdname=proxy:admin"};
  for (const char* variable : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (std::getenv(variable) != nullptr) command.push_back(fmt::format("--setenv={}", variable));
  }
  for (std::string& argument : serve_arguments())
    command.push_back(std::move(argument));
  child& program = start_program(command);
  program.wait_for_line(fmt::format("Listening on 127.0.0.1:{}", admin.port()));
  BOOST_TEST(status_at(proxy.port()) == 200);
  BOOST_TEST(port_of(program.wait_for_address()) == proxy.port());
  end(program);
}

BOOST_AUTO_TEST_CASE(a_socket_that_other_machines_reach_is_bound_by_the_rules_of_proxy_listen) {
  const held_socket open(INADDR_ANY);
  child& program = serve_by({&open}, "proxy");
  BOOST_TEST(program.wait() == 2);
  BOOST_TEST(mentions(program.err(), "LISTEN_FDS: proxy.listen: \"0.0.0.0:"), program.err());
  child& second = serve_by({&open}, "admin");
  BOOST_TEST(second.wait() == 2);
  BOOST_TEST(mentions(second.err(), "LISTEN_FDS: admin.listen: \"0.0.0.0:"), second.err());
}

BOOST_AUTO_TEST_CASE(sockets_that_cannot_be_used_are_refused) {
  const held_socket one;
  child& misnamed = serve_by({&one}, "web");
  BOOST_TEST(misnamed.wait() == 1);
  BOOST_TEST(mentions(misnamed.err(), "FileDescriptorName=proxy or admin"), misnamed.err());
  child& not_listening = start_program(
      {"/bin/bash", "-c", "LISTEN_PID=$$ exec \"$0\" serve 3</dev/null", GEMKEEPER_PROGRAM},
      {{"LISTEN_FDS", "1"}});
  BOOST_TEST(not_listening.wait() == 1);
  BOOST_TEST(mentions(not_listening.err(), "not a listening stream socket"), not_listening.err());
}

BOOST_AUTO_TEST_CASE(the_manager_hears_of_every_step) {
  const notify_socket manager(files.path("notify").native());
  child& program = serve_by(
      {}, "", {{"NOTIFY_SOCKET", files.path("notify").native()}, {"WATCHDOG_USEC", "1000000"}});
  const std::string ready = manager.wait_for("READY=1");
  BOOST_TEST(mentions(ready, "STATUS=1 of 1 keys healthy; the proxy listens on 127.0.0.1:"), ready);
  BOOST_TEST(status_at(port_of(program.wait_for_address())) == 200);
  BOOST_TEST(manager.wait_for("WATCHDOG=1") == "WATCHDOG=1");
  BOOST_TEST(manager.wait_for("WATCHDOG=1") == "WATCHDOG=1");

  files.write("keys/beta", secret_key("beta"));
  BOOST_TEST(mentions(manager.wait_for("2 of 2 keys"), "STATUS="));
  program.send_signal(SIGHUP);
  BOOST_TEST(mentions(manager.wait_for("RELOADING=1"), "MONOTONIC_USEC="));
  BOOST_TEST(mentions(manager.wait_for("READY=1"), "2 of 2 keys healthy"));
  end(program);
  BOOST_TEST(mentions(manager.wait_for("STOPPING=1"), "STATUS=stopping"));
}

BOOST_AUTO_TEST_CASE(an_invalid_configuration_ends_the_reload_too) {
  const notify_socket manager(files.path("notify").native());
  child& program = serve_by({}, "", {{"NOTIFY_SOCKET", files.path("notify").native()}});
  BOOST_TEST(mentions(manager.wait_for("READY=1"), "1 of 1"));
  files.write("gemkeeper.toml", "[pool]\npolicy = 5\n");
  program.send_signal(SIGHUP);
  BOOST_TEST(mentions(manager.wait_for("RELOADING=1"), "MONOTONIC_USEC="));
  BOOST_TEST(mentions(manager.wait_for("READY=1"), "1 of 1"));
  end(program);
}

BOOST_AUTO_TEST_CASE(credentials_are_keys_and_a_token_and_not_confused) {
  files.write("keys-credentials/keys_alpha", secret_key("alpha"));
  files.write("keys-credentials/keys_beta", secret_key("beta"));
  files.write("keys-credentials/admin_token", "admin-token-of-this-test");
  const std::string directory = files.path("keys-credentials").native();
  child& program =
      serve("[admin]\nlisten = [\"127.0.0.1:0\"]\n", {"--set", "pool.keys_credential=keys"},
            {{"CREDENTIALS_DIRECTORY", directory},
             {"GEMKEEPER_ADMIN__TOKEN_FILE", directory + "/admin_token"}});
  const std::string set = program.wait_for_line("the key pool is set");
  BOOST_TEST(mentions(set, R"("added":2)"), set);
  const std::string admin = program.wait_for_line("the admin API listens");
  const std::string address = field_of(admin, "address");
  const auto status_of = [&](std::vector<std::string> more) {
    std::vector<std::string> command{"/usr/bin/curl",
                                     "-s",
                                     "-o",
                                     "/dev/null",
                                     "-w",
                                     "status=%{http_code}",
                                     "http://" + address + "/api/v1/credits"};
    command.insert(command.end(), more.begin(), more.end());
    child& curl = start_program(command);
    curl.wait();
    return curl.out();
  };
  BOOST_TEST(status_of({}) == "status=401");
  BOOST_TEST(status_of({"-H", "Authorization: Bearer admin-token-of-this-test"}) == "status=200");
  end(program);
}

BOOST_AUTO_TEST_SUITE_END()
