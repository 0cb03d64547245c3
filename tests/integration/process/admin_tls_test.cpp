// The admin listener over TLS: curl and the commands.
#include "admin_fixture.hpp"
#include <gemkeeper/sandbox/certificate.hpp>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

struct tls_fixture : admin_fixture {
  // The status of the program, what it printed behind it.
  std::string command(std::vector<std::string> arguments, int status,
                      const std::string& more_set = {}) {
    arguments.insert(arguments.end(), {"--config", files.path("gemkeeper.toml").native(), "--set",
                                       fmt::format("admin.listen=[\"127.0.0.1:{}\"]", admin_port)});
    if (!more_set.empty()) arguments.insert(arguments.end(), {"--set", more_set});
    child& ran = start(std::move(arguments));
    BOOST_TEST(ran.wait() == status, ran.out() << ran.err());
    return ran.out() + ran.err();
  }
  std::string get_by_curl(const std::filesystem::path& ca, std::string_view host, int& status) {
    child ran({"/usr/bin/curl", "-sS", "--cacert", ca.native(),
               fmt::format("https://{}:{}/livez", host, admin_port)},
              {});
    status = ran.wait();
    return ran.out() + ran.err();
  }
  void write_identity(const sandbox::tls_identity& what) const {
    files.write("keys-admin.new", what.certificate + what.private_key);
    std::filesystem::rename(files.path("keys-admin.new"), files.path("keys-admin.pem"));
    std::filesystem::permissions(files.path("keys-admin.pem"), std::filesystem::perms::owner_read);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_tls, tls_fixture)

BOOST_AUTO_TEST_CASE(the_local_ca_vouches_for_it_to_curl_and_to_commands) {
  serve_with("alpha", "[admin]\ntls = \"auto\"\n");
  const auto ca = files.path("home/.local/state/gemkeeper/ca/ca.pem");
  for (const std::string_view host : {"localhost", "127.0.0.1"}) {
    int status = -1;
    const std::string said = get_by_curl(ca, host, status);
    BOOST_TEST(status == 0, said);
    BOOST_TEST(said == "ok\n");
  }
  BOOST_TEST(mentions(command({"status"}, 0), "1 healthy"));
  BOOST_TEST(mentions(command({"keys", "list"}, 0), "key-1"));
  command({"credits"}, 0);
  expect(get("/livez"), 400, "https://");
  // Another CA, and none.
  const std::string other =
      command({"status"}, 1, fmt::format("admin.ca_file={}", files.path("ca.pem").native()));
  BOOST_TEST(mentions(other, "admin.ca_file"), other);
  const std::string none = command({"status"}, 1, "storage.path=:memory:");
  BOOST_TEST(mentions(none, "admin.tls"), none);
  // A command that speaks plainly is told so.
  BOOST_TEST(mentions(command({"status"}, 1, "admin.tls=off"), "https://"));
}

BOOST_AUTO_TEST_CASE(a_file_serves_and_is_read_again_when_it_changes) {
  const auto first = sandbox::make_identity();
  const auto second = sandbox::make_identity();
  files.write("first.pem", first.authority);
  files.write("second.pem", second.authority);
  write_identity(first);
  serve_with("alpha", "[admin]\ntls = \"keys-admin.pem\"\n");
  int status = -1;
  BOOST_TEST(get_by_curl(files.path("first.pem"), "localhost", status) == "ok\n");
  command({"status"}, 0);  // it knows the very certificate
  command({"status"}, 0, fmt::format("admin.ca_file={}", files.path("first.pem").native()));
  write_identity(second);
  const auto end = std::chrono::steady_clock::now() + process_patience;
  do {
    get_by_curl(files.path("second.pem"), "localhost", status);
    if (status != 0) std::this_thread::sleep_for(100ms);
  } while (status != 0 && std::chrono::steady_clock::now() < end);
  BOOST_TEST(status == 0);
  command({"status"}, 0);
  get_by_curl(files.path("first.pem"), "localhost", status);
  BOOST_TEST(status != 0);
}

BOOST_AUTO_TEST_CASE(a_unix_socket_stays_plain) {
  const std::string socket = files.path("admin.sock").native();
  child& served =
      serve(fmt::format("[admin]\ntls = \"auto\"\nlisten = [\"unix:{}\"]\n", socket), {},
            {{"GEMKEEPER_ADMIN__LISTEN", fmt::format("[\"unix:{}\"]", socket)},
             {"GEMINI_API_KEYS", secret_key("alpha")}});
  served.wait_for_line(R"("listener":"admin")");
  child ran({"/usr/bin/curl", "-sS", "--unix-socket", socket, "http://localhost/livez"}, {});
  BOOST_TEST(ran.wait() == 0, ran.err());
  BOOST_TEST(ran.out() == "ok\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_certificate_stops_the_start) {
  files.write("keys-admin.pem", "nothing\n");
  child& served = serve("[admin]\ntls = \"keys-admin.pem\"\n");
  BOOST_TEST(served.wait() == 2);
  BOOST_TEST(mentions(served.err(), "admin.tls"), served.err());
}

BOOST_AUTO_TEST_SUITE_END()
