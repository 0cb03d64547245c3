#include "support/notify_socket.hpp"
#include "temporary_directory.hpp"
#include <gemkeeper/app/service_manager.hpp>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <string>

namespace gemkeeper::app::test {
namespace {

using gemkeeper::test::notify_socket;

constexpr int own_pid = 4711;

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
  for (const environment& none : {environment{}, environment{{"NOTIFY_SOCKET", ""}},
                                  environment{{"NOTIFY_SOCKET", "relative"}},
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

BOOST_AUTO_TEST_CASE(a_socket_s_name_says_what_it_is_for) {
  for (const char* name : {"proxy", "gemkeeper.socket", "unknown", ""}) {
    BOOST_TEST((role_of({3, name}) == socket_role::proxy), name);
  }
  BOOST_TEST((role_of({3, "admin"}) == socket_role::admin));
  BOOST_TEST((role_of({3, "gemkeeper-admin.socket"}) == socket_role::admin));
  BOOST_CHECK_EXCEPTION(role_of({3, "Admin"}), std::runtime_error, [](const std::exception& e) {
    return std::string_view(e.what()).find("FileDescriptorName=proxy or admin") !=
           std::string_view::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gemkeeper::app::test
