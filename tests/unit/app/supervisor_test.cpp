#include "support/notify_socket.hpp"
#include "temporary_directory.hpp"
#include <gemkeeper/app/supervisor.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace gemkeeper::app::test {
namespace {

using gemkeeper::test::notify_socket;

using namespace std::chrono_literals;

struct supervised {
  temporary_directory directory;
  std::string path = (directory.path() / "notify").native();
  notify_socket manager{path};
  supervisor to{service_manager({{"NOTIFY_SOCKET", path}, {"WATCHDOG_USEC", "30000000"}}, 4711)};
  const supervisor::time_point start = std::chrono::steady_clock::now();
};

BOOST_FIXTURE_TEST_SUITE(supervision, supervised)

BOOST_AUTO_TEST_CASE(keys_are_told_of_when_they_change) {
  to.serving({2, 3, "127.0.0.1:8001"});
  BOOST_TEST(manager.next() ==
             "READY=1\nSTATUS=2 of 3 keys healthy; the proxy listens on 127.0.0.1:8001");
  to.condition_is({2, 3, "127.0.0.1:8001"});
  BOOST_TEST(manager.next() == "nothing");
  to.condition_is({3, 3, "127.0.0.1:8001"});
  BOOST_TEST(manager.next() == "STATUS=3 of 3 keys healthy; the proxy listens on 127.0.0.1:8001");
  to.condition_is({0, 0, "127.0.0.1:8001"});
  BOOST_TEST(manager.next() == "STATUS=no API key; the proxy listens on 127.0.0.1:8001");
}

BOOST_AUTO_TEST_CASE(a_reload_begins_and_ends) {
  to.reloading();
  const std::string said = manager.next();
  BOOST_TEST(said.starts_with("RELOADING=1\nMONOTONIC_USEC="), said);
  to.serving({1, 1, "unix:/run/x"});
  BOOST_TEST(manager.next().starts_with("READY=1\n"));
}

BOOST_AUTO_TEST_CASE(the_end_is_not_talked_over) {
  to.stopping(4);
  BOOST_TEST(manager.next() == "STOPPING=1\nSTATUS=stopping; connections left: 4");
  to.condition_is({1, 2, "127.0.0.1:8001"});
  BOOST_TEST(manager.next() == "nothing");
}

BOOST_AUTO_TEST_CASE(the_watchdog_is_fed_three_times_in_its_time) {
  to.turn(start, start);
  BOOST_TEST(manager.next() == "WATCHDOG=1");
  to.turn(start + 9s, start + 9s);
  BOOST_TEST(manager.next() == "nothing");
  to.turn(start + 10s, start + 10s);
  BOOST_TEST(manager.next() == "WATCHDOG=1");
}

BOOST_AUTO_TEST_CASE(the_watchdog_is_not_fed_while_a_thread_hangs) {
  to.turn(start, start + 15s);
  BOOST_TEST(manager.next() == "WATCHDOG=1");
  to.turn(start, start + 26s);
  BOOST_TEST(manager.next() == "nothing");
  to.turn(start + 25s, start + 27s);
  BOOST_TEST(manager.next() == "WATCHDOG=1");
}

BOOST_AUTO_TEST_CASE(without_a_manager_nothing_is_said) {
  supervisor alone{service_manager{}};
  alone.serving({1, 1, "127.0.0.1:8001"});
  alone.turn(start, start);
  alone.stopping(0);
  BOOST_TEST(manager.next() == "nothing");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app::test
