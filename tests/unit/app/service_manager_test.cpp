#include "temporary_directory.hpp"
#include <gemkeeper/app/service_manager.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

namespace gemkeeper::app::test {
namespace {

constexpr int own_pid = 4711;

// Where a service manager would listen.
class notify_socket {
 public:
  explicit notify_socket(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, path.data(), path.size());
    if (path.front() == '@') at.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    BOOST_REQUIRE_EQUAL(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), size), 0);
  }
  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;
  ~notify_socket() { ::close(fd_); }

  std::string next() const {
    std::array<char, 512> buffer{};
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    return got < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(got));
  }

 private:
  int fd_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(service_manager_protocol)

BOOST_AUTO_TEST_CASE(tells_the_manager_of_each_step) {
  const temporary_directory directory;
  const std::string path = (directory.path() / "notify").native();
  const notify_socket manager(path);
  const service_manager to({{"NOTIFY_SOCKET", path}}, own_pid);
  BOOST_TEST(to.connected());

  to.ready("2 keys, all healthy");
  BOOST_TEST(manager.next() == "READY=1\nSTATUS=2 keys, all healthy");
  to.status("1 of 2 keys healthy");
  BOOST_TEST(manager.next() == "STATUS=1 of 2 keys healthy");
  to.reloading(std::chrono::microseconds(12));
  BOOST_TEST(manager.next() == "RELOADING=1\nMONOTONIC_USEC=12");
  to.alive();
  BOOST_TEST(manager.next() == "WATCHDOG=1");
  to.stopping("3 connections left");
  BOOST_TEST(manager.next() == "STOPPING=1\nSTATUS=3 connections left");
  BOOST_TEST(manager.next() == "nothing");
}

BOOST_AUTO_TEST_CASE(speaks_to_an_abstract_address) {
  const std::string path = "@gemkeeper-test-" + std::to_string(::getpid());
  const notify_socket manager(path);
  const service_manager to({{"NOTIFY_SOCKET", path}}, own_pid);
  to.alive();
  BOOST_TEST(manager.next() == "WATCHDOG=1");
}

BOOST_AUTO_TEST_CASE(without_a_manager_nothing_is_said) {
  for (const environment& none :
       {environment{}, environment{{"NOTIFY_SOCKET", ""}}, environment{{"NOTIFY_SOCKET", "relative"}},
        environment{{"NOTIFY_SOCKET", "/" + std::string(200, 'x')}}}) {
    const service_manager to(none, own_pid);
    BOOST_TEST(!to.connected());
    to.ready("nobody hears this");
  }
  // The manager is gone: the service goes on.
  const service_manager gone({{"NOTIFY_SOCKET", "/nonexistent/notify"}}, own_pid);
  gone.ready("nobody hears this");
}

BOOST_AUTO_TEST_CASE(the_watchdog_is_ours_or_another_process_s) {
  const auto watchdog = [](const char* usec, const char* pid) {
    environment variables{{"NOTIFY_SOCKET", "/run/notify"}, {"WATCHDOG_USEC", usec}};
    if (*pid != '\0') variables.emplace("WATCHDOG_PID", pid);
    return service_manager(variables, own_pid).watchdog();
  };
  BOOST_TEST((watchdog("30000000", "") == std::chrono::seconds(30)));
  BOOST_TEST((watchdog("30000000", "4711") == std::chrono::seconds(30)));
  BOOST_TEST(!watchdog("30000000", "1"));
  BOOST_TEST(!watchdog("0", ""));
  BOOST_TEST(!watchdog("-5", ""));
  BOOST_TEST(!watchdog("soon", ""));
}

BOOST_AUTO_TEST_CASE(sockets_meant_for_another_process_are_not_taken) {
  BOOST_TEST(inherited_sockets({}, own_pid).empty());
  BOOST_TEST(inherited_sockets({{"LISTEN_FDS", "1"}}, own_pid).empty());
  BOOST_TEST(inherited_sockets({{"LISTEN_FDS", "1"}, {"LISTEN_PID", "1"}}, own_pid).empty());
  BOOST_TEST(inherited_sockets({{"LISTEN_FDS", "0"}, {"LISTEN_PID", "4711"}}, own_pid).empty());
  BOOST_TEST(inherited_sockets({{"LISTEN_FDS", "x"}, {"LISTEN_PID", "4711"}}, own_pid).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gemkeeper::app::test
