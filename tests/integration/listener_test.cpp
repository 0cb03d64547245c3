// Where the proxy listens, with how many threads, and what changes while it runs.
#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

class temporary_directory {
 public:
  temporary_directory() : path_("/tmp/gemkeeper-sockets-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw wire_error("no temporary directory");
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

proxy_rig::adjustment listen_on(const std::string& path) {
  return [path](proxy::proxy_settings& settings) {
    settings.listen = {{proxy::listen_address::family::unix_path, {}, 0, path}};
  };
}

void check_served(connection& client, raw_upstream& upstream) {
  client.send(get("/v1beta/models"));
  connection behind = upstream.accept();
  read_request(behind);
  behind.send(ok("served", "Connection: close\r\n"));
  BOOST_TEST(read_answer(client).body == "served");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listeners)

BOOST_AUTO_TEST_CASE(a_unix_socket_is_the_owners_alone_and_goes_with_the_proxy) {
  const temporary_directory directory;
  const std::string path = directory.file("proxy.sock");
  raw_upstream upstream;
  {
    proxy_rig rig(upstream.port(), listen_on(path));
    BOOST_TEST(rig.server().addresses().front() == "unix:" + path);
    struct stat facts {};
    BOOST_REQUIRE(::stat(path.c_str(), &facts) == 0);
    BOOST_TEST((facts.st_mode & 0777) == 0600U);
    connection client = connection::to_unix(path);
    check_served(client, upstream);
  }
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_socket_that_nobody_listens_to_is_replaced_and_anything_else_is_not) {
  const temporary_directory directory;
  const std::string path = directory.file("proxy.sock");
  raw_upstream upstream;
  {
    proxy_rig rig(upstream.port(), listen_on(path));
    BOOST_CHECK_THROW(proxy_rig(upstream.port(), listen_on(path)), std::runtime_error);
    std::filesystem::create_hard_link(path, directory.file("stale.sock"));
  }
  std::filesystem::rename(directory.file("stale.sock"), path);
  proxy_rig rig(upstream.port(), listen_on(path));
  connection client = connection::to_unix(path);
  check_served(client, upstream);

  const std::string precious = directory.file("precious");
  std::filesystem::create_directory(precious);
  BOOST_CHECK_THROW(proxy_rig(upstream.port(), listen_on(precious)), std::runtime_error);
  BOOST_TEST(std::filesystem::is_directory(precious));
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_refused_with_its_setting_and_a_remedy) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port(), [](auto& settings) { settings.workers = 2; });
  try {
    const proxy_rig second(upstream.port(), [&](proxy::proxy_settings& settings) {
      settings.listen.front().port = rig.port();
      settings.workers = 2;
    });
    BOOST_ERROR("two proxies share a port");
  } catch (const std::runtime_error& e) {
    const std::string what = e.what();
    BOOST_TEST(what.starts_with("proxy.listen: "), what);
    BOOST_TEST(what.find(std::to_string(rig.port())) != std::string::npos, what);
    BOOST_TEST(what.find("another process listens there") != std::string::npos, what);
  }
}

BOOST_AUTO_TEST_CASE(several_workers_share_a_port) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port(), [](auto& settings) { settings.workers = 3; });
  std::vector<connection> clients;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(rig.connect());
    check_served(clients.back(), upstream);
  }
  BOOST_TEST(rig.server().connections() == 30U);
  clients.clear();
  BOOST_TEST(rig.finished(30).back().status == 200);
}

BOOST_AUTO_TEST_CASE(new_settings_are_for_the_requests_that_begin_from_then_on) {
  raw_upstream upstream;
  proxy_rig rig(upstream.port());
  connection client = rig.connect();
  client.send("POST /v1beta/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n");
  client.send(std::string(50, 'x'));
  // The first request is under way, as the one beside it shows.
  connection other = rig.connect();
  check_served(other, upstream);
  proxy::proxy_settings smaller = rig.settings();
  smaller.client.max_request_body = 10;
  rig.server().reconfigure(smaller);
  client.send(std::string(50, 'x'));
  connection behind = upstream.accept();
  BOOST_TEST(read_request(behind).body.size() == 100U);
  behind.send(ok("x"));
  read_answer(client);
  client.send(post("/v1beta/files", std::string(11, 'x')));
  BOOST_TEST(read_answer(client).status() == 413);
}

BOOST_AUTO_TEST_CASE(more_clients_than_allowed_wait_for_their_turn) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port(), [](auto& settings) { settings.client.max_connections = 1; });
  connection first = rig.connect();
  check_served(first, upstream);
  connection second = rig.connect();
  second.send(get("/v1beta/models"));
  check_served(first, upstream);
  BOOST_TEST(!upstream.has_visitor());
  first.close();
  connection behind = upstream.accept();
  read_request(behind);
  behind.send(ok("at last"));
  BOOST_TEST(read_answer(second).body == "at last");
}

// By the end of one that idles, not by its time-out.
BOOST_AUTO_TEST_CASE(who_waits_gets_the_place_of_one_that_idles) {
  raw_upstream upstream;
  const proxy_rig rig(upstream.port(), [](auto& settings) { settings.client.max_connections = 2; });
  connection idle = rig.connect(), busy = rig.connect();
  check_served(idle, upstream);
  busy.send(get("/v1beta/models"));
  connection slow = upstream.accept();
  read_request(slow);
  connection third = rig.connect();
  third.send(get("/v1beta/models"));
  connection behind = upstream.accept();
  read_request(behind);
  behind.send(ok("in its place"));
  BOOST_TEST(read_answer(third).body == "in its place");
  BOOST_TEST(idle.wait_for_end() == ending::closed);
  slow.send(ok("in its time"));
  BOOST_TEST(read_answer(busy).body == "in its time");
}

// Files of this temporary directory are in memory.
BOOST_AUTO_TEST_CASE(a_body_that_there_is_no_room_for_is_told_to_wait) {
  if (!std::filesystem::is_directory("/dev/shm")) return;
  const char* given = std::getenv("TMPDIR");
  const std::string before = given != nullptr ? given : "/tmp";
  ::setenv("TMPDIR", "/dev/shm", 1);
  raw_upstream upstream;
  const proxy_rig rig(upstream.port(), [](auto& settings) {
    settings.workers = 1;
    settings.client.replay_memory_total = 100'000;
  });
  connection first = rig.connect(), second = rig.connect();
  first.send(post("/v1beta/files", std::string(90'000, 'x')));
  connection behind = upstream.accept();
  BOOST_TEST(read_request(behind).body.size() == 90'000U);
  second.send(post("/v1beta/files", std::string(90'000, 'y')));
  const auto refused = read_answer(second);
  BOOST_TEST(refused.status() == 503);
  BOOST_TEST(refused.header("retry-after") == "1");
  BOOST_TEST(refused.body.find("NO_ROOM_FOR_BODY") != std::string::npos);
  behind.send(ok("x", "Connection: close\r\n"));
  BOOST_TEST(read_answer(first).status() == 200);
  connection third = rig.connect();
  third.send(post("/v1beta/files", std::string(90'000, 'z')));
  connection again = upstream.accept();
  BOOST_TEST(read_request(again).body.size() == 90'000U);
  ::setenv("TMPDIR", before.c_str(), 1);
}

BOOST_AUTO_TEST_SUITE_END()
